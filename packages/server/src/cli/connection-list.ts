import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { connectionsText } from "./connection-text.ts";
import { jsonLine } from "./text.ts";

export const connectionList = command({
  name: "connection list",
  args: [],
  summary: "List where events are fetched from, and how each connection is.",
  flags: { channel: { value: "SLUG", help: "Only those of this channel." } },
  async run({ flags: { channel }, context, json, paint }) {
    const connections = await connect(context).connections(channel);
    const { stdout } = context;
    if (json) for (const connection of connections) stdout.write(jsonLine(connection));
    else if (connections.length === 0) stdout.write("There are no connections.\n");
    else stdout.write(connectionsText(connections, context.now(), paint));
    return 0;
  },
});

import { command } from "./command.ts";
import { connect } from "./connect.ts";

export const connectionRemove = command({
  name: "connection remove",
  args: ["ID"],
  summary: "Remove a connection with its key; the events stay.",
  flags: {},
  async run({ args: [id], context, say, paint }) {
    const connection = await connect(context).removeConnection(id);
    say(connection, `${paint("green", "Removed:")} ${connection.platform} to ${connection.channel}\n`);
    return 0;
  },
});

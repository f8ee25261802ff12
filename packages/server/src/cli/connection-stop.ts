import { command } from "./command.ts";
import { connect } from "./connect.ts";

export const connectionStop = command({
  name: "connection stop",
  args: ["ID"],
  summary: "Stop a connection; its key is kept.",
  flags: {},
  async run({ args: [id], context, say, paint }) {
    const connection = await connect(context).stopConnection(id);
    say(connection, `${paint("green", "Stopped:")} ${connection.platform} to ${connection.channel}\n`);
    return 0;
  },
});

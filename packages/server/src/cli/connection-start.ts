import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { given } from "./given.ts";

export const connectionStart = command({
  name: "connection start",
  args: ["ID"],
  summary: "Start a connection, or try it again now.",
  flags: {
    key: { value: "KEY", help: "Another key in place of the stored one; - asks for it, or reads it from a pipe." },
  },
  async run({ args: [id], flags, context, say, paint }) {
    const key = flags.key === "-" ? await context.readSecret("Key: ") : flags.key;
    const connection = await connect(context).startConnection(id, given({ key }));
    say(connection, `${paint("green", "Started:")} ${connection.platform} to ${connection.channel}\n`);
    return 0;
  },
});

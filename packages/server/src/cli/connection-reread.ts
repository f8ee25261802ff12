import { command } from "./command.ts";
import { connect } from "./connect.ts";

export const connectionReread = command({
  name: "connection reread",
  args: ["ID"],
  summary: "Read everything in a connection's quarantine again.",
  details: "What is an event now goes into the log as late; what is still unreadable stays.",
  flags: {},
  async run({ args: [id], context, say, paint }) {
    const read = await connect(context).reread(id);
    const { stored, duplicates, noted, unreadable } = read;
    const counts = `${stored} stored, ${duplicates} already there, ${noted} no event, ${unreadable} still unreadable`;
    say(read, `${paint(unreadable === 0 ? "green" : "yellow", "Read again:")} ${counts}\n`);
    return unreadable === 0 ? 0 : 1;
  },
});

import { command } from "./command.ts";
import { connect } from "./connect.ts";

export const replay = command({
  name: "replay",
  args: ["SLUG", "ID"],
  summary: "Show an event again. It is not counted again.",
  details: "ID is the event's id, as send, tail --json and export print it.",
  flags: {},
  async run({ args: [slug, id], context, say, paint }) {
    const stored = await connect(context).replay(slug, id, { idempotencyKey: crypto.randomUUID() });
    say(stored, `${paint("green", "Shown again:")} ${stored.id}\n`);
    return 0;
  },
});

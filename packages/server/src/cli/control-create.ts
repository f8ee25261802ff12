import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { given } from "./given.ts";
import { stageFlag } from "./queue-control.ts";
import { plain } from "./text.ts";

export const controlCreate = command({
  name: "control create",
  args: ["SLUG", "NAME"],
  summary: "Make an address that does one thing, for a Stream Deck; or a key that steers all of a stage.",
  details: "The name stands in receipts and in the audit: whose it is, or where it is used.",
  flags: {
    ...stageFlag,
    action: {
      value: "WHAT",
      help: "pause, resume, toggle, skip, again, mute, unmute, clear, panic, calm or undo. Without it all of them.",
    },
  },
  async run({ args: [slug, name], flags: { stage, action }, context, say, paint }) {
    const made = await connect(context).createStageKey(slug, { name, ...given({ action }) }, stage);
    const what =
      made.action === null ? "Key that steers everything" : `Address that does ${made.action} when it is opened`;
    say(
      made,
      `${paint("green", "Made:")} ${plain(made.name)}, number ${made.id}\n${what}: ${paint("bold", made.url ?? made.key ?? "")}\n`,
    );
    return 0;
  },
});

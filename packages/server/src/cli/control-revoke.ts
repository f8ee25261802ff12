import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { stageFlag } from "./queue-control.ts";
import { plain } from "./text.ts";

export const controlRevoke = command({
  name: "control revoke",
  args: ["SLUG", "ID"],
  summary: "Make a control key or a one-action address useless, at once and for good.",
  flags: stageFlag,
  async run({ args: [slug, id], flags: { stage }, context, say, paint }) {
    const revoked = await connect(context).revokeStageKey(slug, id, stage);
    say(revoked, `${paint("green", "Revoked:")} ${plain(revoked.name)} works no more.\n`);
    return 0;
  },
});

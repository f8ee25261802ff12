import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { stageFlag } from "./queue-control.ts";
import { differences, draftOf } from "./stage-draft.ts";
import { differenceText } from "./stage-set.ts";

export const stagePutOnStream = command({
  name: "stage put-on-stream",
  args: ["SLUG"],
  summary: "Show alerts by the draft's settings, from the next one on.",
  flags: stageFlag,
  async run({ args: [slug], flags: { stage }, context, say, paint }) {
    const api = connect(context);
    const info = await api.stageSettings(slug, stage);
    const version = await api.publishSettings(slug, stage);
    const text = differences(info.onStream.settings, draftOf(info)).map(differenceText).join("");
    say({ version }, `${text}${paint("green", "On stream:")} version ${version}, from the next alert on.\n`);
    return 0;
  },
});

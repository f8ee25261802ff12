import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { Failed } from "./faults.ts";
import { stageFlag } from "./queue-control.ts";
import { differences, draftOf } from "./stage-draft.ts";
import { differenceText } from "./stage-set.ts";

export const stageRestore = command({
  name: "stage restore",
  args: ["SLUG", "VERSION"],
  summary: "Make earlier settings the draft again; put-on-stream shows them.",
  details: "With the version that is on stream: forgets what the draft changed.",
  flags: stageFlag,
  async run({ args: [slug, version], flags: { stage }, context, say }) {
    const api = connect(context);
    const info = await api.stageSettings(slug, stage);
    const wanted = info.versions.find((each) => String(each.version) === version);
    if (wanted === undefined) {
      throw new Failed("version_unknown", `There is no version ${version} any more: tipwire stage versions ${slug}`);
    }
    const draft = await api.changeSettings(slug, wanted.settings, stage);
    const text = differences(draftOf(info), draft).map(differenceText).join("");
    say({ draft }, `${text}Version ${version} is the draft. On stream with: tipwire stage put-on-stream ${slug}\n`);
    return 0;
  },
});

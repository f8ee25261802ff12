import type { StageSettings, StageSettingsChange } from "@tipwire/client";
import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { stageFlag } from "./queue-control.ts";
import { withSetting } from "./setting-path.ts";
import { asTree, type Difference, differences, draftOf, valueText } from "./stage-draft.ts";
import { plain } from "./text.ts";

export const stageSet = command({
  name: "stage set",
  args: ["SLUG"],
  rest: "SETTING=VALUE",
  summary: "Change settings in the draft; put-on-stream shows them.",
  details: `tipwire stage set main time.pause=2 late.holdUntilLive=on look.look=velvet
tipwire stage set main who.showFrom.USD=2 who.tiers.EUR=5,25,100    amounts by currency; empty takes one out
tipwire stage set main safety.blockedNames+=Troll                   += and -= for lists
tipwire stage set main 'who.variations+={"name":"top","when":{"kind":"biggest"},"tier":"huge"}'`,
  flags: stageFlag,
  async run({ args: [slug], rest, flags: { stage }, context, say }) {
    const api = connect(context);
    const before = draftOf(await api.stageSettings(slug, stage));
    const wanted = rest.reduce(withSetting, asTree(before)) as unknown as StageSettings;
    const groups = new Set(differences(before, wanted).map(({ path }) => path.split(".")[0]));
    const change = Object.fromEntries(Object.entries(wanted).filter(([group]) => groups.has(group)));
    const draft = await api.changeSettings(slug, change as StageSettingsChange, stage);
    const text = differences(before, draft).map(differenceText).join("");
    say(
      { draft },
      text === "" ? "Nothing changes.\n" : `${text}Draft saved. On stream with: tipwire stage put-on-stream ${slug}\n`,
    );
    return 0;
  },
});

/** `time.pause  1 → 2` */
export function differenceText({ path, from, to }: Difference): string {
  return `${path}  ${plain(valueText(from))} → ${plain(valueText(to))}\n`;
}

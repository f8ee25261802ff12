import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { stageFlag } from "./queue-control.ts";
import { leavesOf } from "./setting-path.ts";
import { asTree, draftOf, valueText } from "./stage-draft.ts";
import { listing } from "./table.ts";

export const stageSettings = command({
  name: "stage settings",
  args: ["SLUG"],
  summary: "Show how alerts are chosen, filtered, timed and drawn, and what the draft would change.",
  flags: { ...stageFlag, only: { value: "GROUP", help: "who, safety, time, late, look, or a longer beginning." } },
  async run(invocation) {
    const { args, flags, context, json, say, paint } = invocation;
    const info = await connect(context).stageSettings(args[0], flags.stage);
    if (json) {
      say(info, "");
      return 0;
    }
    const [onStream, draft] = [leavesOf(asTree(info.onStream.settings)), leavesOf(asTree(draftOf(info)))];
    const paths = [...new Set([...onStream.keys(), ...draft.keys()])].filter((path) =>
      path.startsWith(flags.only ?? ""),
    );
    const isSame = (path: string) => JSON.stringify(onStream.get(path)) === JSON.stringify(draft.get(path));
    listing(invocation, paths, `No setting begins with ${flags.only}.`, {
      SETTING: (path) => path,
      "ON STREAM": (path) => (onStream.has(path) ? valueText(onStream.get(path)) : ""),
      DRAFT: (path) => (isSame(path) ? "" : valueText(draft.get(path))),
    });
    const changes = [...onStream.keys(), ...draft.keys()].some((path) => !isSame(path));
    const hint = changes
      ? `\n${paint("yellow", "The draft is not on stream:")} tipwire stage put-on-stream ${args[0]}\n`
      : "";
    context.stdout.write(hint);
    return 0;
  },
});

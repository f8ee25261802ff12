import type { StageInfo } from "@tipwire/client";
import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { WrongUse } from "./faults.ts";
import { plain } from "./text.ts";

export const stageRemove = command({
  name: "stage remove",
  args: ["SLUG", "NAME"],
  summary: "Remove a stage with its screens, links and keys.",
  details:
    "It asks for the stage's name first: this cannot be undone. What is open on it is skipped. Donations, totals and receipts stay. One screen alone: overlay remove.",
  flags: { yes: { help: "Do not ask." } },
  async run({ args: [slug, name], flags: { yes }, context, say, paint }) {
    const api = connect(context);
    const stage = await api.stage(slug, name);
    if (!yes && (await context.readLine(question(stage))) !== stage.name) {
      throw new WrongUse("Nothing was removed: type the stage's name when you are asked, or say --yes.");
    }
    const removed = await api.removeStage(slug, name);
    say(removed, `${paint("green", "Removed:")} stage ${plain(removed.name)} of ${plain(slug)}.\n`);
    return 0;
  },
});

function question({ name, screens, queued }: StageInfo): string {
  const links = screens.map((screen) => plain(screen.name)).join(", ") || "no screen";
  const waiting =
    queued === 0 ? "" : ` ${queued} ${queued === 1 ? "alert that waits is" : "alerts that wait are"} skipped.`;
  return `Stage ${plain(name)} goes for good, with the links of ${links} and all of its keys.${waiting}\nIts name, to remove it: `;
}

import type { StageControl, StageInfo } from "@tipwire/client";
import { type Command, command } from "./command.ts";
import { connect } from "./connect.ts";
import { WrongUse } from "./faults.ts";
import { given } from "./given.ts";

/** Of every command about a queue. */
export const stageFlag = { stage: { value: "NAME", help: "Which of the channel's stages. Usually main." } } as const;

/** What has no more to it than its name. */
const plainControls: readonly (readonly [word: string, summary: string, control: StageControl])[] = [
  ["pause", "Let what is on screen finish, and show nothing after it.", { action: "pause" }],
  ["resume", "Go on after a pause.", { action: "resume" }],
  ["skip", "Take the alert off the screen.", { action: "skip" }],
  ["clear", "Skip everything that waits.", { action: "clear" }],
  ["undo", "Take the last skip, rejection or clear back, within ten seconds.", { action: "undo" }],
  ["mute", "Show alerts without sound.", { action: "mute", muted: true }],
  ["unmute", "Show alerts with sound again.", { action: "mute", muted: false }],
  ["panic", "Empty every screen at once, and show nothing until calm.", { action: "panic" }],
];

export const queueControls: readonly Command[] = [
  ...plainControls.map(([word, summary, control]) =>
    command({
      name: `queue ${word}`,
      args: ["SLUG"],
      summary,
      flags: stageFlag,
      async run({ args: [slug], flags: { stage }, context, say }) {
        const after = await connect(context).controlStage(slug, control, stage);
        say(after, stageText(after));
        return 0;
      },
    }),
  ),
  command({
    name: "queue calm",
    args: ["SLUG"],
    summary: "Go on after a panic.",
    flags: { ...stageFlag, "count-only": { help: "What waited is not shown any more." } },
    async run({ args: [slug], flags, context, say }) {
      const queue = flags["count-only"] ? "count-only" : "keep";
      const after = await connect(context).controlStage(slug, { action: "calm", queue }, flags.stage);
      say(after, stageText(after));
      return 0;
    },
  }),
  command({
    name: "queue volume",
    args: ["SLUG", "PERCENT"],
    summary: "Set how loud alerts are, 0 to 100.",
    flags: stageFlag,
    async run({ args: [slug, percent], flags: { stage }, context, say }) {
      if (!/^\d{1,3}$/.test(percent) || Number(percent) > 100) throw new WrongUse("PERCENT must be 0 to 100.");
      const after = await connect(context).controlStage(slug, { action: "volume", volume: Number(percent) }, stage);
      say(after, stageText(after));
      return 0;
    },
  }),
  command({
    name: "queue again",
    args: ["SLUG", "ALERT"],
    summary: "Show an alert again; it is not counted again.",
    flags: { ...stageFlag, now: { help: "Before all others, not after them." } },
    async run({ args: [slug, alert], flags: { stage, now }, context, say }) {
      const when = now ? "now" : "in-turn";
      const after = await connect(context).controlStage(slug, { action: "again", alert, when }, stage);
      say(after, stageText(after));
      return 0;
    },
  }),
  command({
    name: "queue approve",
    args: ["SLUG", "ALERT"],
    summary: "Let an alert that waits for review be shown.",
    flags: { ...stageFlag, hide: { value: "WHAT", help: "message, or name (and message)." } },
    async run({ args: [slug, alert], flags: { stage, hide }, context, say }) {
      if (hide !== undefined && hide !== "message" && hide !== "name") {
        throw new WrongUse(`--hide must be message or name, not "${hide}".`);
      }
      const outcome = hide === undefined ? undefined : (`hide-${hide}` as const);
      const control: StageControl = { action: "approve", alert, ...given({ outcome }) };
      const after = await connect(context).controlStage(slug, control, stage);
      say(after, stageText(after));
      return 0;
    },
  }),
  command({
    name: "queue reject",
    args: ["SLUG", "ALERT"],
    summary: "Do not show an alert that waits for review; it counts nevertheless.",
    flags: stageFlag,
    async run({ args: [slug, alert], flags: { stage }, context, say }) {
      const after = await connect(context).controlStage(slug, { action: "reject", alert }, stage);
      say(after, stageText(after));
      return 0;
    },
  }),
];

/** "main: playing, 3 waiting, 1 of 2 screens there". */
function stageText({ name, mode, queued, screens, muted, volume }: StageInfo): string {
  const there = screens.filter(({ live }) => live).length;
  const sound = muted ? "sound off" : `volume ${volume}`;
  return `${name}: ${mode}, ${queued} waiting, ${there} of ${screens.length} screens there, ${sound}\n`;
}

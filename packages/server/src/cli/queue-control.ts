import type { StageControl, StageInfo } from "@tipwire/client";
import { type Command, command, type Invocation } from "./command.ts";
import { connect } from "./connect.ts";
import { WrongUse } from "./faults.ts";
import { given } from "./given.ts";

/** Of every command about a queue. */
export const stageFlag = { stage: { value: "NAME", help: "Which of the channel's stages. Usually main." } } as const;

/** What has no more to it than its name. */
const plainControls: readonly (readonly [word: string, summary: string, control: StageControl])[] = [
  ["pause", "Let what is on screen finish, and show nothing after it.", { action: "pause" }],
  ["resume", "Go on after a pause.", { action: "resume" }],
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
      async run({ args: [slug], flags: { stage }, ...it }) {
        return steer(slug, control, stage, it);
      },
    }),
  ),
  command({
    name: "queue skip",
    args: ["SLUG"],
    summary: "Take the alert off the screen.",
    flags: { ...stageFlag, alert: { value: "ALERT", help: "Another one, that waits or is held." } },
    async run({ args: [slug], flags: { stage, alert }, ...it }) {
      return steer(slug, { action: "skip", ...given({ alert }) }, stage, it);
    },
  }),
  command({
    name: "queue reorder",
    args: ["SLUG"],
    rest: "ALERT",
    summary: "Show these next, in this order.",
    flags: stageFlag,
    async run({ args: [slug], rest, flags: { stage }, ...it }) {
      return steer(slug, { action: "reorder", alerts: rest }, stage, it);
    },
  }),
  command({
    name: "queue hide",
    args: ["SLUG", "ALERT"],
    summary: "Show an alert that waits without its message.",
    flags: { ...stageFlag, name: { help: "Without the name too." } },
    async run({ args: [slug, alert], flags: { stage, name }, ...it }) {
      return steer(slug, { action: "hide", alert, what: name ? "hide-name" : "hide-message" }, stage, it);
    },
  }),
  command({
    name: "queue calm",
    args: ["SLUG"],
    summary: "Go on after a panic.",
    flags: { ...stageFlag, "count-only": { help: "What waited is not shown any more." } },
    async run({ args: [slug], flags, ...it }) {
      const queue = flags["count-only"] ? "count-only" : "keep";
      return steer(slug, { action: "calm", queue }, flags.stage, it);
    },
  }),
  command({
    name: "queue volume",
    args: ["SLUG", "PERCENT"],
    summary: "Set how loud alerts are, 0 to 100.",
    flags: stageFlag,
    async run({ args: [slug, percent], flags: { stage }, ...it }) {
      if (!/^\d{1,3}$/.test(percent) || Number(percent) > 100) throw new WrongUse("PERCENT must be 0 to 100.");
      return steer(slug, { action: "volume", volume: Number(percent) }, stage, it);
    },
  }),
  command({
    name: "queue again",
    args: ["SLUG", "ALERT"],
    summary: "Show an alert again; it is not counted again.",
    flags: { ...stageFlag, now: { help: "Before all others, not after them." } },
    async run({ args: [slug, alert], flags: { stage, now }, ...it }) {
      const when = now ? "now" : "in-turn";
      return steer(slug, { action: "again", alert, when }, stage, it);
    },
  }),
  command({
    name: "queue approve",
    args: ["SLUG", "ALERT"],
    summary: "Let an alert that waits for review be shown.",
    flags: { ...stageFlag, hide: { value: "WHAT", help: "message, or name (and message)." } },
    async run({ args: [slug, alert], flags: { stage, hide }, ...it }) {
      if (hide !== undefined && hide !== "message" && hide !== "name") {
        throw new WrongUse(`--hide must be message or name, not "${hide}".`);
      }
      const outcome = hide === undefined ? undefined : (`hide-${hide}` as const);
      const control: StageControl = { action: "approve", alert, ...given({ outcome }) };
      return steer(slug, control, stage, it);
    },
  }),
  command({
    name: "queue reject",
    args: ["SLUG", "ALERT"],
    summary: "Do not show an alert that waits for review; it counts nevertheless.",
    flags: stageFlag,
    async run({ args: [slug, alert], flags: { stage }, ...it }) {
      return steer(slug, { action: "reject", alert }, stage, it);
    },
  }),
];

/** Does it, and says how the stage is then. */
async function steer(
  slug: string,
  control: StageControl,
  stage: string | undefined,
  { context, say }: Pick<Invocation<readonly string[], typeof stageFlag>, "context" | "say">,
): Promise<number> {
  const after = await connect(context).controlStage(slug, control, stage);
  say(after, stageText(after));
  return 0;
}

/** "main: playing, 3 waiting, 1 of 2 screens there", and what else keeps them from the screen. */
function stageText({ name, mode, queued, screens, muted, volume, obstacle }: StageInfo): string {
  const there = screens.filter(({ live }) => live).length;
  const sound = muted ? "sound off" : `volume ${volume}`;
  const more = mode === "playing" && obstacle !== null ? `${obstacle.sentence}\n` : "";
  return `${name}: ${mode}, ${queued} waiting, ${there} of ${screens.length} screens there, ${sound}\n${more}`;
}

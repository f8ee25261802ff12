import { isHeld, isStreaming } from "./on-air.ts";
import type { StageView } from "./stage.ts";

/** What keeps the queue from going on. */
export type Obstacle = "panic" | "paused" | "no-screen" | "not-live" | "live-unknown";

const sentences: Readonly<Record<Obstacle, string>> = {
  panic: "Panic: nothing is shown until calm.",
  paused: "Paused: nothing is shown until resume.",
  "no-screen": "No screen is there that can be seen: is OBS open, and the scene with the alerts on screen?",
  "not-live": "OBS does not stream yet: everything but tests waits until it does (late.holdUntilLive).",
  "live-unknown":
    "Everything but tests waits until OBS streams (late.holdUntilLive), but no screen can say whether it does. Only a browser source in OBS can, with its page permissions at “Read access to OBS status information” or above.",
};

/** What keeps a stage's queue from going on just now, whether or not anything waits; `null`: nothing does. */
export function obstacleOf({ state, settings }: Pick<StageView, "state" | "settings">): Obstacle | null {
  if (state.mode !== "playing") return state.mode;
  if (state.screens.every(({ leader }) => leader === null)) return "no-screen";
  if (!isHeld({ state, settings })) return null;
  return isStreaming(state) === null ? "live-unknown" : "not-live";
}

/** As a person reads it. */
export function obstacleText(obstacle: Obstacle): string {
  return sentences[obstacle];
}

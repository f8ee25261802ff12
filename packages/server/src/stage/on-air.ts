import type { OnAir, StageState, StageView } from "./stage.ts";

/** A stream that goes on within so long was not over, milliseconds. */
const sameStream = 600_000;

/** Whether OBS streams, as the pages say that lead a screen; `null`: none of them can say. */
export function isStreaming({ screens }: Pick<StageState, "screens">): boolean | null {
  const said = screens.map(({ leader }) => leader?.streaming ?? null);
  if (said.includes(true)) return true;
  return said.includes(false) ? false : null;
}

/** Whether what was not asked for waits until OBS streams. */
export function isHeld({ state, settings }: Pick<StageView, "state" | "settings">): boolean {
  return settings.late.holdUntilLive && isStreaming(state) !== true;
}

/** What is known after the pages say that. A hidden page says nothing, and ends nothing. */
export function heard(onAir: OnAir, says: boolean | null, now: number): OnAir {
  const { since, until } = onAir;
  if (says === true) {
    const goesOn = since !== null && (until === null || now - until <= sameStream);
    if (!goesOn) return { since: now, until: null };
    return until === null ? onAir : { since, until: null };
  }
  return says === false && since !== null && until === null ? { since, until: now } : onAir;
}

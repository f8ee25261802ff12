/** Whether a film flickers, after WCAG 2.2 (general flash) and the stricter rule that overlays keep. */

/** A picture as rows of relative luminance, 0 to 1, each value that of a small part of the canvas. */
export type Frame = readonly number[];

/** So much brighter or darker is a change that one sees, where the darker of both is below `bright`. */
const visible = 0.1;
const bright = 0.8;

export interface Flicker {
  /** Largest share of the canvas that changes, in the same direction, within a tenth of a second. */
  readonly largestChange: number;
  /** Largest share of the canvas whose parts each change more than three times within a second. */
  readonly restless: number;
}

/** `rate`: frames a second. */
export function flickerOf(frames: readonly Frame[], rate: number): Flicker {
  const parts = frames[0]?.length ?? 0;
  const changes = Array.from({ length: parts }, (_, part) => changesOf(frames.map((frame) => frame[part] ?? 0)));
  const share = (count: (changes: readonly Change[], from: number) => boolean) =>
    Math.max(...frames.map((_, from) => changes.filter((own) => count(own, from)).length / parts));
  const within = (seconds: number, from: number) => (change: Change) =>
    change.frame >= from && change.frame < from + seconds * rate;
  const towards = (up: boolean) =>
    share((own, from) => own.filter(within(0.1, from)).some((change) => change.up === up));
  return {
    largestChange: Math.max(towards(true), towards(false)),
    restless: share((own, from) => own.filter(within(1, from)).length > 3),
  };
}

interface Change {
  /** Where it became large enough to be seen. */
  readonly frame: number;
  readonly up: boolean;
}

/** Runs from one extreme to the next that are large enough. */
function changesOf(values: readonly number[]): readonly Change[] {
  const found: Change[] = [];
  let extreme = values[0] ?? 0;
  for (const [frame, value] of values.entries()) {
    const last = found.at(-1);
    const goesOn = last !== undefined && (last.up ? value > extreme : value < extreme);
    if (goesOn) extreme = value;
    else if (Math.abs(value - extreme) >= visible && Math.min(value, extreme) < bright) {
      found.push({ frame, up: value > extreme });
      extreme = value;
    }
  }
  return found;
}

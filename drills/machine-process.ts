/**
 * A process that does nothing but look at its watch, asked by `machine.ts`. The machine stood still where it came to that late,
 * or where the host gave the processors to somebody else.
 */
import { answerQuestions, sharedNow } from "../bench/worker.ts";
import { processorTicks, stolenPart } from "../scripts/machine.mjs";

/** Milliseconds from look to look. */
const every = 250;
/** So many milliseconds after it was due a look was kept from coming. */
const late = 500;
/** Part of the processors' time between two looks that may go to somebody else. */
const stolenAtMost = 0.2;

/** Milliseconds of `sharedNow`. */
export interface Standstill {
  readonly from: number;
  to: number;
}

const standstills: Standstill[] = [];
let seen = look();
setInterval(() => {
  const now = look();
  const stolen = stolenPart(seen.ticks, now.ticks);
  if (now.at - seen.at > every + late || stolen > stolenAtMost) note(seen.at, now.at);
  seen = now;
}, every);

answerQuestions({ standstills: () => standstills });

function note(from: number, to: number): void {
  const before = standstills.at(-1);
  if (before?.to === from) before.to = to;
  else standstills.push({ from, to });
}

/** When, and the processors' ticks since the machine started. */
function look() {
  return { at: sharedNow(), ticks: processorTicks() };
}

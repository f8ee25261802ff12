/**
 * A process that does nothing but look at its watch, asked by `machine.ts`. The machine stood still where it came to that late,
 * or where the host gave the processors to somebody else ("steal" of Linux's proc(5), `/proc/stat`).
 */
import { readFileSync } from "node:fs";
import { answerQuestions, sharedNow } from "../bench/worker.ts";

/** Milliseconds from look to look. */
const every = 250;
/** Milliseconds after the hour at which a look counts as kept from coming. */
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
  const stolen = (now.stolen - seen.stolen) / Math.max(1, now.all - seen.all);
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
function look(): { readonly at: number; readonly all: number; readonly stolen: number } {
  const ticks = processorTicks();
  // user, nice, system, idle, iowait, irq, softirq, steal; what guests had is in user already.
  return { at: sharedNow(), all: ticks.slice(0, 8).reduce((sum, each) => sum + each, 0), stolen: ticks[7] ?? 0 };
}

/** None where there is no such file. */
function processorTicks(): readonly number[] {
  try {
    const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n", 1);
    return line.split(/\s+/).slice(1).map(Number);
  } catch {
    return [];
  }
}

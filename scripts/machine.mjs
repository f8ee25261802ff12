/** What a machine's host takes away from it: "steal" of Linux's proc(5), which no program can do anything about. */
import { readFileSync } from "node:fs";

/**
 * The processors' ticks since the machine started, and how many of them went to somebody else. None where there is no such file.
 * @returns {{ all: number, stolen: number }}
 */
export function processorTicks() {
  try {
    const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n", 1);
    // user, nice, system, idle, iowait, irq, softirq, steal; what guests had is in user already.
    const ticks = line.split(/\s+/).slice(1, 9).map(Number);
    return { all: ticks.reduce((sum, each) => sum + each, 0), stolen: ticks[7] ?? 0 };
  } catch {
    return { all: 0, stolen: 0 };
  }
}

/**
 * The part of the processors' time that was stolen between two looks, from 0 to 1.
 * @param {{ all: number, stolen: number }} before
 * @param {{ all: number, stolen: number }} now
 */
export function stolenPart(before, now) {
  return (now.stolen - before.stolen) / Math.max(1, now.all - before.all);
}

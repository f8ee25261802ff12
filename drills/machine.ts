import { join } from "node:path";
import { sharedNow, Worker } from "../bench/worker.ts";
import type { Standstill } from "./machine-process.ts";

/** A stretch of time, milliseconds of this process. */
export interface Stretch {
  readonly from: number;
  to: number;
}

/** How long it was from `from` to `to`, without what the machine stood still meanwhile. */
export function runningTime(from: number, to: number, standstills: readonly Stretch[]): number {
  const stood = standstills.map((still) => Math.max(0, Math.min(still.to, to) - Math.max(still.from, from)));
  return Math.max(0, to - from - stood.reduce((sum, each) => sum + each, 0));
}

/** Tells when the machine itself stood still, so that a delay is not put down to what ran on it. */
export class MachineWatch implements AsyncDisposable {
  readonly #worker = new Worker(join(import.meta.dir, "machine-process.ts"));

  /** So far, in order. */
  async standstills(): Promise<readonly Stretch[]> {
    const all = await this.#worker.ask<readonly Standstill[]>("standstills");
    const here = performance.now() - sharedNow();
    return all.map(({ from, to }) => ({ from: from + here, to: to + here }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
  }
}

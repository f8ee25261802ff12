import type { Doorbell, Ring } from "../src/log/doorbell.ts";

/** A number in [0, 1), the same sequence for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface Faults {
  /** Parts of 1. What is left over arrives at once. */
  readonly drop: number;
  readonly double: number;
  readonly delay: number;
  /** A delayed ring comes within so many milliseconds, in any order. */
  readonly delayMs: number;
}

export const usualFaults: Faults = { drop: 0.3, double: 0.2, delay: 0.3, delayMs: 50 };

/** A doorbell between nodes that does everything a doorbell may: it drops rings, doubles, delays and reorders them. */
export function faultyDoorbell(random: () => number, faults: Faults = usualFaults): Doorbell {
  const listeners = new Set<Ring>();
  return {
    ring(topic, version) {
      for (const hear of listeners) {
        const times = random() < faults.drop ? 0 : random() < faults.double ? 2 : 1;
        for (let i = 0; i < times; i++) {
          if (random() < faults.delay) setTimeout(() => hear(topic, version), random() * faults.delayMs);
          else hear(topic, version);
        }
      }
    },
    listen(hear) {
      listeners.add(hear);
      return () => listeners.delete(hear);
    },
  };
}

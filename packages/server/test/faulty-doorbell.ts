import type { Doorbell, Ring, Topic } from "../src/log/doorbell.ts";
import type { Random } from "./random.ts";

export interface DoorbellFaults {
  /** Of all rings, how many are lost, come twice, come late. */
  readonly dropped: number;
  readonly doubled: number;
  readonly delayed: number;
  /** How late at most, milliseconds; rings overtake each other thereby. */
  readonly delay: number;
}

export const usualFaults: DoorbellFaults = { dropped: 0.3, doubled: 0.2, delayed: 0.5, delay: 40 };

/**
 * A doorbell between several nodes in one process that does everything a doorbell may do: what one node rings reaches
 * each node, itself too, or is lost, or comes twice, or late. Which of it, a seed decides.
 */
export class FaultyDoorbell {
  readonly counts = { rings: 0, dropped: 0, doubled: 0, delayed: 0 };
  readonly #random: Random;
  readonly #faults: DoorbellFaults;
  readonly #nodes = new Map<Doorbell, Set<Ring>>();
  readonly #late = new Set<ReturnType<typeof setTimeout>>();

  constructor(random: Random, faults: DoorbellFaults = usualFaults) {
    this.#random = random;
    this.#faults = faults;
  }

  /** One more node's end of it. */
  node(): Doorbell {
    const listeners = new Set<Ring>();
    const node: Doorbell = {
      ring: (topic, version) => {
        for (const each of this.#nodes.values()) this.#carry(each, topic, version);
      },
      listen(hear) {
        listeners.add(hear);
        return () => listeners.delete(hear);
      },
    };
    this.#nodes.set(node, listeners);
    return node;
  }

  /** That node hears nothing any more. */
  silence(node: Doorbell): void {
    this.#nodes.delete(node);
  }

  /** Forgets what is still on its way. */
  stop(): void {
    for (const timer of this.#late) clearTimeout(timer);
    this.#late.clear();
  }

  #carry(node: Set<Ring>, topic: Topic, version: number): void {
    const { dropped, doubled, delayed, delay } = this.#faults;
    this.counts.rings++;
    if (this.#random.chance(dropped)) {
      this.counts.dropped++;
      return;
    }
    const times = this.#random.chance(doubled) ? 2 : 1;
    if (times === 2) this.counts.doubled++;
    for (let i = 0; i < times; i++) {
      if (this.#random.chance(delayed)) {
        this.counts.delayed++;
        this.#later(this.#random.between(0, delay), () => hear(node, topic, version));
      } else {
        hear(node, topic, version);
      }
    }
  }

  #later(ms: number, call: () => void): void {
    const timer = setTimeout(() => {
      this.#late.delete(timer);
      call();
    }, ms);
    this.#late.add(timer);
  }
}

function hear(node: Set<Ring>, topic: Topic, version: number): void {
  for (const listener of node) listener(topic, version);
}

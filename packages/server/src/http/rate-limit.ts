import type { Clock } from "../core/clock.ts";

export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Token buckets by address: `burst` at once, then `perSecond`. Full buckets are forgotten. */
export class RateLimit {
  readonly #rate: Rate;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, { left: number; at: number }>();
  readonly stop: () => void;

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
    this.stop = clock.every(10_000, () => this.#forgetFull());
  }

  /** Seconds until the address may go on; 0 when it may now. */
  wait(address: string): number {
    const left = this.#left(address);
    return left >= 1 ? 0 : Math.ceil((1 - left) / this.#rate.perSecond);
  }

  /** Takes one from the address's bucket. */
  spend(address: string): void {
    this.#buckets.set(address, { left: Math.max(0, this.#left(address) - 1), at: this.#clock.now() });
  }

  #left(address: string): number {
    const bucket = this.#buckets.get(address);
    if (bucket === undefined) return this.#rate.burst;
    const refilled = (Math.max(0, this.#clock.now() - bucket.at) / 1000) * this.#rate.perSecond;
    return Math.min(this.#rate.burst, bucket.left + refilled);
  }

  #forgetFull(): void {
    for (const address of this.#buckets.keys()) {
      if (this.#left(address) >= this.#rate.burst) this.#buckets.delete(address);
    }
  }
}

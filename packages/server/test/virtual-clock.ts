import type { Clock } from "../src/core/clock.ts";

interface Call {
  at: number;
  /** Of a call that is made again and again. */
  readonly every: number | undefined;
  readonly call: () => void;
}

/** Time that passes when a test says so, as quickly as what it sets off can run. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #calls = new Set<Call>();

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  soon(call: () => void): void {
    setImmediate(call);
  }

  after(ms: number, call: () => void): () => void {
    return this.#add({ at: this.#now + Math.max(0, ms), every: undefined, call });
  }

  every(ms: number, call: () => void): () => void {
    return this.#add({ at: this.#now + ms, every: ms, call });
  }

  /** Lets `ms` pass; what becomes due is called at its time, each after what the one before it set off. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = next.at;
      if (next.every === undefined) this.#calls.delete(next);
      else next.at += next.every;
      next.call();
      await settled();
    }
    this.#now = end;
  }

  #add(call: Call): () => void {
    this.#calls.add(call);
    return () => this.#calls.delete(call);
  }

  #next(end: number): Call | undefined {
    let next: Call | undefined;
    for (const call of this.#calls) if (call.at <= end && (next === undefined || call.at < next.at)) next = call;
    return next;
  }
}

/** Until what is under way in this process has had its turn; a database over a network takes longer. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

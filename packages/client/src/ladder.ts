import type { TransportName } from "./transport.ts";

/** Tries in a row without being let in, after which the next transport has its turn. */
const tries: Readonly<Record<TransportName, number>> = { websocket: 3, sse: 1, poll: 1 };

/** Which transport to use: the best one that works. Below the last comes the first again, since none works while a server is down. */
export class Ladder {
  readonly #names: readonly TransportName[];
  #rung = 0;
  #misses = 0;

  /** `names`: the best first, at least one. */
  constructor(names: readonly TransportName[]) {
    this.#names = names;
  }

  get current(): TransportName {
    return this.#names[this.#rung] as TransportName;
  }

  /** Those that would be better than the current one, the best first. */
  get better(): readonly TransportName[] {
    return this.#names.slice(0, this.#rung);
  }

  climb(name: TransportName): void {
    this.#rung = Math.max(0, this.#names.indexOf(name));
    this.#misses = 0;
  }

  /** A connection ended that had (or had not) been let in. */
  lost(opened: boolean): void {
    this.#misses = opened ? 0 : this.#misses + 1;
    if (this.#misses < tries[this.current]) return;
    this.#rung = (this.#rung + 1) % this.#names.length;
    this.#misses = 0;
  }
}

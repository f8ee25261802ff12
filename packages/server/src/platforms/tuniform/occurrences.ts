/** Two identical gifts bear the same second; the rest is the time they may need on the way. */
const window = 2000;
const capacity = 1024;

/**
 * Tuniform's events have no id. Two that are identical to the byte, within one connection and one second, are two gifts:
 * this numbers them. One that comes again later is the same gift sent again, hence number 1.
 */
export class Occurrences {
  readonly #seen = new Map<string, { readonly since: number; count: number }>();

  /** 1 for the first event of that identity, 2 for the second … `at`: milliseconds, never less than before. */
  ordinal(identity: string, at: number): number {
    this.#forget(at);
    const seen = this.#seen.get(identity);
    if (seen !== undefined) return ++seen.count;
    this.#seen.set(identity, { since: at, count: 1 });
    return 1;
  }

  get size(): number {
    return this.#seen.size;
  }

  #forget(at: number): void {
    for (const [identity, { since }] of this.#seen) {
      if (at - since <= window && this.#seen.size < capacity) return;
      this.#seen.delete(identity);
    }
  }
}

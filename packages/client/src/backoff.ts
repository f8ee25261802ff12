export interface Backoff {
  /** Milliseconds to wait before the next try. */
  next(): number;
  /** The last try worked: start small again. */
  reset(): void;
}

/** Doubling from `first` to `cap`, each wait drawn evenly from its upper half so that clients do not come back together. */
export function backoff(first: number, cap: number, random: () => number): Backoff {
  let wait = first;
  return {
    next() {
      const current = wait;
      wait = Math.min(cap, wait * 2);
      return Math.round(current / 2 + (random() * current) / 2);
    },
    reset() {
      wait = first;
    },
  };
}

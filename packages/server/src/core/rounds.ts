import type { Clock } from "./clock.ts";

/** Members that are each called once in so many seconds, spread over them so that not all are at once. */
export class Rounds<T> {
  readonly #rounds: readonly Set<T>[];
  readonly stop: () => void;
  #added = 0;
  #second = 0;

  constructor(clock: Clock, seconds: number, call: (member: T) => void) {
    this.#rounds = Array.from({ length: seconds }, () => new Set<T>());
    this.stop = clock.every(1000, () => {
      for (const member of this.#rounds[this.#second++ % seconds] ?? []) call(member);
    });
  }

  /** Returns the round that the member is in; leaving is deleting it there. */
  add(member: T): Set<T> {
    const round = this.#rounds[this.#added++ % this.#rounds.length] as Set<T>;
    round.add(member);
    return round;
  }
}

import type { Clock } from "../../core/clock.ts";

/**
 * The time of the database as this node knows it: its own clock's, put right by what the database said last. So nodes agree
 * on how old a record is, however far apart their clocks are.
 */
export class DatabaseTime {
  readonly #clock: Clock;
  /** How far the database's clock is ahead of this node's, milliseconds. */
  #ahead = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#clock.now() + this.#ahead;
  }

  /**
   * `told`: what the database's clock said at some moment between `asked`, by this node's clock, and now. What is known already
   * is changed only as far as that proves it wrong.
   */
  learn(asked: number, told: number): void {
    const [least, most] = [told - this.#clock.now(), told - asked];
    this.#ahead = Math.min(Math.max(this.#ahead, least), most);
  }
}

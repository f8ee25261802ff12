import { Follower, type FollowerOptions, type Session } from "../followers/follower.ts";
import type { Ledger } from "../ledger.ts";
import { runningTime, type Stretch } from "../machine.ts";

/** A record on its way to a follower: when it came, and after how many milliseconds. */
export interface Delivery {
  readonly at: number;
  readonly delay: number;
}

/** A follower that knows when each record came, and since when the connection stood on which it came. */
export class TimedFollower extends Follower {
  readonly times: number[] = [];
  /** When it was first told that its cursor is of another history. */
  resetAt = Number.POSITIVE_INFINITY;
  readonly #standing: number[] = [];
  #since: number | undefined;

  constructor(kind: string, channel: number, session: Session, options: FollowerOptions) {
    const begin: Session = (...given) => {
      this.#since = undefined;
      return session(...given);
    };
    super(kind, channel, begin, options);
  }

  override took(name: string, cursor: string): void {
    const now = performance.now();
    this.times.push(now);
    this.#since ??= now;
    this.#standing.push(this.#since);
    super.took(name, cursor);
  }

  override standsAt(cursor: string): void {
    this.#since ??= performance.now();
    super.standsAt(cursor);
  }

  override reset(): void {
    this.resetAt = Math.min(this.resetAt, performance.now());
    super.reset();
  }

  /**
   * Of each record: from its acknowledgement, or from when the follower and the database were there again, to its arrival.
   * Time in which the machine stood still is not counted.
   */
  deliveries(ledger: Ledger, outages: readonly Stretch[], standstills: readonly Stretch[]): readonly Delivery[] {
    return this.names.map((name, i) => {
      const at = this.times[i] ?? 0;
      const due = Math.max(ledger.named(name)?.acknowledgedAt ?? at, this.#standing[i] ?? 0);
      const served = outages.reduce((from, { from: away, to }) => (away < at && to > from ? to : from), due);
      return { at, delay: runningTime(served, at, standstills) };
    });
  }
}

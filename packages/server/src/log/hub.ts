import type { Clock } from "../core/clock.ts";
import type { LogRecord } from "../core/record.ts";
import type { Doorbell } from "./doorbell.ts";
import type { EventLog } from "./event-log.ts";
import { FollowedChannel, type HubLimits, hubLimits } from "./followed-channel.ts";
import type { Follower, Sink } from "./sink.ts";
import { TailBudget } from "./tail.ts";

export { hubLimits } from "./followed-channel.ts";
export type { Encoder, Follower, Sink } from "./sink.ts";

/**
 * Carries each channel's log to its followers. A follower is a position that moves: records come from the channel's
 * tail when they are still there, from the log otherwise, and there is no other way for them to come.
 */
export class Hub {
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #limits: HubLimits;
  readonly #channels = new Map<number, FollowedChannel>();
  readonly #stops: (() => void)[];
  readonly #budget = new TailBudget();
  #reconciling: Promise<void> | undefined;

  constructor(log: EventLog, doorbell: Doorbell, clock: Clock, limits: HubLimits = hubLimits) {
    this.#log = log;
    this.#clock = clock;
    this.#limits = limits;
    this.#stops = [
      doorbell.listen((topic, version) => {
        if (topic.startsWith("log:")) this.#channels.get(Number(topic.slice(4)))?.heard(version);
      }),
      clock.every(limits.reconcileEvery, () => void this.reconcile()),
    ];
  }

  /**
   * Gives `sink` every record of the channel after offset `after`, in order, each once, until stopped. `newest`: all that
   * came after it, if the caller has just read that; it saves a reading.
   */
  follow(channel: number, after: number, sink: Sink, newest?: readonly LogRecord[]): Follower {
    let followed = this.#channels.get(channel);
    if (followed === undefined) {
      followed = new FollowedChannel(channel, this.#log, this.#clock, this.#limits, this.#budget, () =>
        this.#channels.delete(channel),
      );
      this.#channels.set(channel, followed);
    }
    return followed.join(after, sink, newest);
  }

  /** How many channels are followed just now. */
  get followedChannels(): number {
    return this.#channels.size;
  }

  /** How many followers there are, and how many records the last of them stands behind its channel's head. */
  followers(): { readonly count: number; readonly lag: number } {
    let count = 0;
    let lag = 0;
    for (const followed of this.#channels.values()) {
      count += followed.size;
      lag = Math.max(lag, followed.lag);
    }
    return { count, lag };
  }

  /** Compares every followed channel with the store: what a lost ring would have said. */
  reconcile(): Promise<void> {
    this.#reconciling ??= this.#compare().finally(() => {
      this.#reconciling = undefined;
    });
    return this.#reconciling;
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    for (const followed of this.#channels.values()) followed.close();
    this.#channels.clear();
  }

  async #compare(): Promise<void> {
    for (const followed of this.#channels.values()) followed.look();
    try {
      const channels = [...this.#channels.keys()];
      for (let i = 0; i < channels.length; i += 500) {
        const heads = await this.#log.heads(channels.slice(i, i + 500));
        for (const [channel, head] of heads) this.#channels.get(channel)?.heard(head);
      }
    } catch {
      // The store does not answer; the next round asks again.
    }
  }
}

import type { Clock } from "../core/clock.ts";
import type { LogRecord } from "../core/record.ts";
import type { Doorbell } from "./doorbell.ts";
import type { EventLog } from "./event-log.ts";

/** A change that a projection wants made, in words that every store understands. */
export interface TotalEffect {
  readonly kind: "total";
  readonly currency: string;
  readonly exponent: number;
  /** Minor units at `exponent`. */
  readonly minor: number;
  readonly count: number;
}

/** The record at `offset` is the channel's next donation. */
export interface DonationEffect {
  readonly kind: "donation";
  readonly offset: number;
}
export type Effect = TotalEffect | DonationEffect;

/** A durable follower: what it makes of records is pure, where it stands is stored together with what it made. */
export interface Projection {
  readonly name: string;
  effects(records: readonly LogRecord[]): readonly Effect[];
}

/** One move of a projection's position in a channel, with what it made of the records that it passes. */
export interface Step {
  readonly channel: number;
  readonly from: number;
  readonly to: number;
  readonly effects: readonly Effect[];
}

/** Where projections stand, in the store. */
export interface Checkpoints {
  position(projection: string, channel: number): Promise<number>;
  /** Applies effects and moves positions, all in one transaction; a step is left out unless its position stood at `from`. */
  advance(projection: string, steps: readonly Step[]): Promise<void>;
  /** Channels whose log goes beyond the projection's position, at most 500. */
  behind(projection: string): Promise<readonly number[]>;
}

/** Channels that share a transaction: enough to make it cheap, and over before anybody waits for it. */
const together = 64;

/**
 * Brings one projection of some channels up to the heads that they have when it begins. Any node may do so at any time,
 * several at once too: the stored position arbitrates, so each record takes effect once. `isOver` ends it between two channels.
 */
export async function advanceProjection(
  projection: Projection,
  channels: readonly number[],
  log: EventLog,
  checkpoints: Checkpoints,
  isOver: () => boolean = () => false,
): Promise<void> {
  const heads = await log.heads(channels);
  let behind = channels;
  while (behind.length > 0) {
    const steps: Step[] = [];
    for (const channel of behind) {
      if (isOver()) return;
      const from = await checkpoints.position(projection.name, channel);
      if (from >= (heads.get(channel) ?? 0)) continue;
      const records = await log.read(channel, from, 256);
      const last = records.at(-1);
      if (last !== undefined) steps.push({ channel, from, to: last.offset, effects: projection.effects(records) });
    }
    if (steps.length > 0) await checkpoints.advance(projection.name, steps);
    behind = steps.map(({ channel }) => channel);
  }
}

/** What follows logs durably: any node may bring it on, and where it stands in the store arbitrates. */
export interface Advancing {
  /** Channels in which it is behind. */
  behind(): Promise<readonly number[]>;
  /** Brings it up to the heads that these channels have now, unless it is over before. */
  advance(channels: readonly number[], isOver?: () => boolean): Promise<void>;
}

export function advancing(projection: Projection, log: EventLog, checkpoints: Checkpoints): Advancing {
  return {
    behind: () => checkpoints.behind(projection.name),
    advance: (channels, isOver) => advanceProjection(projection, channels, log, checkpoints, isOver),
  };
}

/** Runs what follows logs on this node: soon after a ring, and every two seconds over whatever a lost ring left behind. */
export class ProjectionRunner {
  readonly #followers: readonly Advancing[];
  readonly #clock: Clock;
  readonly #delay: number;
  readonly #stops: (() => void)[];
  readonly #rung = new Set<number>();
  #waiting: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  /** `delay`: milliseconds from a ring to the run, so that a burst costs one transaction for many records. */
  constructor(followers: readonly Advancing[], doorbell: Doorbell, clock: Clock, delay = 200) {
    this.#followers = followers;
    this.#clock = clock;
    this.#delay = delay;
    this.#stops = [
      doorbell.listen((topic) => {
        if (!topic.startsWith("log:")) return;
        this.#rung.add(Number(topic.slice(4)));
        this.#soon();
      }),
      clock.every(2000, () => void this.catchUp()),
    ];
  }

  /** Brings every channel up to date. */
  async catchUp(): Promise<void> {
    for (const follower of this.#followers) {
      for (const channel of await follower.behind().catch(() => [])) this.#rung.add(channel);
    }
    await this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting?.();
    for (const stop of this.#stops) stop();
    await this.#running;
  }

  #soon(): void {
    if (this.#waiting !== undefined || this.#stopped) return;
    const run = () => {
      this.#waiting = undefined;
      void this.#run();
    };
    if (this.#delay > 0) this.#waiting = this.#clock.after(this.#delay, run);
    else run();
  }

  async #run(): Promise<void> {
    if (this.#running !== undefined) return this.#running;
    this.#running = this.#drain();
    await this.#running;
    this.#running = undefined;
  }

  async #drain(): Promise<void> {
    while (this.#rung.size > 0) {
      const channels = [...this.#rung].slice(0, together);
      for (const channel of channels) this.#rung.delete(channel);
      for (const follower of this.#followers) {
        if (this.#stopped) return;
        // A store that does not answer is asked again by the next round over what is behind.
        await follower.advance(channels, () => this.#stopped).catch(() => undefined);
        await new Promise<void>((resolve) => this.#clock.soon(resolve));
      }
    }
  }
}

import type { Random } from "../../packages/server/test/random.ts";
import { pause, within } from "../pause.ts";

export interface FollowerOptions {
  readonly url: string;
  readonly slug: string;
  /** An API key that may read the channel. */
  readonly key: string;
  readonly streamToken: string;
  readonly random: Random;
}

/** What a session tells: a record with its name and cursor, or that the server did not know the cursor. */
export interface Reading {
  took(name: string, cursor: string): void;
  /** A place to go on from, where a protocol gives one without a record. */
  standsAt(cursor: string): void;
  reset(): void;
}

/** One connection of one kind of client: resolves when it has ended, however it did. */
export type Session = (after: string, reading: Reading, options: FollowerOptions, stop: AbortSignal) => Promise<void>;

/**
 * A client that keeps nothing but its own last cursor, and comes back with it whenever its connection ends. It begins
 * at `after`, usually before the channel's first event: then it must in the end have got the channel's whole log.
 */
export class Follower implements Reading {
  readonly kind: string;
  readonly channel: number;
  /** Everything it was given, in the order of arrival. */
  readonly names: string[] = [];
  readonly cursors: string[] = [];
  /** The first place that the server named: where it began. */
  startedAt: string | undefined;
  connections = 0;
  resets = 0;
  readonly #session: Session;
  readonly #options: FollowerOptions;
  readonly #stop = new AbortController();
  #after: string;
  #running: Promise<void> | undefined;

  constructor(kind: string, channel: number, session: Session, options: FollowerOptions, after = "oldest") {
    this.kind = kind;
    this.channel = channel;
    this.#session = session;
    this.#options = options;
    this.#after = after;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    if (this.#running !== undefined) await within(this.#running, 2000);
  }

  took(name: string, cursor: string): void {
    this.names.push(name);
    this.cursors.push(cursor);
    this.#after = cursor;
  }

  standsAt(cursor: string): void {
    this.startedAt ??= cursor;
    this.#after = cursor;
  }

  reset(): void {
    this.resets++;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.connections++;
      // A session that could not even begin is one more reason to come back.
      await this.#session(this.#after, this, this.#options, signal).catch(() => undefined);
      await pause(this.#options.random.between(30, 90));
    }
  }
}

import type { Clock } from "../../core/clock.ts";
import { Refused } from "../../core/errors.ts";
import type { LogRecord } from "../../core/record.ts";
import type { Ring } from "../../log/doorbell.ts";
import type { Appended } from "../../log/event-log.ts";
import { type Answer, appendCall, type Entry, newEvent } from "./append-call.ts";
import { type Database, isUnavailable, NotConnected } from "./database.ts";
import type { Records } from "./records.ts";

interface Waiting {
  readonly entry: Entry;
  readonly since: number;
  readonly resolve: (appended: Appended | undefined) => void;
  readonly reject: (fault: unknown) => void;
  /** Whether it was sent before and the answer was lost. */
  sent: boolean;
}

export interface AppenderOptions {
  readonly ring: Ring;
  readonly clock: Clock;
  readonly committed?: (appends: number, ms: number) => void;
}

/** At most so many entries share a call: what one commit may keep the others waiting for. */
const batchSize = 512;

/** So long an append is tried again while the database is lost, milliseconds. */
const patience = 5000;

const uncertain =
  "The store did not answer in time: whether this was stored is not known. Send it again with the same externalId; it is stored once.";

/**
 * Appends what waits together in one call, one call at a time. When the database is lost in the middle the same entries are
 * sent again: whether the first call took effect does not matter, since each is stored once and known by its start.
 */
export class Appender {
  readonly #database: Database;
  readonly #records: Records;
  readonly #options: AppenderOptions;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #finishing = false;

  constructor(database: Database, records: Records, options: AppenderOptions) {
    this.#database = database;
    this.#records = records;
    this.#options = options;
  }

  /** `undefined`: there is no such event to replay. */
  append(entry: Entry): Promise<Appended | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, since: performance.now(), resolve, reject, sent: false });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits any more. From now on nothing is tried again. */
  async finish(): Promise<void> {
    this.#finishing = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    await new Promise<void>((resolve) => this.#options.clock.soon(resolve));
    let losses = 0;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchSize);
      try {
        await this.#attempt(batch);
        losses = 0;
      } catch (fault) {
        this.#waiting.unshift(...this.#patient(batch, fault));
        losses++;
        if (this.#waiting.length > 0) await this.#pause(Math.min(500, 25 * 2 ** losses));
      }
    }
    this.#running = undefined;
  }

  /** Throws where the database is lost. What it refuses for what it says is found out one by one and fails alone. */
  async #attempt(batch: readonly Waiting[]): Promise<void> {
    const [only, ...others] = batch;
    try {
      await this.#call(batch);
    } catch (fault) {
      if (isUnavailable(fault)) throw fault;
      if (only !== undefined && others.length === 0) only.reject(fault);
      else for (const waiting of batch) await this.#attempt([waiting]);
    }
  }

  async #call(batch: readonly Waiting[]): Promise<void> {
    const began = performance.now();
    const answers = await this.#database.append<Answer>(...appendCall(batch.map(({ entry }) => entry)));
    this.#database.noteWritten();
    this.#options.committed?.(batch.length, performance.now() - began);
    const records = await this.#recordsOf(batch, answers);
    const grown = new Map<number, number>();
    for (const { place, status, offset } of answers) {
      const { entry, resolve, reject } = batch[place] as Waiting;
      const record = records.get(place);
      if (status === "unknown-channel") reject(new Error(`There is no channel ${entry.channel}.`));
      else resolve(record && { status: status === "appended" ? status : "duplicate", record });
      if (status === "appended" && offset !== null)
        grown.set(entry.channel, Math.max(offset, grown.get(entry.channel) ?? 0));
    }
    for (const [channel, head] of grown) this.#options.ring(`log:${channel}`, head);
  }

  /** The records by place. A new event's is made of its entry; the others are read. */
  async #recordsOf(batch: readonly Waiting[], answers: readonly Answer[]): Promise<ReadonlyMap<number, LogRecord>> {
    const records = new Map<number, LogRecord>();
    const others: { readonly place: number; readonly channel: number; readonly offset: number }[] = [];
    for (const answer of answers) {
      const { place, status, offset } = answer;
      const { entry } = batch[place] as Waiting;
      const made = status === "appended" ? newEvent(entry, answer) : undefined;
      if (made !== undefined) records.set(place, made);
      else if (offset !== null) others.push({ place, channel: entry.channel, offset });
    }
    if (others.length === 0) return records;
    const read = await this.#records.where(
      `JOIN unnest($1::bigint[], $2::bigint[]) AS wanted (channel, "offset") ON r.channel = wanted.channel AND r."offset" = wanted."offset"`,
      [others.map(({ channel }) => channel), others.map(({ offset }) => offset)],
    );
    const known = new Map(read.map((record) => [`${record.channel}/${record.offset}`, record]));
    for (const { place, channel, offset } of others) {
      const record = known.get(`${channel}/${offset}`);
      if (record !== undefined) records.set(place, record);
    }
    return records;
  }

  /** Those of a lost batch that are worth another try; the others are told. */
  #patient(batch: readonly Waiting[], fault: unknown): Waiting[] {
    const refusal = this.#database.refusal(fault);
    const sent = !(fault instanceof NotConnected);
    return batch.filter((waiting) => {
      waiting.sent ||= sent;
      if (!this.#finishing && performance.now() - waiting.since < patience) return true;
      waiting.reject(waiting.sent ? new Refused("storage_failed", uncertain, { cause: fault }) : refusal);
      return false;
    });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.after(ms, resolve));
  }
}

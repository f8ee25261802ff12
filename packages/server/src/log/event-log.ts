import type { Arrival, StreamEvent } from "../core/event.ts";
import type { LogRecord } from "../core/record.ts";

export interface NewEvent {
  readonly channel: number;
  readonly event: StreamEvent;
  readonly arrival: Arrival;
  /** What the platform sent, as text, where an event came from one. */
  readonly raw?: string;
  /**
   * What a second arrival of the same event means. Absent: a duplicate. A number (Pally, which marks its replays with
   * nothing): a replay if the last record of that event is older than so many milliseconds, a duplicate otherwise.
   */
  readonly replayAfter?: number;
  /** Only for reading back an export: the id and time that the record had, kept where they fit the log. */
  readonly place?: { readonly id: string; readonly receivedAt: number };
}

export interface Appended {
  /** `duplicate`: it was there already; `record` is the first one's. */
  readonly status: "appended" | "duplicate";
  readonly record: LogRecord;
}

export interface NewReplay {
  readonly channel: number;
  /** The id of the event, or of one of its replays. */
  readonly id: string;
  /** The person's idempotency key: the same one never replays twice. */
  readonly key: string;
  readonly arrival: Arrival;
  readonly place?: { readonly id: string; readonly receivedAt: number };
}

/** The truth: one ordered, durable log per channel. Offsets are dense from 1; reading order is commit order. */
export interface EventLog {
  /** The log's random identity, 8 characters `[a-z0-9]`; renewed by a restore. */
  readonly epoch: string;
  /**
   * Another one whenever an offset that was given may be given again: with every epoch, and after a failover that lost the
   * last commits. For protocols whose positions are bare numbers; a cursor looks at its record and needs the epoch only.
   */
  readonly history: string;
  /** Resolves after the commit. Appends that wait together share a transaction. */
  append(entry: NewEvent): Promise<Appended>;
  /** `undefined`: there is no such event in the channel. */
  replay(entry: NewReplay): Promise<Appended | undefined>;
  /** Records after `after`, in order, at most `limit` (1 to 500). */
  read(channel: number, after: number, limit: number): Promise<readonly LogRecord[]>;
  /** The record with that id. */
  find(channel: number, id: string): Promise<LogRecord | undefined>;
  /** The event with that identity. */
  lookup(channel: number, origin: string, externalId: string): Promise<LogRecord | undefined>;
  /** What the platform sent for the record at `offset`. */
  raw(channel: number, offset: number): Promise<string | undefined>;
  /** The last offset of each channel, 0 where there is none. */
  heads(channels: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /** The last offset that was received before `time` (milliseconds). */
  offsetBefore(channel: number, time: number): Promise<number>;
}

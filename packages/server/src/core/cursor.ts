import type { LogRecord } from "./record.ts";

/**
 * A place in a channel's log that a client hands back: after which record it stands. Opaque to clients.
 * `check` and `time` are those of the record at `offset`, so that a log that was restored or failed over
 * notices that this is not its record, and knows from when on to send.
 */
export interface Cursor {
  readonly epoch: string;
  readonly offset: number;
  /** When that record was received, milliseconds; 0 before the first. */
  readonly time: number;
  /** The random start of that record's id; "0" before the first. */
  readonly check: string;
}

export function cursorOf(epoch: string, record: Pick<LogRecord, "offset" | "receivedAt" | "id">): string {
  return `${epoch}.${record.offset.toString(36)}.${record.receivedAt.toString(36)}.${record.id.slice(1, 7)}`;
}

/** Before the first record. */
export function oldestCursor(epoch: string): string {
  return `${epoch}.0.0.0`;
}

/** The parts of a cursor, or `undefined` for text that is none. */
export function parseCursor(text: string): Cursor | undefined {
  const match = /^([a-z0-9]{8})\.([a-z0-9]{1,10})\.([a-z0-9]{1,10})\.([a-z0-9]{1,6})$/.exec(text);
  if (match === null) return undefined;
  const [, epoch = "", offset = "", time = "", check = ""] = match;
  const place = { offset: Number.parseInt(offset, 36), time: Number.parseInt(time, 36) };
  if (!Number.isSafeInteger(place.offset) || !Number.isSafeInteger(place.time)) return undefined;
  return { epoch, ...place, check };
}

/** Why a cursor does not fit the log: another log's, beyond its head, or another record stands there. */
export type ResetReason = "epoch" | "ahead" | "changed";

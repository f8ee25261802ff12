import { cursorOf, oldestCursor, parseCursor, type ResetReason } from "../core/cursor.ts";
import { Refused } from "../core/errors.ts";
import type { LogRecord } from "../core/record.ts";
import type { EventLog } from "./event-log.ts";

export type Resumption =
  | {
      readonly status: "at";
      readonly offset: number;
      /** The cursor that stands there, and all that comes after it, where these were seen on the way. */
      readonly cursor?: string;
      readonly newest?: readonly LogRecord[];
    }
  /** The cursor is not of this log as it is now. `offset`: where to go on so that nothing is missed. */
  | { readonly status: "reset"; readonly offset: number; readonly reason: ResetReason }
  | { readonly status: "invalid" };

/** Whoever comes back lacks little, mostly: with so many records one reading finds its place and gives it all of that. */
const lookAhead = 15;

/**
 * Where a follower that hands in `text` goes on: a cursor, `oldest` or `head`.
 *
 * A cursor that does not fit carries the time of the event it stood at. Whatever the log received from then on is what
 * its holder cannot have seen: that is where it goes on. It may see the events of that last instant twice, and misses none.
 */
export async function resolveCursor(log: EventLog, channel: number, text: string): Promise<Resumption> {
  if (text === "oldest") return { status: "at", offset: 0 };
  if (text === "head") {
    const offset = await headOf(log, channel);
    return { status: "at", offset, cursor: await cursorAt(log, channel, offset), newest: [] };
  }
  const cursor = parseCursor(text);
  if (cursor === undefined) return { status: "invalid" };
  if (cursor.epoch === log.epoch) {
    if (cursor.offset === 0) return { status: "at", offset: 0 };
    const page = await log.read(channel, cursor.offset - 1, lookAhead + 1);
    const [record, ...later] = page;
    if (record?.id.slice(1, 7) === cursor.check) {
      const { offset } = cursor;
      return {
        status: "at",
        offset,
        cursor: cursorOf(log.epoch, record),
        ...(page.length <= lookAhead && { newest: later }),
      };
    }
    const reason = record === undefined ? "ahead" : "changed";
    return { status: "reset", reason, offset: await log.offsetBefore(channel, cursor.time) };
  }
  return { status: "reset", reason: "epoch", offset: await log.offsetBefore(channel, cursor.time) };
}

export async function headOf(log: EventLog, channel: number): Promise<number> {
  return (await log.heads([channel])).get(channel) ?? 0;
}

/** The cursor that stands at the log's end, from a place where all that comes after it was seen. */
export function headCursor(log: EventLog, cursor: string, newest: readonly LogRecord[]): string {
  const last = newest.at(-1);
  return last === undefined ? cursor : cursorOf(log.epoch, last);
}

/** The cursor that stands after the record at `offset`. Throws where it is gone: a standby that lacked it was promoted meanwhile. */
export async function cursorAt(log: EventLog, channel: number, offset: number): Promise<string> {
  if (offset === 0) return oldestCursor(log.epoch);
  const [record] = await log.read(channel, offset - 1, 1);
  if (record === undefined) throw new Refused("storage_failed", "The log has changed; come back with your cursor.");
  return cursorOf(log.epoch, record);
}

import { LogRecord } from "../../core/record.ts";
import type { Parameter } from "./database.ts";
import { arrivals, idOf } from "./records.ts";

/** What the database's function `append` takes; see there. */
export interface Entry {
  readonly channel: number;
  readonly arrival: number;
  /** Random; it tells an entry whose answer was lost from another one of the same identity. */
  readonly start: string;
  readonly now: number;
  readonly external_id: string;
  readonly origin?: string;
  readonly body?: string;
  readonly raw?: string | null;
  readonly replay_after?: number | null;
  readonly replay_key?: string | null;
  readonly shown_offset?: number;
  readonly shown_start?: string;
  readonly kept_offset?: number;
  readonly kept_start?: string;
  readonly kept_at?: number;
}

/** What became of the entry at `place`. */
export interface Answer {
  readonly place: number;
  readonly status: "appended" | "duplicate" | "unknown-channel" | "unknown-event";
  /** `null` where there is no record. */
  readonly offset: number | null;
  readonly n: number;
  readonly received_at: number;
}

/** The columns of new events, in the order in which `append_events` takes them. */
const eventColumns = ["channel", "origin", "external_id", "body", "raw", "arrival", "start", "now"] as const;

/** The statement that appends these entries in their order and answers with a row, an `Answer`, for each. */
export function appendCall(entries: readonly Entry[]): readonly [sql: string, parameters: readonly Parameter[]] {
  if (!entries.every(isNewEvent)) {
    return ["SELECT * FROM append($1)", [JSON.stringify(entries.map((entry, place) => ({ place, ...entry })))]];
  }
  return [
    "SELECT * FROM append_events($1, $2, $3, $4, $5, $6, $7, $8)",
    eventColumns.map((column) => entries.map((entry) => entry[column] ?? null)),
  ];
}

/** Neither a replay, nor shown again by its platform, nor from an export. */
function isNewEvent({ body, replay_after, kept_offset }: Entry): boolean {
  return body !== undefined && replay_after === undefined && kept_offset === undefined;
}

/**
 * The record that an appended entry became. `undefined`: it is shown again, by a person or by its platform, and its record
 * has parts of its event's.
 */
export function newEvent(entry: Entry, { offset, n, received_at }: Answer): LogRecord | undefined {
  const { channel, body, arrival } = entry;
  if (offset === null || body === undefined || typeof entry.replay_after === "number") return undefined;
  const start = entry.kept_start !== undefined && entry.kept_offset === offset ? entry.kept_start : entry.start;
  const place = { channel, offset, kind: "event", id: idOf(start, offset), replayOf: null, number: n } as const;
  return new LogRecord({ ...place, arrival: arrivals[arrival] ?? "live", receivedAt: received_at }, body);
}

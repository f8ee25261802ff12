import type { Arrival } from "../../core/event.ts";
import { LogRecord, recordId } from "../../core/record.ts";
import type { Parameter, Statements } from "./database.ts";

export const arrivals: readonly Arrival[] = ["live", "late", "import"];

export interface RecordRow {
  readonly n: number;
  readonly channel: number;
  readonly offset: number;
  /** The offset of the event that a replay shows; 0 for an event. */
  readonly replay_of: number;
  readonly start: string;
  readonly arrival: number;
  readonly received_at: number;
  readonly body: string;
  /** Of the event that a replay shows. */
  readonly event_n: number | null;
  readonly event_start: string | null;
  readonly timeline: string;
}

const ofEvent = (column: string) =>
  `CASE WHEN r.replay_of > 0 THEN (SELECT e.${column} FROM log_record e WHERE e.channel = r.channel AND e."offset" = r.replay_of) END`;

const columns = `r.n, r.channel, r."offset", r.replay_of, r.start, r.arrival, r.received_at, r.body, ${ofEvent("n")} AS event_n, ${ofEvent("start")} AS event_start, (SELECT timeline()) AS timeline`;

/**
 * Reads records of one history only. A standby that was promoted without the last commits goes on in another one: offsets
 * that were given before may be given again, so nothing is read from there on until everybody's place was looked up anew.
 */
export class Records {
  readonly #statements: Statements;
  readonly #timeline: string;
  readonly #diverged: () => void;

  constructor(statements: Statements, timeline: string, diverged: () => void) {
    this.#statements = statements;
    this.#timeline = timeline;
    this.#diverged = diverged;
  }

  /** The records that `rest` says of `log_record r`. */
  async where(rest: string, parameters: readonly Parameter[]): Promise<LogRecord[]> {
    const rows = await this.#statements.query<RecordRow>(`SELECT ${columns} FROM log_record r ${rest}`, parameters);
    const [first] = rows;
    if (first !== undefined) this.check(first.timeline);
    return rows.map(recordOf);
  }

  /** Throws, and tells whoever starts anew, where the database went on in another history. */
  check(timeline: string): void {
    if (timeline === this.#timeline) return;
    this.#diverged();
    throw new Error(`The database went on in another history (timeline ${timeline}, before ${this.#timeline}).`);
  }
}

/** The random part of a record's id; its offset follows. */
export function startOf(id: string): string {
  return id.slice(0, 17);
}

export function idOf(start: string, offset: number): string {
  return start + offset.toString(36).padStart(7, "0");
}

export function newStart(): string {
  return startOf(recordId(0, (bytes) => void crypto.getRandomValues(bytes)));
}

function recordOf(row: RecordRow): LogRecord {
  const { channel, offset, replay_of, event_start } = row;
  return new LogRecord(
    {
      channel,
      offset,
      number: row.event_n ?? row.n,
      kind: replay_of === 0 ? "event" : "replay",
      id: idOf(row.start, offset),
      arrival: arrivals[row.arrival] ?? "live",
      receivedAt: row.received_at,
      replayOf: event_start === null ? null : idOf(event_start, replay_of),
    },
    row.body,
  );
}

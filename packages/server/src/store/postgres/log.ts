import type { LogRecord } from "../../core/record.ts";
import { offsetOfId } from "../../core/record.ts";
import type { Appended, EventLog, NewEvent, NewReplay } from "../../log/event-log.ts";
import type { Entry } from "./append-call.ts";
import { Appender, type AppenderOptions } from "./appender.ts";
import { appendConnections, type Database, storable } from "./database.ts";
import type { Identity } from "./migrate.ts";
import { arrivals, newStart, type Records, startOf } from "./records.ts";

/** The event log in PostgreSQL, shared by many nodes. */
export class PostgresLog implements EventLog {
  readonly epoch: string;
  readonly history: string;
  readonly #database: Database;
  readonly #records: Records;
  readonly #now: () => number;
  /** They append beside each other, each channel's entries always by the same one. */
  readonly #appenders: readonly Appender[];

  /** `now`: for when a record was received, and how long ago. */
  constructor(
    database: Database,
    records: Records,
    { epoch, timeline }: Identity,
    now: () => number,
    options: AppenderOptions,
  ) {
    this.epoch = epoch;
    this.history = `${epoch}.${timeline}`;
    this.#database = database;
    this.#records = records;
    this.#now = now;
    this.#appenders = Array.from({ length: appendConnections }, () => new Appender(database, records, options));
  }

  append(entry: NewEvent): Promise<Appended> {
    const { event, replayAfter } = entry;
    const now = this.#now();
    return this.#appenderOf(entry).append({
      ...this.#common(entry, now),
      origin: storable(event.origin),
      external_id: storable(event.externalId),
      body: JSON.stringify(event),
      raw: entry.raw === undefined ? null : storable(entry.raw),
      ...(replayAfter !== undefined && { replay_after: replayAfter, replay_key: `platform:${now}` }),
    }) as Promise<Appended>;
  }

  async replay(entry: NewReplay): Promise<Appended | undefined> {
    const shown = offsetOfId(entry.id);
    if (shown === undefined) return undefined;
    return this.#appenderOf(entry).append({
      ...this.#common(entry, this.#now()),
      external_id: storable(entry.key),
      shown_offset: shown,
      shown_start: startOf(entry.id),
    });
  }

  async read(channel: number, after: number, limit: number): Promise<readonly LogRecord[]> {
    const rest = `WHERE r.channel = $1 AND r."offset" > $2 ORDER BY r."offset" LIMIT $3`;
    return this.#records.where(rest, [channel, after, limit]);
  }

  async find(channel: number, id: string): Promise<LogRecord | undefined> {
    const offset = offsetOfId(id);
    if (offset === undefined) return undefined;
    const rest = `WHERE r.channel = $1 AND r."offset" = $2 AND r.start = $3`;
    return (await this.#records.where(rest, [channel, offset, startOf(id)]))[0];
  }

  async lookup(channel: number, origin: string, externalId: string): Promise<LogRecord | undefined> {
    const rest = "WHERE r.channel = $1 AND r.replay_of = 0 AND r.origin = $2 AND r.external_id = $3";
    return (await this.#records.where(rest, [channel, origin, externalId]))[0];
  }

  async raw(channel: number, offset: number): Promise<string | undefined> {
    const sql = `SELECT raw FROM log_record WHERE channel = $1 AND "offset" = $2`;
    const [row] = await this.#database.query<{ raw: string | null }>(sql, [channel, offset]);
    return row?.raw ?? undefined;
  }

  async heads(channels: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const sql = `SELECT channel, "offset", (SELECT timeline()) AS timeline FROM head WHERE channel = ANY($1::bigint[])`;
    const rows = await this.#database.query<{ channel: number; offset: number; timeline: string }>(sql, [channels]);
    if (rows[0] !== undefined) this.#records.check(rows[0].timeline);
    const heads = new Map(channels.map((channel) => [channel, 0]));
    for (const { channel, offset } of rows) heads.set(channel, offset);
    return heads;
  }

  async offsetBefore(channel: number, time: number): Promise<number> {
    const sql = `SELECT offset_before($1, $2) AS "offset", timeline()`;
    const [row] = await this.#database.query<{ offset: number; timeline: string }>(sql, [channel, time]);
    if (row === undefined) return 0;
    this.#records.check(row.timeline);
    return row.offset;
  }

  /** Resolves when nothing waits any more. */
  async finish(): Promise<void> {
    await Promise.all(this.#appenders.map((appender) => appender.finish()));
  }

  #appenderOf({ channel }: NewEvent | NewReplay): Appender {
    return this.#appenders[channel % appendConnections] as Appender;
  }

  #common({ channel, arrival, place }: NewEvent | NewReplay, now: number): Omit<Entry, "external_id"> {
    const kept = place && {
      kept_offset: offsetOfId(place.id) ?? 0,
      kept_start: startOf(place.id),
      kept_at: place.receivedAt,
    };
    return { channel, arrival: arrivals.indexOf(arrival), start: newStart(), now, ...kept };
  }
}

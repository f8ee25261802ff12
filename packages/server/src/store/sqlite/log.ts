import type { Database, Statement } from "bun:sqlite";
import type { Arrival } from "../../core/event.ts";
import { LogRecord, offsetOfId, recordId } from "../../core/record.ts";
import type { Appended, EventLog, NewEvent, NewReplay } from "../../log/event-log.ts";
import { isDatabaseFault, type SqliteOptions, type Writer } from "./writer.ts";

const arrivals: readonly Arrival[] = ["live", "late", "import"];
export const recordColumns = "n, channel, offset, kind, id, arrival, received_at, replay_of, body";
export type RecordRow = [number, number, number, number, string, number, number, string | null, string];

/** At most so many appends share a transaction, so that one commit never keeps the others waiting for long. */
const batchSize = 512;

interface Waiting {
  readonly work: () => Appended | undefined;
  readonly resolve: (appended: Appended | undefined) => void;
  readonly reject: (fault: unknown) => void;
}

interface Head {
  offset: number;
  receivedAt: number;
}

/** The event log in SQLite: synchronous underneath, so what waits in one turn of the event loop commits together. */
export class SqliteLog implements EventLog {
  readonly epoch: string;
  readonly #writer: Writer;
  readonly #options: SqliteOptions;
  readonly #statements: ReturnType<typeof prepare>;
  #waiting: Waiting[] = [];
  #idle: (() => void)[] = [];
  /** Heads of the channels that the running transaction has touched. */
  #heads = new Map<number, Head>();
  /** Channels to which the running transaction has added. */
  #grown = new Set<number>();

  constructor(writer: Writer) {
    this.#writer = writer;
    this.#options = writer.options;
    this.#statements = prepare(writer.db);
    const epoch = writer.db.query<{ value: string }, []>("SELECT value FROM meta WHERE key = 'epoch'").get();
    this.epoch = epoch?.value ?? "";
  }

  /** What was committed here is never lost without a restore. */
  get history(): string {
    return this.epoch;
  }

  append(entry: NewEvent): Promise<Appended> {
    return this.#commit(() => this.#append(entry)) as Promise<Appended>;
  }

  replay(entry: NewReplay): Promise<Appended | undefined> {
    return this.#commit(() => this.#replay(entry));
  }

  async read(channel: number, after: number, limit: number): Promise<readonly LogRecord[]> {
    return this.#statements.read.values(channel, after, limit).map((row) => this.#recordOf(row));
  }

  async find(channel: number, id: string): Promise<LogRecord | undefined> {
    return this.#find(channel, id);
  }

  async lookup(channel: number, origin: string, externalId: string): Promise<LogRecord | undefined> {
    return this.#lookup(channel, origin, externalId);
  }

  async raw(channel: number, offset: number): Promise<string | undefined> {
    const [row] = this.#statements.raw.values(channel, offset);
    return row?.[0] ?? undefined;
  }

  async heads(channels: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const [only] = channels;
    if (only !== undefined && channels.length === 1) return new Map([[only, this.#head(only).offset]]);
    return new Map(this.#statements.heads.values(JSON.stringify(channels)));
  }

  async offsetBefore(channel: number, time: number): Promise<number> {
    let low = 0;
    let high = this.#head(channel).offset;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const [row] = this.#statements.receivedAt.values(channel, middle);
      if (row !== undefined && row[0] < time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Resolves when nothing waits any more. */
  finish(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #commit(work: () => Appended | undefined): Promise<Appended | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      if (this.#waiting.length === 1) this.#options.clock.soon(() => this.#flush());
    });
  }

  /** One transaction for all that wait. Nobody hears of success before it is committed. */
  #flush(): void {
    const batch = this.#waiting.slice(0, batchSize);
    this.#waiting = this.#waiting.slice(batchSize);
    this.#heads.clear();
    this.#grown.clear();
    try {
      const began = performance.now();
      const outcomes = this.#writer.transaction(() => batch.map((waiting) => this.#attempt(waiting)));
      this.#options.committed?.(batch.length, performance.now() - began);
      for (const tell of outcomes) tell();
      for (const channel of this.#grown) this.#options.ring(`log:${channel}`, this.#head(channel).offset);
    } catch (fault) {
      for (const { reject } of batch) reject(fault);
    }
    if (this.#waiting.length > 0) this.#options.clock.soon(() => this.#flush());
    else for (const idle of this.#idle.splice(0)) idle();
  }

  /** An append that fails by itself fails alone; what the database refuses ends the transaction for all. */
  #attempt({ work, resolve, reject }: Waiting): () => void {
    try {
      const appended = work();
      return () => resolve(appended);
    } catch (fault) {
      if (isDatabaseFault(fault)) throw fault;
      return () => reject(fault);
    }
  }

  #append(entry: NewEvent): Appended {
    const { channel, event } = entry;
    const first = this.#lookup(channel, event.origin, event.externalId);
    if (first !== undefined) {
      if (entry.replayAfter === undefined) return { status: "duplicate", record: first };
      const [row] = this.#statements.lastReplay.values(channel, replayOrigin(first.id));
      const last = Math.max(first.receivedAt, row?.[0] ?? 0);
      const now = this.#options.clock.now();
      if (now - last <= entry.replayAfter) return { status: "duplicate", record: first };
      return this.#insertReplay(first, `platform:${now}`, entry.arrival, undefined);
    }
    const place = this.#nextPlace(channel, entry.place);
    const body = JSON.stringify(event);
    const number = this.#insert(
      { channel, kind: 0, origin: event.origin, externalId: event.externalId, arrival: entry.arrival, replayOf: null },
      place,
      body,
      entry.raw ?? null,
    );
    const record = new LogRecord(
      { channel, ...place, kind: "event", arrival: entry.arrival, replayOf: null, number },
      body,
    );
    return { status: "appended", record };
  }

  #replay(entry: NewReplay): Appended | undefined {
    const shown = this.#find(entry.channel, entry.id);
    if (shown === undefined) return undefined;
    const event = shown.replayOf === null ? shown : this.#find(entry.channel, shown.replayOf);
    if (event === undefined) return undefined;
    const known = this.#lookup(entry.channel, replayOrigin(event.id), entry.key);
    if (known !== undefined) return { status: "duplicate", record: known };
    const same = entry.place && this.#find(entry.channel, entry.place.id);
    if (same !== undefined) return { status: "duplicate", record: same };
    return this.#insertReplay(event, entry.key, entry.arrival, entry.place);
  }

  #insertReplay(event: LogRecord, key: string, arrival: Arrival, kept: NewReplay["place"]): Appended {
    const { channel, body } = event;
    const place = this.#nextPlace(channel, kept);
    this.#insert(
      { channel, kind: 1, origin: replayOrigin(event.id), externalId: key, arrival, replayOf: event.id },
      place,
      body,
      null,
    );
    const { number } = event;
    const record = new LogRecord({ channel, ...place, kind: "replay", arrival, replayOf: event.id, number }, body);
    return { status: "appended", record };
  }

  #insert(
    row: {
      channel: number;
      kind: 0 | 1;
      origin: string;
      externalId: string;
      arrival: Arrival;
      replayOf: string | null;
    },
    place: { offset: number; id: string; receivedAt: number },
    body: string,
    raw: string | null,
  ): number {
    const { lastInsertRowid } = this.#statements.insert.run(
      row.channel,
      place.offset,
      row.kind,
      row.origin,
      row.externalId,
      place.id,
      arrivals.indexOf(row.arrival),
      place.receivedAt,
      row.replayOf,
      body,
      raw,
    );
    this.#heads.set(row.channel, { offset: place.offset, receivedAt: place.receivedAt });
    this.#grown.add(row.channel);
    return Number(lastInsertRowid);
  }

  /** The place after the channel's head. Time never runs backwards within a channel. */
  #nextPlace(channel: number, kept: NewEvent["place"]): { offset: number; id: string; receivedAt: number } {
    const head = this.#heads.get(channel) ?? this.#head(channel);
    const offset = head.offset + 1;
    const id = kept !== undefined && offsetOfId(kept.id) === offset ? kept.id : recordId(offset, randomize);
    return { offset, id, receivedAt: Math.max(head.receivedAt, kept?.receivedAt ?? this.#options.clock.now()) };
  }

  #head(channel: number): Head {
    const [row] = this.#statements.head.values(channel);
    return { offset: row?.[0] ?? 0, receivedAt: row?.[1] ?? 0 };
  }

  #find(channel: number, id: string): LogRecord | undefined {
    const offset = offsetOfId(id);
    if (offset === undefined) return undefined;
    const [row] = this.#statements.at.values(channel, offset);
    return row !== undefined && row[4] === id ? this.#recordOf(row) : undefined;
  }

  #lookup(channel: number, origin: string, externalId: string): LogRecord | undefined {
    const [row] = this.#statements.lookup.values(channel, origin, externalId);
    return row && this.#recordOf(row);
  }

  /** A replay has the number of its event. */
  #recordOf(row: RecordRow): LogRecord {
    const [, channel, , , , , , replayOf] = row;
    if (replayOf === null) return recordOf(row);
    const [event] = this.#statements.number.values(channel, offsetOfId(replayOf) ?? 0);
    return recordOf(row, event?.[0]);
  }
}

function replayOrigin(eventId: string): string {
  return `replay:${eventId}`;
}

function randomize(bytes: Uint8Array<ArrayBuffer>): void {
  crypto.getRandomValues(bytes);
}

export function recordOf(row: RecordRow, eventNumber?: number): LogRecord {
  const [n, channel, offset, kind, id, arrival, receivedAt, replayOf, body] = row;
  return new LogRecord(
    {
      number: eventNumber ?? n,
      channel,
      offset,
      kind: kind === 0 ? "event" : "replay",
      id,
      arrival: arrivals[arrival] ?? "live",
      receivedAt,
      replayOf,
    },
    body,
  );
}

/** A statement whose rows come as arrays. */
interface Rows<T, P extends unknown[]> {
  values(...parameters: P): T[];
}

/**
 * Where a statement has ORDER BY, max() or LIMIT, its parameters stand in sums (`?+0`): SQLite plans a statement anew every
 * time that a parameter changes which such a clause is compared with by itself, which costs several times what reading does.
 */
function prepare(db: Database) {
  const rows = <T, P extends unknown[]>(sql: string) => db.prepare(sql) as unknown as Rows<T, P>;
  return {
    insert: db.prepare(
      "INSERT INTO record (channel, offset, kind, origin, external_id, id, arrival, received_at, replay_of, body, raw) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ) as Statement,
    read: rows<RecordRow, [number, number, number]>(
      `SELECT ${recordColumns} FROM record WHERE channel = ?+0 AND offset > ?+0 ORDER BY offset LIMIT ?+0`,
    ),
    at: rows<RecordRow, [number, number]>(`SELECT ${recordColumns} FROM record WHERE channel = ? AND offset = ?`),
    lookup: rows<RecordRow, [number, string, string]>(
      `SELECT ${recordColumns} FROM record WHERE channel = ? AND origin = ? AND external_id = ?`,
    ),
    lastReplay: rows<[number | null], [number, string]>(
      "SELECT max(received_at) FROM record WHERE channel = ?+0 AND origin = ?||''",
    ),
    head: rows<[number, number], [number]>(
      "SELECT offset, received_at FROM record WHERE channel = ?+0 ORDER BY offset DESC LIMIT 1",
    ),
    // Many at once, for whoever follows thousands of channels: a statement each would cost five times as much.
    heads: rows<[number, number], [string]>(
      "SELECT value, coalesce((SELECT max(offset) FROM record WHERE channel = value), 0) FROM json_each(?)",
    ),
    receivedAt: rows<[number], [number, number]>("SELECT received_at FROM record WHERE channel = ? AND offset = ?"),
    number: rows<[number], [number, number]>("SELECT n FROM record WHERE channel = ? AND offset = ?"),
    raw: rows<[string | null], [number, number]>("SELECT raw FROM record WHERE channel = ? AND offset = ?"),
  };
}

import { Database } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemClock } from "../../core/clock.ts";
import { StoreUnusable } from "../store.ts";
import { lockFile } from "./lock.ts";
import { openSqliteStore } from "./open.ts";

/** A row by column. Whole numbers are `bigint`, so that none is rounded. */
export type Row = Readonly<Record<string, string | bigint | Uint8Array | null>>;

/** The rows of a database, table by table, while no server may use it. */
export interface SqliteTables {
  readonly epoch: string;
  readonly names: readonly string[];
  count(table: string): number;
  /** How many records there are up to the one numbered `n`, which is one of them; 0 otherwise. */
  recordsUntil(n: number): number;
  /** All columns, or these. */
  rows(table: string, columns?: readonly string[]): Iterable<Row>;
  /** The log after the record numbered `n`. */
  recordsAfter(n: number): Iterable<Row>;
  /** The highest number that was ever given in the table, 0 where it gives none. */
  lastNumber(table: string): number;
  /** The last record of every channel that has records: `channel`, `offset` and `id`. */
  lastRecords(): Iterable<Row>;
  /** The head of every channel that has records. */
  heads(): ReadonlyMap<number, number>;
  close(): void;
}

/**
 * Opens the file for reading; an older Tipwire's is brought to this one's schema first, as a start of the server would.
 * Throws `StoreUnusable` with a sentence where it is none of ours, or a server has it open.
 */
export async function openSqliteTables(path: string): Promise<SqliteTables> {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (!facts?.isFile()) throw new StoreUnusable(`There is no database file ${path}.`);
  const unlock = hold(path);
  let db: Database | undefined;
  try {
    refuseOthers(path);
    await openSqliteStore(path, { clock: systemClock, ring: () => undefined }).close();
    db = new Database(path, { readwrite: true, create: false, strict: true, safeIntegers: true });
    return tablesOf(db, unlock);
  } catch (fault) {
    db?.close();
    unlock();
    throw fault;
  }
}

/** The lock that the server of this data directory holds. */
function hold(path: string): () => void {
  const lock = join(dirname(path), "lock");
  const release = existsSync(dirname(path)) ? lockFile(lock) : undefined;
  if (release !== undefined) return release;
  throw new StoreUnusable(`A Tipwire server is running on ${dirname(path)}. Stop it first: nothing may be added now.`);
}

/** Another program's database is left as it is. */
function refuseOthers(path: string): void {
  const sql = "SELECT (SELECT value FROM meta WHERE key = 'epoch') AS epoch, (SELECT max(n) FROM record) AS last";
  try {
    const db = new Database(path, { readwrite: true, create: false });
    try {
      db.query(sql).get();
    } finally {
      db.close();
    }
  } catch (cause) {
    throw new StoreUnusable(`${path} is no database of Tipwire's.`, { cause });
  }
}

function tablesOf(db: Database, unlock: () => void): SqliteTables {
  db.run("PRAGMA query_only = ON");
  const number = (sql: string, ...parameters: (string | number)[]) =>
    Number(
      db.query<{ value: bigint | null }, (string | number)[]>(`SELECT (${sql}) AS value`).get(...parameters)?.value ??
        0,
    );
  const epoch = db.query<{ value: string }, []>("SELECT value FROM meta WHERE key = 'epoch'").get()?.value ?? "";
  const names = db
    .query<{ name: string }, []>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )
    .all()
    .map(({ name }) => name);
  return {
    epoch,
    names,
    count: (table) => number(`SELECT count(*) FROM ${table}`),
    recordsUntil: (n) => number("SELECT CASE max(n) WHEN ?1 THEN count(*) ELSE 0 END FROM record WHERE n <= ?1", n),
    rows: (table, columns = ["*"]) => db.query<Row, []>(`SELECT ${columns.join(", ")} FROM ${table}`).iterate(),
    recordsAfter: (n) => db.query<Row, [number]>("SELECT * FROM record WHERE n > ?+0 ORDER BY n").iterate(n),
    lastNumber: (table) => number("SELECT seq FROM sqlite_sequence WHERE name = ?", table),
    // SQLite takes what stands beside a max() from the row that has it.
    lastRecords: () =>
      db.query<Row, []>("SELECT channel, max(offset) AS offset, id FROM record GROUP BY channel").iterate(),
    heads: () =>
      new Map(
        db
          .query<{ channel: bigint; head: bigint }, []>(
            "SELECT channel, max(offset) AS head FROM record GROUP BY channel",
          )
          .all()
          .map(({ channel, head }) => [Number(channel), Number(head)]),
      ),
    close() {
      db.close();
      unlock();
    },
  };
}

import { StoreUnusable } from "../store.ts";
import { Database, type Statements, storableJson } from "./database.ts";
import { migrate, unfinished, unusable } from "./migrate.ts";

/** Of the advisory locks: one program at a time fills the database. */
const fillingLock = 7_419_285;

/** A row by column; PostgreSQL reads each value from its text. */
export type FilledRow = Readonly<Record<string, string | number | null | readonly unknown[]>>;

/** What a database holds before it is filled. */
export interface Found {
  /** `empty`; `unfinished`: a filling was cut off; `whole`: a log that serves. */
  readonly status: "empty" | "unfinished" | "whole";
  readonly epoch: string;
  readonly channels: number;
  readonly records: number;
  /** The highest number of a record, 0 without any. */
  readonly last: number;
}

/** A database that is filled from elsewhere, in transactions of which each is whole, and that no server uses before the last. */
export class Filling {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** Makes or migrates the schema. Throws `StoreUnusable` with a sentence that holds no password. */
  static async open(url: string): Promise<Filling> {
    const database = new Database(url);
    try {
      await migrate(database, "filling");
    } catch (fault) {
      await database.close();
      throw unusable(fault);
    }
    return new Filling(database);
  }

  found(): Promise<Found> {
    return this.#locked(find);
  }

  /** From now on, until `finish`, no server starts on it. */
  begin(epoch: string): Promise<void> {
    return this.#locked(async (statements) => {
      if ((await find(statements)).status !== "empty") throw meddled();
      await statements.query("INSERT INTO meta VALUES ($1, $2)", [unfinished, epoch]);
    });
  }

  /** Adds records after the one numbered `last`. They are safe once a later `finish` is: nothing waits for the disk here. */
  addRecords(rows: readonly FilledRow[], last: number): Promise<void> {
    return this.#locked(async (statements) => {
      const now = await find(statements, false);
      if (now.status !== "unfinished" || now.last !== last) throw meddled();
      await statements.query("SET LOCAL synchronous_commit = off");
      await statements.query(
        `INSERT INTO log_record (n, channel, "offset", replay_of, origin, external_id, start, arrival, received_at, body, raw)
          SELECT n, channel, "offset", replay_of, origin, external_id, start, arrival, received_at, body, raw
          FROM json_populate_recordset(NULL::log_record, $1)`,
        [storableJson(rows)],
      );
    });
  }

  /** Everything but the log, in one transaction; what `fill` throws leaves it as it was. The database serves after that. */
  async finish(fill: (filled: Filled) => Promise<void>): Promise<void> {
    await this.#locked(async (statements) => {
      const now = await find(statements);
      if (now.status !== "unfinished" || now.channels > 0) throw meddled();
      await fill(new Filled(statements));
      await statements.query("UPDATE meta SET value = $1 WHERE key = 'epoch'", [now.epoch]);
      await statements.query("DELETE FROM meta WHERE key = $1", [unfinished]);
    });
    // The planner knows nothing of so many new rows before.
    await this.#locked(({ run }) => run("ANALYZE"));
  }

  /** Whether one of the rows, each of which has the same columns, is not among the table's. */
  async lacks(table: string, rows: readonly FilledRow[]): Promise<boolean> {
    const same = Object.keys(rows[0] ?? {}).map((column) => `there."${column}" = wanted."${column}"`);
    const [found] = await this.#database.query<{ lacks: boolean }>(
      `SELECT EXISTS (SELECT FROM json_populate_recordset(NULL::${table}, $1) AS wanted
        WHERE NOT EXISTS (SELECT FROM ${table} AS there WHERE ${same.join(" AND ")})) AS lacks`,
      [storableJson(rows)],
    );
    return found?.lacks === true;
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  async #locked<T>(work: (statements: Statements & { run(sql: string): Promise<void> }) => Promise<T>): Promise<T> {
    return await this.#database.locked(fillingLock, work).catch((fault: unknown) => {
      throw unusable(fault);
    });
  }
}

/** The tables besides the log, within the last transaction. */
export class Filled {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  async add(table: string, rows: readonly FilledRow[]): Promise<void> {
    const sql = `INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM json_populate_recordset(NULL::${table}, $1)`;
    await this.#statements.query(sql, [storableJson(rows)]);
  }

  /** What is made of the rows: each channel's head, and the version of the log of access. */
  async derive(accessVersion: number): Promise<void> {
    await this.#statements.query(
      `INSERT INTO head SELECT channel.id, coalesce(max("offset"), 0), coalesce(max(received_at), 0)
        FROM channel LEFT JOIN log_record ON log_record.channel = channel.id GROUP BY channel.id`,
    );
    await this.#statements.query(
      "UPDATE access_version SET version = greatest($1, (SELECT max(version) FROM access_change))",
      [accessVersion],
    );
  }

  /** New rows are numbered from after `least`, and after all that are there. */
  async numberFrom(least: (table: string) => number): Promise<void> {
    const columns = await this.#statements.query<{ table: string; column: string; sequence: string }>(
      `SELECT table_name AS table, column_name AS column, pg_get_serial_sequence(table_name, column_name) AS sequence
        FROM information_schema.columns WHERE is_identity = 'YES' AND table_schema = current_schema()`,
    );
    for (const { table, column, sequence } of columns) {
      await this.#statements.query(
        `SELECT setval($1, last) FROM (SELECT greatest($2, max(${column})) AS last FROM ${table}) AS given WHERE last > 0`,
        [sequence, least(table)],
      );
    }
  }

  async count(table: string): Promise<number> {
    const [row] = await this.#statements.query<{ count: number }>(`SELECT count(*) AS count FROM ${table}`);
    return row?.count ?? 0;
  }

  /** The head of every channel that has records, where as many records are as it says. */
  async heads(): Promise<ReadonlyMap<number, number>> {
    const rows = await this.#statements.query<{ channel: number; head: number }>(
      `SELECT channel, max("offset") AS head FROM log_record GROUP BY channel HAVING count(*) = max("offset")`,
    );
    return new Map(rows.map(({ channel, head }) => [channel, head]));
  }
}

/** `counted`: also how many channels and records there are. */
async function find({ query }: Statements, counted = true): Promise<Found> {
  const meta = await query<{ key: string; value: string }>("SELECT key, value FROM meta");
  const values = new Map(meta.map(({ key, value }) => [key, value]));
  const counts = counted
    ? "(SELECT count(*) FROM channel) + (SELECT count(*) FROM account) AS channels, (SELECT count(*) FROM log_record) AS records"
    : "0 AS channels, 0 AS records";
  const [row] = await query<Pick<Found, "channels" | "records" | "last">>(
    `SELECT ${counts}, coalesce((SELECT max(n) FROM log_record), 0) AS last`,
  );
  const facts = { channels: 0, records: 0, last: 0, ...row };
  const cutOff = values.get(unfinished);
  if (cutOff !== undefined) return { ...facts, status: "unfinished", epoch: cutOff };
  const empty = facts.channels === 0 && facts.last === 0;
  return { ...facts, status: empty ? "empty" : "whole", epoch: values.get("epoch") ?? "" };
}

function meddled(): StoreUnusable {
  return new StoreUnusable(
    "Something else writes to the database meanwhile: another migration, or a server. Stop it, make the database anew, and migrate again.",
  );
}

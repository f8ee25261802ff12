import pg from "pg";
import { Refused } from "../../core/errors.ts";
import type { StoreHealth } from "../store.ts";

/** Nobody waits longer than this for a connection, or for an answer, before it counts as lost; milliseconds. */
const connectWithin = 3000;
const answerWithin = 5000;

/** What a first start or a migration may take, milliseconds. */
const lockedWithin = 120_000;

/** Connections of one node, besides those on which it appends. */
const connections = 8;

/** Connections on which one node appends: while one call waits for its commit the next is under way on another. */
export const appendConnections = 2;

export type Parameter = string | number | boolean | null | Uint8Array | readonly (string | number | null)[];

/** Runs statements: on any connection, or within one transaction. */
export interface Statements {
  /** The rows, each an object by column. */
  query<T>(sql: string, parameters?: readonly Parameter[]): Promise<T[]>;
}

const int8 = 20;
const int8Array = 1016;

/** int8 as a number: every number here is far below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text") => {
    const usual = pg.types.getTypeParser(oid, format);
    if (oid === int8) return Number;
    return oid === int8Array ? (text: string) => (usual(text) as unknown as string[]).map(Number) : usual;
  }) as pg.CustomTypesConfig["getTypeParser"],
};

/**
 * One node's connections to PostgreSQL. No statement is named and no session is configured, so a transaction pooler may
 * stand between. What takes too long is given up with its connection, so a frozen database keeps nobody waiting for ever.
 */
export class Database implements Statements {
  readonly #pool: pg.Pool;
  /** For appends, which then never wait behind what is read. */
  readonly #appending: pg.Pool;
  readonly #failing: ((reason: string | undefined) => void) | undefined;
  #health: StoreHealth = { status: "well" };

  /** `failing` is told when the database is lost, and when it takes writes again (`undefined`). */
  constructor(url: string, failing?: (reason: string | undefined) => void) {
    this.#failing = failing;
    this.#pool = poolOf(url, connections);
    this.#appending = poolOf(url, appendConnections);
  }

  get health(): StoreHealth {
    return this.#health;
  }

  /** Reads. Where a connection turns out to be broken, it is tried once more on another. */
  async query<T>(sql: string, parameters: readonly Parameter[] = []): Promise<T[]> {
    try {
      return await this.once<T>(sql, parameters).catch((fault) => {
        if (isBrokenConnection(fault)) return this.once<T>(sql, parameters);
        throw fault;
      });
    } catch (fault) {
      throw this.refusal(fault, unanswered);
    }
  }

  /** One statement that writes, committed when it resolves. It may have taken effect although its answer was lost. */
  async write<T>(sql: string, parameters: readonly Parameter[] = []): Promise<T[]> {
    try {
      const rows = await this.once<T>(sql, parameters);
      this.noteWritten();
      return rows;
    } catch (fault) {
      throw this.refusal(fault);
    }
  }

  /** Runs a statement once, with what the driver throws thrown as it is. */
  async once<T>(sql: string, parameters: readonly Parameter[] = []): Promise<T[]> {
    return this.#on(this.#pool, (client) => rowsOf<T>(client, sql, parameters));
  }

  /** As `once`, on a connection for appends. */
  async append<T>(sql: string, parameters: readonly Parameter[]): Promise<T[]> {
    return this.#on(this.#appending, (client) => rowsOf<T>(client, sql, parameters));
  }

  /**
   * Runs `work` in a transaction. `finally` is one more statement that is sent together with the commit: the locks that it
   * takes are never held while anything travels. A node that stops in the middle loses its transaction after `answerWithin`.
   */
  async transaction<T>(
    work: (statements: Statements) => Promise<T>,
    last?: (result: T) => string | undefined,
  ): Promise<{ readonly result: T; readonly rows: readonly Record<string, unknown>[] }> {
    try {
      const done = await this.#on(this.#pool, async (client) => {
        await client.query({
          text: `BEGIN; SET LOCAL idle_in_transaction_session_timeout = ${answerWithin}`,
          ...timed,
        });
        try {
          const result = await work({ query: (sql, parameters = []) => rowsOf(client, sql, parameters) });
          const statement = last?.(result);
          const text = statement === undefined ? "COMMIT" : `${statement}; COMMIT`;
          const answers = (await client.query({ text, ...timed })) as unknown as pg.QueryResult | pg.QueryResult[];
          return { result, rows: Array.isArray(answers) ? (answers[0]?.rows ?? []) : [] };
        } catch (fault) {
          if (!isUnavailable(fault)) await client.query({ text: "ROLLBACK", ...timed });
          throw fault;
        }
      });
      this.noteWritten();
      return done;
    } catch (fault) {
      throw this.refusal(fault);
    }
  }

  /** As `transaction`, while no other node holds the advisory lock `lock`. It may take `lockedWithin`. */
  async locked<T>(lock: number, work: (statements: { run(sql: string): Promise<void> } & Statements) => Promise<T>) {
    return this.#on(this.#pool, async (client) => {
      await client.query(`BEGIN; SET LOCAL idle_in_transaction_session_timeout = ${lockedWithin}`);
      try {
        await client.query({ text: "SELECT pg_advisory_xact_lock($1)", values: [lock], ...unhurried });
        const result = await work({
          query: async <R>(sql: string, parameters: readonly Parameter[] = []) =>
            (await client.query({ text: sql, values: valuesOf(parameters), ...unhurried })).rows as R[],
          run: async (sql) => void (await client.query({ text: sql, ...unhurried })),
        });
        await client.query("COMMIT");
        return result;
      } catch (fault) {
        if (!isUnavailable(fault)) await client.query("ROLLBACK");
        throw fault;
      }
    });
  }

  /** Notes that a write was taken. */
  noteWritten(): void {
    if (this.#health.status === "well") return;
    this.#health = { status: "well" };
    this.#failing?.(undefined);
  }

  /**
   * What callers are told: a database that cannot be had is `storage_failed`, with `lost` as its sentence where the statement
   * was sent and its answer did not come. Anything else is as it was. One that others kept busy for too long is not lost.
   */
  refusal(fault: unknown, lost = uncertain): unknown {
    if (fault instanceof Refused || !isUnavailable(fault)) return fault;
    if (isBusy(fault)) return new Refused("storage_failed", busy, { cause: fault });
    const reason = fault instanceof Error ? fault.message : String(fault);
    if (this.#health.status === "well") this.#failing?.(reason);
    this.#health = { status: "failing", reason };
    return new Refused("storage_failed", fault instanceof NotConnected ? undefined : lost, { cause: fault });
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.end(), this.#appending.end()]);
  }

  /** On a connection that is thrown away when it failed: after a time-out its answer may come at any time. */
  async #on<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect().catch((cause) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new (reason === lineTooLong ? InLine : NotConnected)(reason, { cause });
    });
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (fault) {
      client.release(isUnavailable(fault));
      throw fault;
    }
  }
}

function poolOf(url: string, max: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: "tipwire",
    connectionTimeoutMillis: connectWithin,
    max,
    keepAlive: true,
    types,
  });
  // A connection that broke: whoever uses it hears of it by what it asked, and the pool leaves it out.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

const unanswered = "The store does not answer just now; try again.";
const busy = "The store has too much to do just now; nothing was stored, try again.";
const uncertain = "The store did not answer in time: whether this took effect is not known. Look, and try again.";

/** There was no connection: whatever was to be done, nothing of it was. */
export class NotConnected extends Error {}

/** As many connections as there may be were there, and none of them became free in time. */
class InLine extends NotConnected {}

/** The pool's words for that; what fails to connect says something else. */
const lineTooLong = "timeout exceeded when trying to connect";

/** `query_timeout` is the driver's own, milliseconds. */
const timed = { query_timeout: answerWithin };
const unhurried = { query_timeout: lockedWithin };

async function rowsOf<T>(client: pg.PoolClient, sql: string, parameters: readonly Parameter[]): Promise<T[]> {
  return (await client.query({ text: sql, values: valuesOf(parameters), ...timed })).rows as T[];
}

function valuesOf(parameters: readonly Parameter[]): unknown[] {
  return parameters.map((value) => (typeof value === "string" ? storable(value) : value));
}

/** PostgreSQL's text holds every character but U+0000, and no half of a pair. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}

/** Rows for `json_to_recordset`, their texts storable. */
export function storableJson(rows: readonly object[]): string {
  return JSON.stringify(rows, (_, value: unknown) => (typeof value === "string" ? storable(value) : value));
}

/** Whether the database could not be had just now, rather than refusing this statement for what it says. */
export function isUnavailable(fault: unknown): boolean {
  return !/^(0A|2[123]|42|54)/.test(stateOf(fault) ?? "");
}

/** 55P03: others held a lock for too long, and nothing was done. */
function isBusy(fault: unknown): boolean {
  return fault instanceof InLine || stateOf(fault) === "55P03";
}

/** No SQLSTATE: the connection broke, or the answer took too long. 57P: the server stops or starts. */
function isBrokenConnection(fault: unknown): boolean {
  if (fault instanceof NotConnected) return false;
  const state = stateOf(fault);
  return state?.startsWith("57P") === true || (state === undefined && !/timeout/i.test(String(fault)));
}

function stateOf(fault: unknown): string | undefined {
  return fault instanceof pg.DatabaseError ? fault.code : undefined;
}

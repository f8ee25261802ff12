import { type Database, SQLiteError } from "bun:sqlite";
import type { Clock } from "../../core/clock.ts";
import { Refused } from "../../core/errors.ts";
import type { Ring } from "../../log/doorbell.ts";
import type { StoreHealth } from "../store.ts";

export interface SqliteOptions {
  /** Told after every commit that a topic has a new version. */
  readonly ring: Ring;
  readonly clock: Clock;
  /** No other process can have this database open: what an earlier one held when it was killed is free at once. */
  readonly isOnly?: boolean;
  /** FULL: a commit is on the disk when it returns. Only a drill that wants to see losses asks for less. */
  readonly synchronous?: "FULL" | "OFF";
  /** Told once when a sync failed: what the disk holds is no longer known, and the process must not go on. */
  readonly broken?: (reason: string) => void;
  /** Told when a write is refused after one that was not, and when one is taken again (`undefined`). */
  readonly failing?: (reason: string | undefined) => void;
  /** Told of every commit of appends: how many, and how long the transaction took, milliseconds. */
  readonly committed?: (appends: number, ms: number) => void;
}

/** SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC. */
const failedSyncs: ReadonlySet<number> = new Set([1034, 1290]);

/** After so many transactions, or changed rows if those come first, the write-ahead log is carried over into the database. */
const checkpointEvery = { transactions: 500, rows: 2000 };

/** More than a usual append takes: where one page still fits, the next append is refused again. */
const probeBytes = 65_536;

/** Whether the database itself refused, rather than a constraint, or a mistake of ours. */
export function isDatabaseFault(fault: unknown): fault is SQLiteError {
  return fault instanceof SQLiteError && !fault.code?.startsWith("SQLITE_CONSTRAINT");
}

/** Everything that writes to a database goes through here, so that what the disk refuses is noticed in one place. */
export class Writer {
  readonly db: Database;
  readonly options: SqliteOptions;
  #health: StoreHealth = { status: "well" };
  /** Since the last checkpoint. */
  #transactions = 0;
  /** The connection's count of changed rows, and what it was at the last checkpoint. */
  readonly #changes: { values(): unknown[][] };
  #carriedOver = 0;

  constructor(db: Database, options: SqliteOptions) {
    this.db = db;
    this.options = options;
    // Done here instead, where a failed sync is noticed: SQLite's own checkpoints keep theirs to themselves.
    db.run("PRAGMA wal_autocheckpoint = 0");
    this.#changes = db.prepare("SELECT total_changes()");
  }

  get health(): StoreHealth {
    return this.#health;
  }

  /** Runs `work` in a transaction that writes; rolls it back when it throws. What the disk refuses is `storage_failed`. */
  transaction<T>(work: () => T): T {
    if (this.#health.status === "broken") throw new Refused("storage_failed");
    try {
      const result = this.#run(work);
      if (this.#health.status !== "well") this.options.failing?.(undefined);
      this.#health = { status: "well" };
      this.#countTransaction();
      return result;
    } catch (fault) {
      if (!isDatabaseFault(fault)) throw fault;
      this.#note(fault);
      throw new Refused("storage_failed", undefined, { cause: fault });
    }
  }

  /** Carries the write-ahead log over. A database that is closed meanwhile has done so itself. */
  checkpoint(mode: "PASSIVE" | "TRUNCATE"): void {
    if (this.#health.status !== "well") return;
    try {
      this.db.run(`PRAGMA wal_checkpoint(${mode})`);
    } catch (fault) {
      if (fault instanceof SQLiteError) this.#note(fault);
    }
  }

  /** Whether the disk takes writes again: tried by writing. */
  probe(): StoreHealth {
    if (this.#health.status !== "failing") return this.#health;
    try {
      this.transaction(() =>
        this.db.run("INSERT OR REPLACE INTO meta VALUES ('probe', printf('%.*c', ?, 'x'))", [probeBytes]),
      );
      this.transaction(() => this.db.run("DELETE FROM meta WHERE key = 'probe'"));
    } catch {
      // The health says so.
    }
    return this.#health;
  }

  #countTransaction(): void {
    this.#transactions++;
    const rows = Number(this.#changes.values()[0]?.[0]);
    const due = rows - this.#carriedOver >= checkpointEvery.rows || this.#transactions >= checkpointEvery.transactions;
    if (!due) return;
    this.#transactions = 0;
    this.#carriedOver = rows;
    this.options.clock.soon(() => this.checkpoint("PASSIVE"));
  }

  #run<T>(work: () => T): T {
    this.db.run("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.db.run("COMMIT");
      return result;
    } catch (fault) {
      if (this.db.inTransaction) this.db.run("ROLLBACK");
      throw fault;
    }
  }

  #note(fault: SQLiteError): void {
    const reason = `${fault.message} (${fault.code ?? fault.errno})`;
    if (!failedSyncs.has(fault.errno)) {
      if (this.#health.status === "well") this.options.failing?.(reason);
      this.#health = { status: "failing", reason };
      return;
    }
    this.#health = { status: "broken", reason };
    this.options.broken?.(reason);
  }
}

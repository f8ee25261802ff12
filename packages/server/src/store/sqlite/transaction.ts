import type { Database } from "bun:sqlite";
import type { Clock } from "../../core/clock.ts";
import type { Ring } from "../../log/doorbell.ts";

export interface SqliteOptions {
  /** Told after every commit that a topic has a new version. */
  readonly ring: Ring;
  readonly clock: Clock;
  /** FULL: a commit is on the disk when it returns. Only a drill that wants to see losses asks for less. */
  readonly synchronous?: "FULL" | "OFF";
}

/** Runs `work` in a transaction that writes; rolls it back when it throws. */
export function transaction<T>(db: Database, work: () => T): T {
  db.run("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.run("COMMIT");
    return result;
  } catch (fault) {
    if (db.inTransaction) db.run("ROLLBACK");
    throw fault;
  }
}

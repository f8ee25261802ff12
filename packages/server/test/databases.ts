import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../src/core/clock.ts";
import type { Ring } from "../src/log/doorbell.ts";
import { openPostgresStore } from "../src/store/postgres/open.ts";
import { openSqliteStore } from "../src/store/sqlite/open.ts";
import type { Store } from "../src/store/store.ts";
import { sharedPostgres } from "./postgres-server.ts";

/** A database of its own for one test; every `open` is another node's connection to it. */
export interface TestDatabase {
  open(ring: Ring, clock: Clock): Promise<Store>;
  /** Runs a statement on it, beside every node. */
  run(sql: string): Promise<void>;
  drop(): Promise<void>;
}

/** Every store joins here, and passes every suite that is over stores. */
export const databases: Readonly<Record<string, () => Promise<TestDatabase>>> = {
  async sqlite() {
    const directory = mkdtempSync(join(tmpdir(), "tipwire-database-"));
    return {
      open: async (ring, clock) => openSqliteStore(join(directory, "tipwire.db"), { ring, clock }),
      run: async (sql) => {
        const db = new Database(join(directory, "tipwire.db"));
        db.run(sql);
        db.close();
      },
      drop: async () => rmSync(directory, { recursive: true }),
    };
  },
  async postgres() {
    const server = await sharedPostgres();
    const url = await server.createDatabase();
    return {
      open: (ring, clock) => openPostgresStore(url, { ring, clock, time: "clock" }),
      run: async (sql) => void (await server.query(sql, new URL(url).pathname.slice(1))),
      drop: () => server.dropDatabase(url),
    };
  },
};

import type { Total } from "../../ledger/totals.ts";
import type { Store } from "../store.ts";
import { changingAccess } from "./access-changes.ts";
import type { AppenderOptions } from "./appender.ts";
import { postgresApplications } from "./applications.ts";
import { postgresBudgets } from "./budgets.ts";
import { postgresCheckpoints } from "./checkpoints.ts";
import { postgresConnections } from "./connections.ts";
import { Database } from "./database.ts";
import { DatabaseTime } from "./database-time.ts";
import { postgresDirectory } from "./directory.ts";
import { postgresDonations } from "./donations.ts";
import { postgresGrants } from "./grants.ts";
import { PostgresLog } from "./log.ts";
import { postgresMedia } from "./media.ts";
import { type Identity, migrate, unusable } from "./migrate.ts";
import { postgresNodeSessions } from "./node-sessions.ts";
import { postgresQuarantine } from "./quarantine.ts";
import { Records } from "./records.ts";
import { postgresSignIns } from "./sign-ins.ts";
import { postgresStageKeys } from "./stage-keys.ts";
import { postgresStageSettings } from "./stage-settings.ts";
import { postgresStages } from "./stages.ts";

export interface PostgresOptions extends AppenderOptions {
  /** Whose time records get: the database's, unless a test turns the clock by hand. */
  readonly time?: "database" | "clock";
  /** Told when the database is lost after it was there, and when it takes writes again (`undefined`). */
  readonly failing?: (reason: string | undefined) => void;
  /**
   * Told once when the database went on in another history: nothing is read from it any more, and every session has to come
   * back with its cursor, to a store that is opened anew.
   */
  readonly diverged?: () => void;
}

/** Milliseconds between two looks at a database: whether it is there again, whether it is the same one, and what time it has. */
const lookEvery = 2000;

/** Of the advisory locks: one node at a time makes what a first start makes. */
const startLock = 7_419_284;

/** Opens the database at `url`, making or migrating it as needed. Throws `StoreUnusable` with a sentence for people. */
export async function openPostgresStore(url: string, options: PostgresOptions): Promise<Store> {
  const { clock, ring } = options;
  const database = new Database(url, options.failing);
  const identity = await opened(database);
  let told = false;
  const records = new Records(database, identity.timeline, () => {
    if (!told) options.diverged?.();
    told = true;
  });
  const time = new DatabaseTime(clock);
  const log = new PostgresLog(database, records, identity, () => time.now(), options);
  const changing = changingAccess(database, ring);

  async function probe() {
    const sql = "INSERT INTO meta VALUES ('probe', '') ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    if (database.health.status !== "well") await database.write(sql).catch(() => undefined);
    return database.health;
  }
  async function look(): Promise<void> {
    if ((await probe()).status !== "well") return;
    const asked = clock.now();
    const [now] = await database.query<{ timeline: string; time: number }>(
      "SELECT timeline(), database_time() AS time",
    );
    if (now === undefined) return;
    if (options.time !== "clock") time.learn(asked, now.time);
    records.check(now.timeline);
  }
  // What it finds is in the health, or was told.
  const noted = () => look().catch(() => undefined);
  await noted();
  const stop = clock.every(lookEvery, () => void noted());

  return {
    log,
    directory: postgresDirectory(database, clock, changing),
    checkpoints: postgresCheckpoints(database),
    applications: postgresApplications(database, clock),
    grants: postgresGrants(database, clock, changing),
    signIns: postgresSignIns(database, clock),
    donations: postgresDonations(database, records),
    nodeSessions: postgresNodeSessions(database),
    connections: postgresConnections(database, clock, ring),
    quarantine: postgresQuarantine(database, clock),
    budgets: postgresBudgets(database),
    stages: postgresStages(database, ring),
    stageSettings: postgresStageSettings(database, clock, ring),
    stageKeys: postgresStageKeys(database, clock, ring),
    media: postgresMedia(database, clock),
    totals: {
      ofChannel: (channel) =>
        database.query<Total>(
          "SELECT currency, exponent, minor, count FROM total WHERE channel = $1 ORDER BY count DESC, currency",
          [channel],
        ),
    },
    health: () => database.health,
    probe,
    alone: (work) => database.locked(startLock, work),
    async close() {
      stop();
      await log.finish();
      await database.close();
    },
  };
}

async function opened(database: Database): Promise<Identity> {
  try {
    return await migrate(database);
  } catch (cause) {
    await database.close();
    throw unusable(cause);
  }
}

import { Database } from "bun:sqlite";
import { randomBytes } from "node:crypto";
import { Refused } from "../../core/errors.ts";
import { type Store, StoreUnusable } from "../store.ts";
import { sqliteApplications } from "./applications.ts";
import { sqliteBudgets } from "./budgets.ts";
import { sqliteCheckpoints } from "./checkpoints.ts";
import { sqliteConnections } from "./connections.ts";
import { sqliteDirectory } from "./directory.ts";
import { sqliteDonations } from "./donations.ts";
import { sqliteGrants } from "./grants.ts";
import { SqliteLog } from "./log.ts";
import { sqliteMedia } from "./media.ts";
import spine from "./migrations/001-spine.sql" with { type: "text" };
import applications from "./migrations/002-applications.sql" with { type: "text" };
import nodeSessions from "./migrations/003-node-sessions.sql" with { type: "text" };
import connections from "./migrations/004-connections.sql" with { type: "text" };
import stages from "./migrations/005-stages.sql" with { type: "text" };
import donors from "./migrations/006-donors.sql" with { type: "text" };
import media from "./migrations/007-media.sql" with { type: "text" };
import streamsAndRemoval from "./migrations/008-streams-and-removal.sql" with { type: "text" };
import overdue from "./migrations/009-overdue.sql" with { type: "text" };
import { sqliteNodeSessions } from "./node-sessions.ts";
import { sqliteQuarantine } from "./quarantine.ts";
import { sqliteSignIns } from "./sign-ins.ts";
import { sqliteStageKeys } from "./stage-keys.ts";
import { sqliteStageSettings } from "./stage-settings.ts";
import { sqliteStages } from "./stages.ts";
import { type SqliteOptions, Writer } from "./writer.ts";

/** In order; a database's `user_version` says how many it has had. */
const migrations: readonly string[] = [
  spine,
  applications,
  nodeSessions,
  connections,
  stages,
  donors,
  media,
  streamsAndRemoval,
  overdue,
];

/** Opens the database file, making or migrating it as needed. Throws `StoreUnusable` with a sentence for people. */
export function openSqliteStore(path: string, options: SqliteOptions): Store {
  const db = openDatabase(path);
  let writer: Writer;
  try {
    db.run("PRAGMA busy_timeout = 5000");
    db.run("PRAGMA journal_mode = WAL");
    db.run(`PRAGMA synchronous = ${options.synchronous ?? "FULL"}`);
    db.run("PRAGMA foreign_keys = ON");
    db.run("PRAGMA cache_size = -16000");
    writer = new Writer(db, options);
    migrate(writer, path);
    if (options.isOnly === true) writer.transaction(() => db.run("DELETE FROM node_session"));
    // What a killed process left behind: a program that is killed often would never carry it over otherwise.
    writer.checkpoint("PASSIVE");
  } catch (cause) {
    db.close();
    if (cause instanceof StoreUnusable) throw cause;
    if (cause instanceof Refused)
      throw new StoreUnusable(`The database ${path} cannot be used: ${sentence(cause.cause)}.`);
    throw new StoreUnusable(`The database ${path} cannot be used: ${sentence(cause)}.`, { cause });
  }
  const log = new SqliteLog(writer);
  const totals = db.query<{ currency: string; exponent: number; minor: number; count: number }, [number]>(
    "SELECT currency, exponent, minor, count FROM total WHERE channel = ? ORDER BY count DESC, currency",
  );
  return {
    log,
    directory: sqliteDirectory(writer),
    checkpoints: sqliteCheckpoints(writer),
    applications: sqliteApplications(writer),
    grants: sqliteGrants(writer),
    signIns: sqliteSignIns(writer),
    donations: sqliteDonations(db),
    nodeSessions: sqliteNodeSessions(writer),
    connections: sqliteConnections(writer),
    quarantine: sqliteQuarantine(writer),
    budgets: sqliteBudgets(writer),
    stages: sqliteStages(writer),
    stageSettings: sqliteStageSettings(writer),
    stageKeys: sqliteStageKeys(writer),
    media: sqliteMedia(writer),
    totals: { ofChannel: async (channel) => totals.all(channel) },
    health: () => writer.health,
    probe: async () => writer.probe(),
    // There is no other node: the data directory is held by one process.
    alone: (work) => work(),
    async close() {
      await log.finish();
      writer.checkpoint("TRUNCATE");
      db.close();
    },
  };
}

function openDatabase(path: string): Database {
  try {
    return new Database(path, { create: true, readwrite: true, strict: true });
  } catch (cause) {
    throw new StoreUnusable(`The database ${path} cannot be opened: ${sentence(cause)}.`, { cause });
  }
}

function migrate(writer: Writer, path: string): void {
  const { db } = writer;
  writer.transaction(() => {
    const row = db.query<{ user_version: number }, []>("PRAGMA user_version").get();
    const version = row?.user_version ?? 0;
    if (version > migrations.length) {
      throw new StoreUnusable(
        `The database ${path} was written by a newer Tipwire (schema ${version}, this one knows ${migrations.length}). Start that version, or restore a backup from before the upgrade.`,
      );
    }
    for (const sql of migrations.slice(version)) db.run(sql);
    db.run(`PRAGMA user_version = ${migrations.length}`);
    db.run("INSERT INTO meta (key, value) VALUES ('epoch', ?) ON CONFLICT DO NOTHING", [newEpoch()]);
  });
}

function newEpoch(): string {
  return randomBytes(6).readUIntBE(0, 6).toString(36).padStart(8, "0").slice(-8);
}

function sentence(cause: unknown): string {
  return cause instanceof Error ? cause.message.replace(/\.$/, "") : String(cause);
}

import { randomBytes } from "node:crypto";
import { StoreUnusable } from "../store.ts";
import type { Database } from "./database.ts";
import spine from "./migrations/001-spine.sql" with { type: "text" };
import applications from "./migrations/002-applications.sql" with { type: "text" };
import nodeSessions from "./migrations/003-node-sessions.sql" with { type: "text" };
import connections from "./migrations/004-connections.sql" with { type: "text" };
import stages from "./migrations/005-stages.sql" with { type: "text" };
import appendEvents from "./migrations/006-append-events.sql" with { type: "text" };
import donors from "./migrations/007-donors.sql" with { type: "text" };
import media from "./migrations/008-media.sql" with { type: "text" };
import streamsAndRemoval from "./migrations/009-streams-and-removal.sql" with { type: "text" };
import giftsStay from "./migrations/010-gifts-stay.sql" with { type: "text" };
import overdue from "./migrations/011-overdue.sql" with { type: "text" };

/** In order; the database's own `schema` says how many it has had. */
const migrations: readonly string[] = [
  spine,
  applications,
  nodeSessions,
  connections,
  stages,
  appendEvents,
  donors,
  media,
  streamsAndRemoval,
  giftsStay,
  overdue,
];

/** Of the advisory locks: one node at a time makes or migrates the schema. */
const migrationLock = 7_419_283;

const oldestServer = 15;

/** The key in `meta` of a database that is being filled from another store: the epoch of the log that it will hold. */
export const unfinished = "filling";

export interface Identity {
  /** The log's random identity. */
  readonly epoch: string;
  /** Of the database's history; another one after a standby was promoted or a backup read back. */
  readonly timeline: string;
}

/** Makes or migrates the schema, once, however many nodes start together. Throws `StoreUnusable` with a sentence. */
export async function migrate(database: Database, purpose: "serving" | "filling" = "serving"): Promise<Identity> {
  await checkServer(database);
  return database.locked(migrationLock, async ({ query, run }) => {
    await run("CREATE TABLE IF NOT EXISTS meta (key text PRIMARY KEY, value text NOT NULL)");
    const values = new Map(
      (await query<{ key: string; value: string }>("SELECT key, value FROM meta")).map(({ key, value }) => [
        key,
        value,
      ]),
    );
    const schema = Number(values.get("schema") ?? 0);
    if (schema > migrations.length) {
      throw new StoreUnusable(
        `The database was written by a newer Tipwire (schema ${schema}, this one knows ${migrations.length}). Start that version, or restore a backup from before the upgrade.`,
      );
    }
    if (purpose === "serving" && values.has(unfinished)) {
      throw new StoreUnusable(
        "The database holds a part of a log only: a migration to it was not finished. Run the same tipwire migrate again.",
      );
    }
    for (const sql of migrations.slice(schema)) await run(sql);
    const keep = "INSERT INTO meta VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    if (schema < migrations.length) await query(keep, ["schema", String(migrations.length)]);
    const epoch = values.get("epoch") ?? newEpoch();
    if (!values.has("epoch")) await query(keep, ["epoch", epoch]);
    const [now] = await query<{ timeline: string }>("SELECT timeline()");
    return { epoch, timeline: now?.timeline ?? "" };
  });
}

/** What the driver or the server says, as a sentence; what is one already stays. */
export function unusable(cause: unknown): StoreUnusable {
  if (cause instanceof StoreUnusable) return cause;
  const reason = cause instanceof Error ? cause.message.replace(/\.$/, "") : String(cause);
  return new StoreUnusable(`The database cannot be used: ${reason}.`, { cause });
}

/** What Tipwire's promises need of the server. */
async function checkServer(database: Database): Promise<void> {
  const [server] = await database.once<
    Record<"version" | "encoding" | "isolation" | "commit" | "sync", string> & { standby: boolean }
  >(
    `SELECT current_setting('server_version') AS version, current_setting('server_encoding') AS encoding, current_setting('transaction_isolation') AS isolation, current_setting('synchronous_commit') AS commit, current_setting('fsync') AS sync, pg_is_in_recovery() AS standby`,
  );
  const refuse = (sentence: string) => {
    throw new StoreUnusable(`The database cannot be used: ${sentence}`);
  };
  if (server === undefined) return;
  if (Number.parseInt(server.version, 10) < oldestServer) {
    refuse(`it is PostgreSQL ${server.version}, and Tipwire needs ${oldestServer} or newer.`);
  }
  if (server.standby) refuse("it is a standby, which takes no writes; name the primary.");
  if (server.encoding !== "UTF8") refuse(`its encoding is ${server.encoding}; create it with ENCODING 'UTF8'.`);
  if (server.isolation !== "read committed") {
    refuse(`its transactions are "${server.isolation}"; set default_transaction_isolation to "read committed".`);
  }
  if (server.commit === "off" || server.sync === "off") {
    const setting = server.sync === "off" ? "fsync" : "synchronous_commit";
    refuse(`it acknowledges what it has not stored yet; set ${setting} = on.`);
  }
}

function newEpoch(): string {
  return randomBytes(6).readUIntBE(0, 6).toString(36).padStart(8, "0").slice(-8);
}

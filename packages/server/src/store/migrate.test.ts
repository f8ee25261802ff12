import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PostgresServer } from "../../test/postgres-server.ts";
import { systemClock } from "../core/clock.ts";
import { streamEvent } from "../core/event.ts";
import { moneyOf } from "../core/money.ts";
import { copied, type Migrated, migrateStore, ownWay } from "./migrate.ts";
import { openPostgresStore } from "./postgres/open.ts";
import { lockFile } from "./sqlite/lock.ts";
import { openSqliteStore } from "./sqlite/open.ts";
import type { Store } from "./store.ts";

const options = { ring: () => undefined, clock: systemClock };
const directory = mkdtempSync(join(tmpdir(), "tipwire-migrate-"));
let server: PostgresServer;
let made = 0;
beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(async () => {
  await server.drop();
  rmSync(directory, { recursive: true });
});

/** A path of its own for a database file, whose directory has a lock of its own. */
function newPath(): string {
  return join(mkdtempSync(join(directory, `${++made}-`)), "tipwire.db");
}

/** Like an application's own statement, whatever the store checks. */
function runOn(path: string, ...statements: readonly string[]): void {
  const db = new Database(path);
  db.run("PRAGMA foreign_keys = ON");
  for (const statement of statements) db.run(statement);
  db.close();
}

async function withStore(path: string, work: (store: Store) => Promise<unknown>): Promise<void> {
  const store = openSqliteStore(path, options);
  await work(store);
  await store.close();
}

function gift(number: number) {
  const identity = { origin: "test:1", externalId: `x${number}`, occurredAt: "2026-04-11T16:00:00.000Z" };
  return streamEvent({ type: "donation", ...identity, name: "Ada", amount: moneyOf(500, 2, "USD") });
}

/** Two channels, replays, a hole in the numbers, texts that PostgreSQL cannot hold, and a row with every column in every table. */
async function everything(path: string, records = 20): Promise<void> {
  await withStore(path, async ({ directory: people, log }) => {
    const account = await people.createAccount("ada", true);
    if (account === "name-taken") throw new Error("taken");
    for (const slug of ["main", "other", "quiet"]) {
      await people.createChannel(slug, account.id, { title: "T", kickUsername: "k", url: "https://u" });
    }
    const appended = await Promise.all(
      Array.from({ length: records }, (_, i) =>
        log.append({ channel: (i % 2) + 1, event: gift(i), arrival: "live", raw: `raw \u0000 ${i} \ud83d\ude00` }),
      ),
    );
    for (const key of ["a", "b"]) {
      await log.replay({ channel: 1, id: appended[2]?.record.id ?? "", key, arrival: "live" });
    }
  });
  runOn(
    path,
    "UPDATE record SET n = n + 1000 WHERE n > 10",
    "INSERT INTO member VALUES (1, 1, 'moderator')",
    `INSERT INTO api_key VALUES (7, 'k', 1, 'events:read admin', '[1,2]', 'h', 5, 6), (9, 'all', 1, 'admin', NULL, 'h2', 5, NULL)`,
    "DELETE FROM api_key WHERE id = 9",
    "INSERT INTO api_key VALUES (8, 'all', 1, 'admin', NULL, 'h2', 5, NULL)",
    "INSERT INTO stream_token VALUES (3, 1, 'h', 5, 6), (4, 1, 'h2', 5, NULL)",
    "INSERT INTO application VALUES (5, 'app', 1, 's', '[\"https://a/?b={c}\",\"http://localhost\"]', 5)",
    "INSERT INTO app_grant VALUES (6, 5, 1, 1, 'a b', 5, 6)",
    "INSERT INTO app_token VALUES ('h', 6, 1, 5, 'sealed')",
    "INSERT INTO app_code VALUES ('h', 5, 1, 1, 'a b', 'https://a', 'c', 'S256', 5, 6)",
    "INSERT INTO sign_in VALUES ('h', 1, 1, 1, 5), ('h2', 1, 1, 0, 5)",
    "INSERT INTO projection VALUES ('totals', 1, 3)",
    "INSERT INTO total VALUES (1, 'USD', 2, 9007199254740993, 3)",
    "INSERT INTO donation VALUES (1, 1, 1), (1, 2, 2)",
    "INSERT INTO holding VALUES ('job:x', 7, 't', 's')",
    "INSERT INTO topic VALUES ('connections', 4)",
    "INSERT INTO connection VALUES (3, 1, 'pally', 'ada', 'Ada', 1, 4, 'sealed', 2, '{}', 5)",
    "INSERT INTO quarantine VALUES (2, 3, 'h', 'raw', 'why', 'live', 5)",
    "INSERT INTO source_note VALUES (2, 3, 'what', 'raw', 5)",
    "INSERT INTO budget VALUES ('donationalerts:1', '[1,2]')",
    "INSERT INTO stage VALUES (4, 1, 'main', 5, 1, 2, '{}', '{}', NULL), (5, 1, ' 5', 5, 1, 2, '{}', NULL, 'old')",
    `INSERT INTO stage_settings VALUES (4, 0, '{"who":{}}', 5, 'ada')`,
    "INSERT INTO alert VALUES (4, 'a', 'e', 'held', 1.5, 5, 6, '{}'), (4, 'sum', NULL, 'queued', 2, 5, NULL, '{}')",
    "INSERT INTO receipt VALUES (3, 4, 'e', '{}'), (4, 4, NULL, '{}')",
    "INSERT INTO audit VALUES (3, 1, 4, 5, 'ada', 'skip', 'a'), (4, 1, 4, 6, 'ada', 'pause', NULL)",
    "INSERT INTO stage_key VALUES (5, 4, 'display', 'main', 'Main', 'h', 'sealed', 5, 6, 7)",
    "INSERT INTO donor VALUES (1, 'ada', 1)",
    "INSERT INTO media VALUES (5, 1, 'id', 'a.png', 'png', 4, 1, 2, 3, 'ada', 5, 6)",
    "INSERT INTO media_part VALUES (5, 0, x'00ff5c27'), (5, 1, zeroblob(300000))",
    "DELETE FROM access_change WHERE version < 3",
  );
}

function migrating(from: string, to: string, stopAfter = Number.POSITIVE_INFINITY): Promise<Migrated> {
  const stop = new AbortController();
  const progress = (records: number) => void (records >= stopAfter && stop.abort());
  return migrateStore({ from, to, signal: stop.signal, progress });
}

/** What is in SQLite as PostgreSQL is to have it: sorted, and each value as text. */
function rowsOfSqlite(path: string, table: string): unknown[] {
  const db = new Database(path, { safeIntegers: true });
  const rows = db.query<Record<string, unknown>, []>(`SELECT * FROM ${table}`).all();
  db.close();
  return sorted(rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, text(value)]))));
}

const booleans: ReadonlySet<string> = new Set(["administrator", "session", "wanted"]);

async function rowsOfPostgres(url: string, table: string): Promise<unknown[]> {
  const rows = await server.query<Record<string, unknown>>(`SELECT * FROM ${table}`, new URL(url).pathname.slice(1));
  const plain = (name: string, value: unknown) => {
    if (booleans.has(name)) return value === true ? "1" : "0";
    if (name === "channels" && Array.isArray(value)) return JSON.stringify(value.map(Number));
    return Array.isArray(value) ? JSON.stringify(value) : text(value);
  };
  return sorted(
    rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(name, value)]))),
  );
}

function text(value: unknown): string | null {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return value === null ? null : String(value);
}

function sorted(rows: readonly unknown[]): unknown[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

/** The whole log of a channel as clients see it. */
async function logOf({ log }: Store): Promise<unknown[]> {
  const records = (await Promise.all([1, 2, 3].map((channel) => log.read(channel, 0, 500)))).flat();
  const raws = await Promise.all(records.map(({ channel, offset }) => log.raw(channel, offset)));
  return [log.epoch, ...records.map((record, i) => ({ ...record, raw: raws[i]?.replaceAll("\0", "\ufffd") }))];
}

test("every table of the schema is migrated, in a row that has each of its columns", async () => {
  const path = newPath();
  await everything(path);
  const db = new Database(path);
  const tables = db
    .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    .all()
    .map(({ name }) => name);
  expect([...copied, ...ownWay].sort()).toEqual(tables.sort());
  for (const table of copied) {
    const filled = new Set<string>();
    for (const row of db.query<Record<string, unknown>, []>(`SELECT * FROM ${table}`).all()) {
      for (const [name, value] of Object.entries(row)) if (value !== null) filled.add(`${table}.${name}`);
    }
    const columns = db.query<{ name: string }, []>(`PRAGMA table_info(${table})`).all();
    expect([...filled].sort()).toEqual(columns.map(({ name }) => `${table}.${name}`).sort());
  }
  db.close();
});

test("what is migrated is the same, to the last number, and goes on from there", async () => {
  const path = newPath();
  await everything(path);
  const url = await server.createDatabase();
  expect(await migrating(path, url)).toEqual({ channels: 3, records: 22, added: 22, already: false });
  for (const table of copied) expect(await rowsOfPostgres(url, table)).toEqual(rowsOfSqlite(path, table));

  const before = openSqliteStore(path, options);
  const after = await openPostgresStore(url, options);
  try {
    expect(await logOf(after)).toEqual(await logOf(before));
    expect(await after.log.heads([1, 2, 3])).toEqual(await before.log.heads([1, 2, 3]));
    expect(await after.directory.accessVersion()).toBe(await before.directory.accessVersion());
    const again = await after.log.append({ channel: 1, event: gift(0), arrival: "live" });
    expect(again).toMatchObject({ status: "duplicate", record: { offset: 1 } });
    const event = (await before.log.read(1, 1, 1))[0];
    const replays = await after.log.replay({ channel: 1, id: event?.id ?? "", key: "a", arrival: "live" });
    expect(replays?.status).toBe("duplicate");
    // Numbers that were given, even to what was deleted since, are given to nobody else.
    const next = await after.log.append({ channel: 3, event: gift(99), arrival: "live" });
    expect(next.record).toMatchObject({ offset: 1, number: 1023 });
    const key = { name: "n", account: 1, scopes: [], channels: null };
    expect((await after.directory.createKey(key, () => "h9")).id).toBe(10);
    expect(await after.directory.createAccount("bob", false)).toMatchObject({ id: 2 });
  } finally {
    await before.close();
    await after.close();
  }
});

test("stopped after any portion, it goes on where it was; a server refuses to start meanwhile", async () => {
  const path = newPath();
  await withStore(path, async ({ directory: people, log }) => {
    const account = await people.createAccount("ada", true);
    if (account === "name-taken") throw new Error("taken");
    await people.createChannel("main", account.id, { title: "", kickUsername: "", url: "" });
    await Promise.all(
      Array.from({ length: 12_000 }, (_, i) => log.append({ channel: 1, event: gift(i), arrival: "live" })),
    );
  });
  const url = await server.createDatabase();
  await expect(migrating(path, url, 1)).rejects.toThrow(
    "Stopped after 5000 of 12000 records. The same command again does the rest.",
  );
  await expect(openPostgresStore(url, options)).rejects.toThrow("a migration to it was not finished");
  // Events that came in between are taken along.
  await withStore(path, ({ log }) => log.append({ channel: 1, event: gift(12_000), arrival: "live" }));
  await expect(migrating(path, url, 10_000)).rejects.toThrow("Stopped after 10000 of 12001");
  expect(await migrating(path, url)).toMatchObject({ records: 12_001, added: 2001, already: false });
  expect(await migrating(path, url)).toEqual({ channels: 1, records: 12_001, added: 0, already: true });
  const store = await openPostgresStore(url, options);
  expect((await store.log.heads([1])).get(1)).toBe(12_001);
  await store.close();
});

test("what cannot be migrated is refused in a sentence, and nothing of it is changed", async () => {
  const path = newPath();
  await everything(path);
  const url = await server.createDatabase();
  const refused = (from: string, to: string) => migrating(from, to).then(String, (fault: Error) => fault.message);

  expect(await refused(`${path}.not`, url)).toBe(`There is no database file ${path}.not.`);
  const foreign = newPath();
  runOn(foreign, "CREATE TABLE theirs (x)");
  expect(await refused(foreign, url)).toBe(`${foreign} is no database of Tipwire's.`);
  const newer = newPath();
  await everything(newer);
  runOn(newer, "PRAGMA user_version = 99");
  expect(await refused(newer, url)).toMatch(/written by a newer Tipwire \(schema 99/);
  const unlock = lockFile(join(path, "../lock"));
  expect(await refused(path, url)).toMatch(/^A Tipwire server is running on .*\. Stop it first/);
  unlock?.();
  const later = newPath();
  await everything(later);
  runOn(later, "CREATE TABLE later (x)");
  expect(await refused(later, url)).toBe("This Tipwire does not know how to migrate later; nothing was done.");
  expect(await refused(path, server.url("nowhere"))).toBe(
    'The database cannot be used: database "nowhere" does not exist.',
  );

  const used = await server.createDatabase();
  const others = await openPostgresStore(used, options);
  await others.directory.createAccount("x", true);
  await others.close();
  expect(await refused(path, used)).toBe("The database holds another log already, with 0 records. Name an empty one.");

  await migrating(path, url);
  await withStore(path, ({ log }) => log.append({ channel: 3, event: gift(99), arrival: "live" }));
  expect(await refused(path, url)).toMatch(
    /^This log was migrated before, and its SQLite database has received events/,
  );

  const half = await server.createDatabase();
  await migrating(path, half);
  const database = new URL(half).pathname.slice(1);
  await server.query("INSERT INTO meta VALUES ('filling', 'otherlog')", database);
  expect(await refused(path, half)).toMatch(/^The database holds an unfinished migration of another log\./);
});

test("a database that has gone on is the same one still; what SQLite has got since is missed, though PostgreSQL has more", async () => {
  const path = newPath();
  await everything(path);
  const url = await server.createDatabase();
  await migrating(path, url);
  const after = await openPostgresStore(url, options);
  for (let i = 0; i < 5; i++) await after.log.append({ channel: 1, event: gift(100 + i), arrival: "live" });
  await after.directory.createAccount("bob", false);
  await after.directory.createChannel("new", 1, { title: "", kickUsername: "", url: "" });
  await after.directory.setChannel(2, { title: "Another" });
  await after.close();
  expect(await migrating(path, url)).toMatchObject({ added: 0, already: true });

  // Newer versions of pg_dump begin and end with a random word.
  const dumped = async () => (await server.dump(url)).replaceAll(/^\\(un)?restrict .*$/gm, "");
  const received = async (work: (store: Store) => Promise<unknown>) => {
    const copy = newPath();
    copyFileSync(path, copy);
    await withStore(copy, work);
    const before = await dumped();
    const fault = await migrating(copy, url).then(String, (thrown: Error) => thrown.message);
    expect(await dumped()).toBe(before);
    return /its SQLite database has received (.*) since\. Make a new PostgreSQL database/.exec(fault)?.[1];
  };
  expect(await received(({ log }) => log.append({ channel: 1, event: gift(200), arrival: "live" }))).toBe("events");
  expect(await received(({ directory: people }) => people.createAccount("eve", false))).toBe(
    "accounts, channels or keys",
  );
  expect(
    await received(({ directory: people }) =>
      people.createChannel("newer", 1, { title: "", kickUsername: "", url: "" }),
    ),
  ).toBe("accounts, channels or keys");
  const key = { name: "n", account: 1, scopes: [], channels: null };
  expect(await received(({ directory: people }) => people.createKey(key, () => "h9"))).toBe(
    "accounts, channels or keys",
  );
});

test("what was stored otherwise than it was read is not put into service", async () => {
  const path = newPath();
  await everything(path);
  const stopped = async () => {
    const url = await server.createDatabase();
    await expect(migrating(path, url, 1)).rejects.toThrow("Stopped");
    return { url, database: new URL(url).pathname.slice(1) };
  };
  const lacking = await stopped();
  await server.query("DELETE FROM log_record WHERE n = 5", lacking.database);
  await expect(migrating(path, lacking.url)).rejects.toThrow(/records that the SQLite database does not have/);

  const swallowing = await stopped();
  await server.query(
    "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER swallow BEFORE INSERT ON donation FOR EACH ROW WHEN (NEW.place = 2) EXECUTE FUNCTION swallow()",
    swallowing.database,
  );
  await expect(migrating(path, swallowing.url)).rejects.toThrow("donation has 2 rows in SQLite and 1 in PostgreSQL");
  await expect(openPostgresStore(swallowing.url, options)).rejects.toThrow("a migration to it was not finished");

  const shifted = await stopped();
  await server.query('UPDATE log_record SET "offset" = 99 WHERE channel = 2 AND "offset" = 10', shifted.database);
  await expect(migrating(path, shifted.url)).rejects.toThrow("the log of channel 2 ends elsewhere than at 10");
});

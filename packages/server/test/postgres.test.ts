/** What only several nodes on a server of its own can go through: concurrent appends, lost connections, restarts, silence. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { systemClock } from "../src/core/clock.ts";
import { streamEvent } from "../src/core/event.ts";
import { type NodesDoorbell, postgresDoorbell } from "../src/doorbell/postgres.ts";
import { ledgerProjection } from "../src/ledger/ledger.ts";
import type { EventLog } from "../src/log/event-log.ts";
import { Hub } from "../src/log/hub.ts";
import { advanceProjection } from "../src/log/projection.ts";
import { headOf } from "../src/log/resume.ts";
import { Database } from "../src/store/postgres/database.ts";
import { openPostgresStore } from "../src/store/postgres/open.ts";
import { endings } from "./endings.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { PostgresServer } from "./postgres-server.ts";
import { type Program, runTipwire, startProgram } from "./program.ts";

const busy = "The store has too much to do just now; nothing was stored, try again.";

let server: PostgresServer;
const ends = endings();
beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(() => server.drop());

/** Nodes over one database with channels 1 to 20, each with a doorbell to the others. */
async function nodes(count: number, doorbellPort = server.port) {
  const url = await server.createDatabase();
  ends.push(() => server.dropDatabase(url));
  const doorbellUrl = url.replace(`:${server.port}/`, `:${doorbellPort}/`);
  const all = await Promise.all(Array.from({ length: count }, () => node(url, doorbellUrl)));
  const { directory } = all[0]?.store ?? {};
  const account = await directory?.createAccount("a", false);
  if (account === undefined || account === "name-taken") throw new Error("taken");
  for (let i = 1; i <= 20; i++) {
    await directory?.createChannel(`c${i}`, account.id, { title: "", kickUsername: "", url: "" });
  }
  return { url, database: new URL(url).pathname.slice(1), all };
}

async function node(url: string, doorbellUrl = url, clock = systemClock) {
  const doorbell: NodesDoorbell = postgresDoorbell({ url: doorbellUrl, clock, note: () => undefined });
  const diverged: string[] = [];
  const store = await openPostgresStore(url, {
    ring: doorbell.ring,
    clock,
    diverged: () => diverged.push("diverged"),
  });
  const hub = new Hub(store.log, doorbell, systemClock);
  ends.push(async () => {
    hub.stop();
    doorbell.stop();
    await store.close();
  });
  return { store, log: store.log, hub, doorbell, diverged };
}

function append(log: EventLog, channel: number, externalId: string) {
  const identity = { origin: "test:1", externalId, occurredAt: "2026-04-11T16:00:00.000Z" };
  return log.append({ channel, event: streamEvent({ type: "follow", ...identity }), arrival: "live" });
}

async function until(fact: () => boolean | Promise<boolean>, within = 20_000): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await fact())) {
    if (performance.now() > deadline) throw new Error("waited in vain");
    await new Promise<void>((resolve) => setTimeout(resolve, 5));
  }
}

/** Follows a channel after an offset and gives the time that each one came. */
function arrivals(hub: Hub, channel: number, after = 0): Map<number, number> {
  const times = new Map<number, number>();
  hub.follow(channel, after, {
    encoder: { encode: (record) => String(record.offset) },
    write(messages) {
      for (const offset of messages) times.set(Number(offset), performance.now());
      return true;
    },
    fail: () => undefined,
  });
  return times;
}

/** Appends on one node, and gives the milliseconds until it came to a follower on the other. */
function delaysBetween(from: { readonly log: EventLog }, to: { readonly hub: Hub }): () => Promise<number> {
  const times = arrivals(to.hub, 1);
  let appended = 0;
  return async () => {
    const { record } = await append(from.log, 1, `x${appended++}`);
    const since = performance.now();
    await until(() => times.has(record.offset));
    return (times.get(record.offset) ?? 0) - since;
  };
}

/** The processes of the server that serve doorbells of that database. */
async function doorbellProcesses(database: string): Promise<number[]> {
  const rows = await server.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE application_name = 'tipwire doorbell' AND datname = '${database}'`,
  );
  return rows.map(({ pid }) => pid);
}

test("the same identity from three nodes at once: one record, no hole, no deadlock in opposite orders", async () => {
  const { all } = await nodes(3);
  const work: Promise<unknown>[] = [];
  for (let round = 0; round < 40; round++) {
    for (const [i, { log }] of all.entries()) {
      const channels = Array.from({ length: 20 }, (_, c) => c + 1);
      for (const channel of i === 1 ? channels.reverse() : channels) work.push(append(log, channel, `x${round}`));
    }
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  const outcomes = (await Promise.all(work)) as { status: string }[];
  expect(outcomes.filter(({ status }) => status === "appended")).toHaveLength(40 * 20);
  for (let channel = 1; channel <= 20; channel++) {
    const records = (await all[0]?.log.read(channel, 0, 500)) ?? [];
    expect(records.map(({ offset }) => offset)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(new Set(records.map(({ event }) => event.externalId)).size).toBe(40);
  }
  // Nobody had to be turned away for it.
  expect(server.log()).not.toMatch(/deadlock detected|duplicate key/);
});

test("nodes whose clocks are minutes apart agree on when a record came, and none shows again what came by another just now", async () => {
  const { all, url } = await nodes(1);
  const apart = (ms: number) => ({ ...systemClock, now: () => Date.now() + ms });
  const [ahead, behind] = [await node(url, url, apart(600_000)), await node(url, url, apart(-600_000))];
  const identity = { origin: "test:1", externalId: "tip", occurredAt: "2026-04-11T16:00:00.000Z" };
  const event = streamEvent({ type: "follow", ...identity });
  const outcomes: string[] = [];
  for (const { log } of [behind, ...all, ahead, behind]) {
    const began = Date.now();
    const { status, record } = await log.append({ channel: 1, event, arrival: "live", replayAfter: 10_000 });
    outcomes.push(status);
    expect(Math.abs(record.receivedAt - began)).toBeLessThan(5000);
  }
  expect(outcomes).toEqual(["appended", "duplicate", "duplicate", "duplicate"]);
  const { record } = await append(ahead.log, 1, "x");
  expect(Math.abs(record.receivedAt - Date.now())).toBeLessThan(5000);
});

test("the same identities many times in one call: each is stored once, by its first, and no row is refused", async () => {
  const { all, database } = await nodes(1);
  const log = all[0]?.log as EventLog;
  const ids = Array.from({ length: 120 }, (_, i) => `x${i % 40}`);
  const outcomes = await Promise.all(ids.map((id) => append(log, 2, id)));
  expect(outcomes.map(({ status }) => status)).toEqual(ids.map((_, i) => (i < 40 ? "appended" : "duplicate")));
  expect(outcomes.map(({ record }) => record.offset)).toEqual(ids.map((_, i) => (i % 40) + 1));
  const [calls] = await server.query<{ commits: number }>(
    "SELECT count(DISTINCT xmin::text)::int AS commits FROM log_record",
    database,
  );
  expect(calls?.commits).toBe(1);
  expect(server.log()).not.toContain("duplicate key");
});

test("a log that was analyzed while it was empty is looked up by its indexes when it is long", async () => {
  const { all, database } = await nodes(1);
  await server.query("ANALYZE", database);
  for (let i = 0; i < 20; i++) {
    await Promise.all(Array.from({ length: 100 }, (_, k) => append(all[0]?.log as EventLog, 1, `x${i}/${k}`)));
  }
  const read = async () => {
    const sql = `SELECT seq_tup_read + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes AS i WHERE i.relid = t.relid) AS rows
      FROM pg_stat_user_tables AS t WHERE relname = 'log_record' AND n_tup_ins = 2000`;
    return (await server.query<{ rows: string }>(sql, database))[0]?.rows;
  };
  await until(async () => (await read()) !== undefined);
  expect(Number(await read())).toBeLessThan(3 * 2000);
}, 60_000);

test("a record that is committed after those numbered above it is found by who looks for what is behind", async () => {
  const { all, url } = await nodes(1);
  const [{ log, store }] = all as [Awaited<ReturnType<typeof node>>];
  const behind = async () => [...(await store.checkpoints.behind("ledger"))].sort();
  const looks = async () => [await behind(), await behind(), await behind(), await behind()].at(-1);
  const advance = (channel: number) => advanceProjection(ledgerProjection, [channel], log, store.checkpoints);
  expect(await looks()).toEqual([]);
  const slow = new pg.Client({ connectionString: url });
  await slow.connect();
  ends.push(() => slow.end());
  const event = JSON.stringify(streamEvent({ type: "follow", origin: "o", externalId: "x", occurredAt: "" }));
  const values =
    "ARRAY[1], ARRAY['o'], ARRAY['x'], ARRAY[$1], ARRAY[NULL], ARRAY[0::smallint], ARRAY['eaaaaaaaaaaaaaaaa'], ARRAY[1]";
  await slow.query("BEGIN");
  await slow.query(`SELECT * FROM append_events(${values})`, [event]);
  await append(log, 2, "later");
  expect(await looks()).toEqual([2]);
  await advance(2);
  expect(await looks()).toEqual([]);
  await slow.query("COMMIT");
  expect(await looks()).toEqual([1]);
});

test("a row that the database refuses fails alone; U+0000 and half a pair are no such rows", async () => {
  const { all } = await nodes(1);
  const log = all[0]?.log as EventLog;
  const random = Array.from({ length: 3000 }, () => crypto.randomUUID()).join("");
  const ids = ["a", random, "b\u0000", "c\ud800", "d"];
  const outcomes = await Promise.allSettled(ids.map((id) => append(log, 1, id)));
  expect(outcomes.map(({ status }) => status === "fulfilled")).toEqual([true, false, true, true, true]);
  expect((await log.heads([1])).get(1)).toBe(4);
  expect((await append(log, 1, "b\u0000")).status).toBe("duplicate");
  expect((await log.lookup(1, "test:1", "c\ud800"))?.event.externalId).toBe("c\ud800");
  expect(all[0]?.store.health().status).toBe("well");
});

test("a server that is stopped at once and started in the midst: nothing acknowledged is missing, nothing twice", async () => {
  const { all } = await nodes(2);
  const acknowledged: string[] = [];
  let refused = 0;
  let going = true;
  let next = 0;
  const feeders = all.map(async ({ log }) => {
    while (going) {
      const ids = Array.from({ length: 10 }, () => `x${next++}`);
      await Promise.all(
        ids.map((id, i) =>
          append(log, (i % 20) + 1, id).then(
            ({ status }) => (status === "appended" ? acknowledged.push(id) : acknowledged.push("twice")),
            () => refused++,
          ),
        ),
      );
    }
  });
  for (let fault = 0; fault < 3; fault++) {
    const before = acknowledged.length;
    await until(() => acknowledged.length > before + 50);
    await server.halt();
    await server.run();
  }
  const before = acknowledged.length;
  await until(() => acknowledged.length > before + 50);
  going = false;
  await Promise.all(feeders);
  const stored: string[] = [];
  for (let channel = 1; channel <= 20; channel++) {
    for (let after = 0; ; ) {
      const page = (await all[0]?.log.read(channel, after, 500)) ?? [];
      if (page.length === 0) break;
      expect(page.map(({ offset }) => offset)).toEqual(page.map((_, i) => after + i + 1));
      for (const record of page) stored.push(record.event.externalId);
      after += page.length;
    }
  }
  expect(new Set(stored).size).toBe(stored.length);
  const there = new Set(stored);
  expect(acknowledged.filter((id) => !there.has(id))).toEqual([]);
  expect(refused).toBe(0);
  await until(async () => (await all[0]?.store.probe())?.status === "well");
  expect(all.flatMap(({ diverged }) => diverged)).toEqual([]);
}, 60_000);

test("a database that stays away: a plain error within ten seconds, and it goes on by itself", async () => {
  const { all } = await nodes(1);
  const [only] = all;
  if (only === undefined) throw new Error("no node");
  await append(only.log, 1, "a");
  await server.halt();
  const began = performance.now();
  const fault = await append(only.log, 1, "b").catch((thrown: unknown) => thrown);
  expect(fault).toMatchObject({ code: "storage_failed" });
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(only.store.health().status).toBe("failing");
  await expect(only.log.read(1, 0, 1)).rejects.toMatchObject({ code: "storage_failed" });
  await server.run();
  await until(() => only.store.health().status === "well");
  expect((await append(only.log, 1, "b")).record.offset).toBe(2);
}, 60_000);

test("a line that is too long, and a lock that others hold, are no lost database: who waited is told, and its health is well", async () => {
  const { url, all } = await nodes(1);
  const told: unknown[] = [];
  const database = new Database(url, (reason) => told.push(reason));
  ends.push(() => database.close());
  const reads = await Promise.allSettled(
    Array.from({ length: 400 }, () => database.query("SELECT pg_sleep(0.1) AS slept")),
  );
  const refused = reads.filter((read) => read.status === "rejected").map(({ reason }) => reason);
  expect(refused.length).toBeGreaterThan(0);
  for (const fault of refused) expect(fault).toMatchObject({ code: "storage_failed", message: busy });

  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  ends.push(() => holder.end());
  await holder.query("BEGIN; SELECT FROM head WHERE channel = 1 FOR UPDATE");
  const impatient = "DO $$ BEGIN SET LOCAL lock_timeout = 50; PERFORM FROM head FOR UPDATE; END $$";
  await expect(database.write(impatient)).rejects.toMatchObject({ code: "storage_failed", message: busy });
  const [{ log, store }] = all as [Awaited<ReturnType<typeof node>>];
  await expect(append(log, 1, "x")).rejects.toMatchObject({ code: "storage_failed" });
  expect((await append(log, 2, "y")).status).toBe("appended");
  expect([database.health, store.health()]).toEqual([{ status: "well" }, { status: "well" }]);
  expect(told).toEqual([]);
  await holder.query("COMMIT");
  expect((await append(log, 1, "x")).record.offset).toBe(1);
}, 60_000);

test("the doorbell rings at once; killed or frozen it costs no more than 2.5 s, and comes back", async () => {
  const { all, database } = await nodes(2);
  const [a, b] = all;
  if (a === undefined || b === undefined) throw new Error("no nodes");
  const delay = delaysBetween(a, b);
  const ringing = async () => {
    await until(async () => (await doorbellProcesses(database)).length === 2);
    const delays: number[] = [];
    await until(async () => delays.push(await delay()) > 0 && (delays.at(-1) ?? 0) < 200);
    for (let i = 0; i < 5; i++) expect(await delay()).toBeLessThan(1000);
  };
  await ringing();
  for (const pid of await doorbellProcesses(database)) await server.query(`SELECT pg_terminate_backend(${pid})`);
  expect(await delay()).toBeLessThan(2500);
  await ringing();
  const frozen = await doorbellProcesses(database);
  for (const pid of frozen) process.kill(pid, "SIGSTOP");
  try {
    expect(await delay()).toBeLessThan(2500);
    expect(await delay()).toBeLessThan(2500);
    await until(async () => (await doorbellProcesses(database)).length > 3);
    const began = performance.now();
    expect(await delay()).toBeLessThan(2500);
    expect(performance.now() - began).toBeLessThan(2500);
  } finally {
    for (const pid of frozen) process.kill(pid, "SIGCONT");
  }
  await ringing();
}, 60_000);

test("doorbells that are half-open, never told that they ended, cost no more than 2.5 s, and others take their place", async () => {
  const proxy = await FaultProxy.start(server.port);
  ends.push(() => proxy.stop());
  const { all } = await nodes(2, proxy.port);
  const [a, b] = all;
  if (a === undefined || b === undefined) throw new Error("no nodes");
  const delay = delaysBetween(a, b);
  const rings = () => until(async () => (await delay()) < 200, 40_000);
  await rings();
  expect(proxy.forsake()).toBe(2);
  for (let i = 0; i < 3; i++) expect(await delay()).toBeLessThan(2500);
  await until(() => !b.doorbell.isWell);
  await rings();
  await until(() => b.doorbell.isWell);
}, 60_000);

test("three programs that start together on an empty database: one first channel, one link, all answer; no password anywhere", async () => {
  const url = await server.createDatabase();
  ends.push(() => server.dropDatabase(url));
  const env = { TIPWIRE_DATABASE_URL: url, TIPWIRE_LOG_LEVEL: "debug" };
  const programs: Program[] = await Promise.all([0, 1, 2].map(() => startProgram({ env })));
  ends.push(() => Promise.all(programs.map((program) => program.stop())));
  expect(programs.filter((program) => /overlay#[0-9a-f]{64}/.test(program.output()))).toHaveLength(1);
  const [a, b] = programs as [Program, Program];
  const body = JSON.stringify({ origin: "test:1", externalId: "x", amount: "5.00", currency: "USD" });
  const post = ({ url, key }: Program) =>
    fetch(`${url}/v1/channels/main/events`, { method: "POST", headers: { authorization: `Bearer ${key}` }, body });
  expect([(await post(a)).status, (await post(b)).status].sort()).toEqual([200, 201]);
  const metrics = await (await fetch(`${a.url}/metrics`)).text();
  expect(metrics + programs.map((program) => program.output()).join("")).not.toContain("open-sesame");
});

test("three nodes that start together on a database of the first schema bring it up to date once", async () => {
  const url = await server.createDatabase();
  ends.push(() => server.dropDatabase(url));
  const database = new URL(url).pathname.slice(1);
  const spine = join(import.meta.dir, "../src/store/postgres/migrations/001-spine.sql");
  await server.query(
    `CREATE TABLE meta (key text PRIMARY KEY, value text NOT NULL); INSERT INTO meta VALUES ('schema', '1'), ('epoch', 'abcdefgh'); ${readFileSync(spine, "utf8")}`,
    database,
  );
  const all = await Promise.all([0, 1, 2].map(() => node(url)));
  expect(all.map(({ log }) => log.epoch)).toEqual(["abcdefgh", "abcdefgh", "abcdefgh"]);
  const schema = Number(
    (await server.query<{ value: string }>("SELECT value FROM meta WHERE key = 'schema'", database))[0]?.value,
  );
  expect(schema).toBeGreaterThan(1);
  for (const { store } of all) expect(await store.applications.list(1)).toEqual([]);
});

test("a node of the version before that still takes in leaves a stage what was given to it", async () => {
  const { database } = await nodes(1);
  await server.query(
    `INSERT INTO projection VALUES ('stage', 1, 0);
    INSERT INTO stage (channel, name, version, settings_version, keys_version, state, gifts) VALUES (1, 'main', 1, 0, 0, '{}', '{"last":5}')`,
    database,
  );
  const takeIn = (from: number, taken: object) =>
    server.query(`SELECT * FROM take_in(1, ${from}, ${from + 1}, '${JSON.stringify([taken])}')`, database);
  const gifts = () => server.query("SELECT version, gifts FROM stage", database);
  const [before, now] = [
    { stage: 1, alerts: [], receipts: [] },
    { stage: 1, alerts: [], receipts: [], gifts: { last: 6 } },
  ];
  await takeIn(0, before);
  expect(await gifts()).toEqual([{ version: "2", gifts: '{"last":5}' }]);
  await takeIn(1, now);
  expect(await gifts()).toEqual([{ version: "3", gifts: '{"last":6}' }]);
});

test("a database that went on in another history: its records are given to nobody before all have come back", async () => {
  const url = await server.createDatabase();
  ends.push(() => server.dropDatabase(url));
  const program = await startProgram({ env: { TIPWIRE_DATABASE_URL: url } });
  ends.push(() => program.stop());
  const headers = { authorization: `Bearer ${program.key}` };
  const events = `${program.url}/v1/channels/main/events`;
  const socket = new WebSocket(events.replace("http", "ws"), { headers } as never);
  const closed = new Promise<number>((resolve) => socket.addEventListener("close", ({ code }) => resolve(code)));
  await new Promise((resolve) => socket.addEventListener("message", resolve, { once: true }));
  // As after the promotion of a standby, as far as anybody can tell.
  await server.query(
    "CREATE OR REPLACE FUNCTION timeline() RETURNS text LANGUAGE sql STABLE AS $$ SELECT '0000000F' $$",
    new URL(url).pathname.slice(1),
  );
  expect(await closed).toBe(4000);
  await until(() =>
    fetch(events, { headers }).then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
});

test("whoever begins at the head of another history is not given what this node still holds of the one before", async () => {
  const { all, database } = await nodes(1);
  const [{ log, hub, diverged }] = all as [Awaited<ReturnType<typeof node>>];
  const first = arrivals(hub, 1);
  for (const id of ["a", "b", "c"]) await append(log, 1, id);
  await until(() => first.size === 3);
  // As after the promotion of a standby that lacks the last commit.
  await server.query(
    `BEGIN; DELETE FROM log_record WHERE "offset" = 3; UPDATE head SET "offset" = 2 WHERE channel = 1;
    CREATE OR REPLACE FUNCTION timeline() RETURNS text LANGUAGE sql STABLE AS $$ SELECT '0000000F' $$; COMMIT`,
    database,
  );
  await expect(headOf(log, 1).then((head) => [...arrivals(hub, 1, head).keys()])).rejects.toThrow("another history");
  expect(diverged).toEqual(["diverged"]);
});

test("a database that cannot be used is refused in a sentence, without its password", async () => {
  const directory = mkdtempSync(join(tmpdir(), "tipwire-postgres-start-"));
  ends.push(() => rmSync(directory, { recursive: true }));
  const start = async (url: string) => {
    const args = ["serve", "--port", "0", "--data-dir", directory];
    const { code, stderr } = await runTipwire(args, { TIPWIRE_DATABASE_URL: url, TIPWIRE_LOG: "off" });
    expect(code).toBe(1);
    expect(stderr).not.toContain("open-sesame");
    return stderr.trim();
  };
  expect(await start("mysql://root:open-sesame@localhost/x")).toBe(
    "TIPWIRE_DATABASE_URL must be a postgres:// address.",
  );
  expect(await start(server.url("nowhere"))).toBe('The database cannot be used: database "nowhere" does not exist.');
  const url = await server.createDatabase();
  ends.push(() => server.dropDatabase(url));
  const database = new URL(url).pathname.slice(1);
  await (await openPostgresStore(url, { ring: () => undefined, clock: systemClock })).close();
  await server.query("UPDATE meta SET value = '99' WHERE key = 'schema'", database);
  expect(await start(url)).toMatch(
    /^The database was written by a newer Tipwire \(schema 99, this one knows \d+\)\. .*$/,
  );
  await server.query(`ALTER DATABASE ${database} SET synchronous_commit = off`);
  expect(await start(url)).toBe(
    "The database cannot be used: it acknowledges what it has not stored yet; set synchronous_commit = on.",
  );
});

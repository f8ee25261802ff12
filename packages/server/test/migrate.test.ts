/** From one process to several with the real program: what clients, keys and links of the first one have goes on at the second. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endings } from "./endings.ts";
import { PostgresServer } from "./postgres-server.ts";
import { type Program, runTipwire, startProgram } from "./program.ts";
import { programFile } from "./program-file.ts";

let server: PostgresServer;
const ends = endings();
beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(() => server.drop());

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "tipwire-migrating-"));
  ends.push(() => rmSync(directory, { recursive: true }));
  return directory;
}

interface Frame {
  readonly id?: string;
  readonly kind?: string;
  readonly type?: string;
  readonly externalId?: string;
  readonly cursor?: string;
  readonly sender_username?: string;
}

function post({ url }: Program, key: string, externalId: string) {
  const body = JSON.stringify({ origin: "test:1", externalId, name: externalId, amount: "5.00", currency: "USD" });
  return fetch(`${url}/v1/channels/main/events`, { method: "POST", headers: { authorization: `Bearer ${key}` }, body });
}

async function poll({ url }: Program, token: string, after: string): Promise<{ events: Frame[]; cursor: string }> {
  const answer = await fetch(`${url}/v1/channels/-/events?after=${after}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as { events: Frame[]; cursor: string };
}

/** The first `count` events that a WebSocket gives; `isEvent` tells them from what else it says. */
function socketEvents(url: string, token: string, count: number, isEvent: (frame: Frame) => boolean): Promise<Frame[]> {
  const socket = new WebSocket(url.replace("http", "ws"), { headers: { authorization: `Bearer ${token}` } } as never);
  const events: Frame[] = [];
  return new Promise<Frame[]>((resolve, reject) => {
    socket.addEventListener("close", ({ code }) => reject(new Error(`closed with ${code}`)));
    socket.addEventListener("message", ({ data }) => {
      const frame = JSON.parse(String(data)) as Frame;
      if (isEvent(frame)) events.push(frame);
      if (events.length === count) resolve(events);
    });
  }).finally(() => socket.close());
}

async function streamEvents({ url }: Program, token: string, after: string, count: number): Promise<Frame[]> {
  const headers = { authorization: `Bearer ${token}`, accept: "text/event-stream", "last-event-id": after };
  const { body } = await fetch(`${url}/v1/channels/-/events`, { headers });
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of body as ReadableStream<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const events = text
      .split("\n")
      .filter((line) => line.startsWith("data: "))
      .flatMap((line) => (line.endsWith("}") ? [JSON.parse(line.slice(6)) as Frame] : []))
      .filter(({ kind }) => kind !== undefined);
    if (events.length >= count) return events;
  }
  throw new Error("the stream ended");
}

const isNative = ({ kind }: Frame) => kind !== undefined;
const isGift = ({ type }: Frame) => type === "donation";
const names = (frames: readonly Frame[]) => frames.map((frame) => frame.externalId ?? frame.sender_username);

test("a program moves to PostgreSQL: keys and links work, and each cursor goes on exactly after it", async () => {
  const dataDir = newDirectory();
  const old = await startProgram({ dataDir });
  const token = /overlay#([0-9a-f]{64})/.exec(old.output())?.[1] ?? "";
  const { key } = await old.tipwireJson<{ key: string }>("key", "create", "bot", "--scope", "events:write");
  for (let i = 1; i <= 5; i++) expect((await post(old, key, `x${i}`)).status).toBe(201);
  const tuniform = `${old.url}/ws?token=${token}&after=oldest`;
  const [, heard] = await socketEvents(tuniform, token, 2, isGift);
  const page = await poll(old, token, "oldest");
  const ids = page.events.map(({ id }) => id);
  const after = page.events[1]?.cursor ?? "";
  expect(heard?.cursor).toBe(after);

  const running = await runTipwire(["migrate", "--to", "postgres://u:hidden@localhost/x", "--json"], {
    TIPWIRE_DATA_DIR: dataDir,
  });
  expect(running.code).toBe(1);
  expect(JSON.parse(running.stderr)).toMatchObject({ code: "store_unusable" });
  expect(running.stderr).toContain("A Tipwire server is running on");
  await old.stop();

  const database = await server.createDatabase();
  const from = `sqlite:${join(dataDir, "tipwire.db")}`;
  const done = await runTipwire(["migrate", "--from", from, "--to", database], {});
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(done.stdout).toMatch(/^Migrated in [\d.]+ s: 1 channel, 5 records\.\n/);
  expect(done.stdout).not.toContain("open-sesame");

  const again = await runTipwire(["migrate", "--from", from, "--json"], { TIPWIRE_DATABASE_URL: database });
  expect(JSON.parse(again.stdout)).toMatchObject({ channels: 1, records: 5, added: 0, already: true });

  const env = { TIPWIRE_DATABASE_URL: database };
  const nodes = await Promise.all([startProgram({ env, dataDir }), startProgram({ env })]);
  ends.push(() => Promise.all(nodes.map((node) => node.stop())));
  const [first, second] = nodes;
  // The administrator's key of the old data directory goes on as well.
  expect(first.key).toBe(old.key);
  expect(first.output()).not.toContain("overlay#");
  expect((await post(second, key, "x5")).status).toBe(200);
  expect((await post(second, key, "x6")).status).toBe(201);

  const wanted = ["x3", "x4", "x5", "x6"];
  const resumed = await poll(first, token, after);
  expect(names(resumed.events)).toEqual(wanted);
  expect(resumed.events.slice(0, 3).map(({ id }) => id)).toEqual(ids.slice(2));
  expect(resumed.events.slice(0, 3).map(({ cursor }) => cursor)).toEqual(
    page.events.slice(2).map(({ cursor }) => cursor),
  );
  const native = `${second.url}/v1/channels/-/events?after=${after}`;
  expect(names(await socketEvents(native, token, 4, isNative))).toEqual(wanted);
  expect(names(await streamEvents(second, token, after, 4))).toEqual(wanted);
  expect(names(await socketEvents(`${first.url}/ws?token=${token}&after=${after}`, token, 4, isGift))).toEqual(wanted);
}, 60_000);

test("killed at any moment and run again, it ends with the same database as in one run", async () => {
  const path = join(newDirectory(), "tipwire.db");
  await (await startProgram({ dataDir: join(path, "..") })).stop();
  const records = 60_000;
  const db = new Database(path);
  db.run(
    // A record's id ends in its offset; the digits do for what only copies it.
    `WITH RECURSIVE each (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM each WHERE i < ${records})
     INSERT INTO record (channel, offset, kind, origin, external_id, id, arrival, received_at, body)
     SELECT 1, i, 0, 'test:1', 'x' || i, printf('eabcdefghijklmnop%07d', i), 0, i, '{"n":' || i || '}' FROM each`,
  );
  db.run("INSERT INTO donation SELECT 1, offset, offset FROM record");
  db.close();
  const database = await server.createDatabase();
  const query = <T extends object>(url: string, sql: string) => server.query<T>(sql, new URL(url).pathname.slice(1));
  const program = [process.execPath, "--no-env-file", programFile];
  const command = [...program, "migrate", "--from", `sqlite:${path}`, "--to", database, "--json"];
  const copied = async () => {
    const [begun] = await query<{ there: string | null }>(database, "SELECT to_regclass('log_record') AS there");
    if (begun?.there == null) return 0;
    const [rows] = await query<{ count: string }>(database, "SELECT count(*) FROM log_record");
    return Number(rows?.count);
  };
  let cutOff = 0;
  for (let kills = 0; ; kills++) {
    const before = await copied();
    const child = Bun.spawn(command, { stdout: "pipe", stderr: "inherit", stdin: "ignore" });
    // The first ones while it begins, the others while it copies.
    if (kills < 4) await Bun.sleep(150 + 250 * kills);
    else if (kills < 12) while (child.exitCode === null && (await copied()) === before) await Bun.sleep(10);
    if (kills < 12) child.kill("SIGKILL");
    if ((await child.exited) === 0) break;
    if ((await copied()) > 0) cutOff++;
  }
  expect(cutOff).toBeGreaterThan(3);
  const whole = await server.createDatabase();
  const inOne = await runTipwire(["migrate", "--from", `sqlite:${path}`, "--to", whole], {});
  expect(inOne.code).toBe(0);
  const digest =
    "SELECT count(*), md5(string_agg(r::text, ',' ORDER BY n)) AS log, (SELECT count(*) FROM donation) AS donations, (SELECT count(*) FROM account) AS accounts FROM log_record r";
  expect(await query(database, digest)).toEqual(await query(whole, digest));
}, 240_000);

test("wrong use is said with exit code 2, and no address is repeated", async () => {
  const tried = async (...args: string[]) => {
    const { code, stderr, stdout } = await runTipwire(["migrate", ...args], {});
    expect(stderr + stdout).not.toContain("hidden");
    return `${code} ${stderr.split("\n")[0]}`;
  };
  expect(await tried("--from", "/x.db", "--to", "postgres://u:hidden@h/d")).toBe(
    "2 --from must be sqlite:PATH, such as sqlite:/var/lib/tipwire/tipwire.db.",
  );
  expect(await tried("--from", "sqlite:/x.db")).toBe("2 --to postgres://… is missing, and so is TIPWIRE_DATABASE_URL.");
  expect(await tried("--from", "sqlite:/x.db", "--to", "mysql://u:hidden@h/d")).toBe(
    "2 --to must be a postgres:// address.",
  );
  expect(await tried("--from", "sqlite:/no/x.db", "--to", "postgres://u:hidden@h/d")).toBe(
    "1 There is no database file /no/x.db.",
  );
  expect(await tried("--help")).toMatch(/^0 /);
});

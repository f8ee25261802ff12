import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionInfo, Page, RereadResult } from "@tipwire/client";
import { PostgresServer } from "./postgres-server.ts";
import { api, type Program, runTipwire, startProgram } from "./program.ts";
import { TranscriptPlayer } from "./transcript-player.ts";

/** Another server of ours is Pally and Tuniform; what it cannot say, literal bytes do. */
let world: Program;
let odd: TranscriptPlayer;
let program: Program;
let worldToken: string;

beforeAll(async () => {
  world = await startProgram();
  ({ streamToken: worldToken } = await world.tipwireJson<{ streamToken: string }>("channel", "create", "page"));
  odd = await TranscriptPlayer.start();
  const env = {
    TIPWIRE_PALLY_URL: world.url.replace("http", "ws"),
    TIPWIRE_TUNIFORM_URL: `${world.url.replace("http", "ws")}/ws`,
  };
  program = await startProgram({ env });
});

afterAll(async () => {
  await Promise.all([program.stop(), world.stop(), odd.stop()]);
});

const list = (on = program) => api<{ connections: ConnectionInfo[] }>(on, "GET", "/connections");

/** A connection once `fact` holds of it. */
async function once(id: string, fact: (connection: ConnectionInfo) => boolean, on = program): Promise<ConnectionInfo> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const connection = await api<ConnectionInfo>(on, "GET", `/connections/${id}`);
    if (fact(connection)) return connection;
    if (performance.now() > deadline) throw new Error(`waited in vain: ${JSON.stringify(connection)}`);
    await Bun.sleep(20);
  }
}

const isLive = ({ status }: ConnectionInfo) => status === "live";

async function donate(message: string): Promise<void> {
  await api(world, "POST", "/channels/page/events", { message, amount: "5.00", currency: "USD", name: "Ana" });
}

/** What the channel holds once there are so many. */
async function events(slug: string, count: number): Promise<Page["events"]> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const { events } = await api<Page>(program, "GET", `/channels/${slug}/events?limit=500`);
    if (events.length >= count) return events;
    if (performance.now() > deadline) throw new Error("waited in vain");
    await Bun.sleep(20);
  }
}

async function newKey(on: Program, ...args: string[]): Promise<string> {
  return (await on.tipwireJson<{ key: string }>("key", "create", "k", ...args)).key;
}

/** A connection by the command line, its key through a pipe. */
async function add(key: string, ...args: string[]): Promise<ConnectionInfo> {
  const env = { TIPWIRE_DATA_DIR: program.dataDir };
  const { code, stdout, stderr } = await runTipwire(["connection", "add", ...args, "--json"], env, `${key}\n`);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ConnectionInfo;
}

test("a key through a pipe, live, a donation; stopped and started; the key is nowhere in clear", async () => {
  await program.tipwireJson("channel", "create", "ana");
  const key = await newKey(world);
  const { id } = await add(key, "pally", "--channel", "ana", "--page", "page");
  const live = await once(id, isLive);
  expect(live).toMatchObject({ channel: "ana", platform: "pally", account: "page", wanted: true, quarantined: 0 });
  await donate("first");
  expect(await events("ana", 1)).toMatchObject([{ arrival: "live", name: "Ana", amount: { value: "5.00" } }]);

  const stopped = await program.tipwireJson("connection", "stop", id);
  expect(stopped).toMatchObject({ status: "stopped", wanted: false });
  const figures = async () => (await fetch(`${program.url}/metrics`)).text();
  while ((await figures()).includes('tipwire_connections{platform="pally"')) await Bun.sleep(20);
  await donate("while it was stopped");
  await program.tipwireJson("connection", "start", id);
  const again = await once(id, (connection) => isLive(connection) && connection.gaps.length > 0);
  expect(again.gaps).toHaveLength(1);
  await donate("second");
  expect(await events("ana", 2)).toMatchObject([{ message: "first" }, { message: "second" }]);

  const shown = (await program.tipwire("connection", "list", "--channel", "ana")).stdout;
  expect(shown).toMatch(/^\d+ +ana +pally +page +live since \d\d:\d\d:\d\d\n/);
  expect(shown).toMatch(/ nothing heard from \d\d:\d\d:\d\d to \d\d:\d\d:\d\d, and not recoverable\n/);
  expect((await program.tipwire("status")).stdout).toContain(shown);
  const { connections } = await program.tipwireJson<{ connections: ConnectionInfo[] }>("status");
  expect(connections.map((each) => each.id)).toContain(id);
  const shownFigures = await figures();
  expect(shownFigures).toContain('tipwire_connections{platform="pally",status="live"} 1');
  expect(shownFigures).toContain(`tipwire_connection_state{platform="pally",connection="${id}",status="live"} 1`);
  expect(shownFigures).toMatch(
    new RegExp(`tipwire_connection_silence_seconds\\{platform="pally",connection="${id}"\\} \\d`),
  );

  const secret = key.split("_")[2] as string;
  expect(JSON.stringify(connections) + program.output() + shownFigures).not.toContain(secret);
  const files = readdirSync(program.dataDir).map((name) => join(program.dataDir, name));
  for (const file of files) expect(readFileSync(file).includes(secret)).toBe(false);
  const kept = files.find((file) => file.endsWith("secret.key")) as string;
  expect(statSync(kept).mode & 0o777).toBe(0o600);
});

test("another key for the same account takes the place of the first; removed, its events stay", async () => {
  await program.tipwireJson("channel", "create", "twice");
  const { id } = await add(await newKey(world), "pally", "--channel", "twice");
  expect(await once(id, isLive)).toMatchObject({ account: "firehose", name: "all pages" });
  await donate("twice");
  const before = await events("twice", 1);
  expect((await add(await newKey(world), "pally", "--channel", "twice")).id).toBe(id);
  await once(id, isLive);
  const { stdout } = await program.tipwire("connection", "remove", id);
  expect(stdout).toBe("Removed: pally to twice\n");
  expect((await program.tipwire("connection", "remove", id)).stderr).toContain("There is no such connection");
  expect(await events("twice", 1)).toEqual(before);
});

test("a token that is not accepted waits for another one, hammers nobody, and goes on with that", async () => {
  await program.tipwireJson("channel", "create", "tun");
  const { id } = await add("0".repeat(64), "tuniform", "--channel", "tun");
  const refused = await once(id, ({ status }) => status === "needs-authorization");
  expect(refused.reason).not.toBe("");
  expect(refused.retryAt).toBeNull();
  expect((await program.tipwire("connection", "list")).stdout).toContain("needs authorization since");
  const env = { TIPWIRE_DATA_DIR: program.dataDir };
  const start = ["connection", "start", id, "--key", "-"];
  expect(await runTipwire(start, env, worldToken)).toMatchObject({ code: 0, stdout: "Started: tuniform to tun\n" });
  expect((await once(id, isLive)).account).toMatch(/^\d+$/);
  await donate("by tuniform");
  expect((await events("tun", 1))[0]).toMatchObject({ origin: expect.stringMatching(/^tuniform:\d+$/) });
});

test("what is unreadable waits in quarantine and keeps nothing from coming; a connection with such is not removed", async () => {
  const tip = (id: string) =>
    JSON.stringify({
      type: "campaigntip.notify",
      payload: {
        campaignTip: { id, createdAt: "2026-04-11T16:00:00.000Z", grossAmountInCents: 500, displayName: "Ana" },
        page: { id: "p", slug: "odd", title: "", url: "" },
      },
    });
  const half = tip("x").replace('"id":"x",', "");
  odd.add(async (line) => {
    line.accept();
    while ((await line.text()) !== "ping");
    line.say("pong", half, '{"type":"surprise","n":1}', tip("good"));
    await line.ended();
  });
  const other = await startProgram({ env: { TIPWIRE_PALLY_URL: odd.url } });
  try {
    const args = ["connection", "add", "pally", "--channel", "main", "--key", "k"];
    const { id } = await other.tipwireJson<ConnectionInfo>(...args);
    await once(id, ({ quarantined }) => quarantined === 1, other);
    const log = async () => (await api<Page>(other, "GET", "/channels/main/events")).events.map((e) => e.externalId);
    await once(id, isLive, other);
    while ((await log()).length === 0) await Bun.sleep(20);
    expect(await log()).toEqual(["good"]);

    const quarantine = ["connection", "quarantine", id];
    expect((await other.tipwire(...quarantine)).stdout).toContain(`The tip has no id.\n  ${half}\n`);
    expect(await other.tipwireJson(...quarantine)).toMatchObject({ reason: "The tip has no id.", raw: half });
    expect((await other.tipwire(...quarantine, "--noted")).stdout).toContain('{"type":"surprise","n":1}');
    expect((await other.tipwire("connection", "list")).stdout).toContain(
      `1 in quarantine: tipwire connection quarantine ${id}`,
    );
    expect(await (await fetch(`${other.url}/metrics`)).text()).toContain(
      'tipwire_quarantined_total{platform="pally"} 1',
    );
    const reread = await other.tipwire("connection", "reread", id);
    expect(reread).toMatchObject({
      code: 1,
      stdout: "Read again: 0 stored, 0 already there, 0 no event, 1 still unreadable\n",
    });
    const kept = await other.tipwire("connection", "remove", id, "--json");
    expect(kept.stderr).toContain("quarantine_not_empty");

    // As if this version could read what an earlier one could not.
    const readable = await other.tipwireJson<{ id: string }>(...quarantine);
    expect(await api(other, "DELETE", `/connections/${id}/quarantine/999`)).toEqual({ discarded: 0 });
    expect(await api(other, "DELETE", `/connections/${id}/quarantine/${readable.id}`)).toEqual({ discarded: 1 });
    expect(await api<RereadResult>(other, "POST", `/connections/${id}/reread`)).toMatchObject({ unreadable: 0 });
    expect(await other.tipwireJson(...quarantine, "--discard")).toEqual({ discarded: 0 });
    expect((await other.tipwire(...quarantine)).stdout).toBe("Nothing is in quarantine.\n");
    expect((await other.tipwire("connection", "remove", id)).code).toBe(0);
    expect((await other.tipwire("connection", "list")).stdout).toBe("There are no connections.\n");
  } finally {
    await other.stop();
  }
});

test("what cannot be connected is refused in a sentence", async () => {
  const said = async (...args: string[]) => (await program.tipwire("connection", ...args)).stderr;
  expect(await said("add", "twitch", "--channel", "main")).toContain("PLATFORM must be one of donationalerts, pally");
  expect(await said("add", "pally", "--channel", "main")).toContain("An API key is needed");
  expect(await said("add", "tuniform", "--channel", "main", "--key", "x")).toContain(
    "A stream token of Tuniform is needed",
  );
  expect(await said("add", "donationalerts", "--channel", "main")).toMatch(/browser|login/i);
  expect(await said("add", "pally", "--channel", "nowhere", "--key", "k")).toContain("There is no such channel");
  for (const id of ["999", "x", "0", "1e3"]) {
    expect(await said("stop", id, "--json")).toContain("connection_unknown");
  }
});

test("only who administers the channel sees and changes its connections", async () => {
  await program.tipwireJson("account", "create", "bob");
  await program.tipwireJson("channel", "create", "bobs", "--account", "bob");
  await program.tipwireJson("channel", "create", "mine");
  const [theirs, ours] = [
    await add("k", "pally", "--channel", "bobs", "--page", "a"),
    await add("k", "pally", "--channel", "mine", "--page", "a"),
  ];
  const bob = { url: program.url, key: await newKey(program, "--account", "bob", "--scope", "admin") };
  const { connections } = await api<{ connections: ConnectionInfo[] }>(bob, "GET", "/connections");
  expect(connections.map(({ id }) => id)).toEqual([theirs.id]);
  expect((await list()).connections.map(({ id }) => id)).toContain(ours.id);
  const calls = [
    ["GET", ""],
    ["DELETE", ""],
    ["POST", "/start"],
    ["POST", "/stop"],
    ["POST", "/reread"],
    ["GET", "/quarantine"],
    ["DELETE", "/quarantine"],
  ] as const;
  const reader = { url: program.url, key: await newKey(program, "--account", "bob", "--scope", "control") };
  for (const [method, path] of calls) {
    await expect(api(bob, method, `/connections/${ours.id}${path}`)).rejects.toThrow("connection_unknown");
    await expect(api(reader, method, `/connections/${theirs.id}${path}`)).rejects.toThrow("scope_missing");
  }
  await expect(api(bob, "GET", "/connections?channel=mine")).rejects.toThrow("channel_unknown");
  await expect(api(reader, "GET", "/connections")).rejects.toThrow("scope_missing");
  const body = { channel: "mine", platform: "pally", key: "k" };
  await expect(api(bob, "POST", "/connections", body)).rejects.toThrow("channel_unknown");
  expect(await api<ConnectionInfo>(bob, "POST", `/connections/${theirs.id}/stop`)).toMatchObject({ wanted: false });
  await program.tipwireJson("connection", "stop", ours.id);
});

test("several nodes need a key of their own: it is said where it is missing, and any of them runs what another one added", async () => {
  const server = await PostgresServer.start();
  const url = await server.createDatabase();
  const shared = { TIPWIRE_DATABASE_URL: url, TIPWIRE_PALLY_URL: world.url.replace("http", "ws") };
  const keyless = await startProgram({ env: { ...shared, APP_ID: "7", API_KEY: "k" } });
  try {
    const args = ["connection", "add", "pally", "--channel", "main", "--key"];
    const refused = await keyless.tipwire(...args, "k");
    expect(refused.stderr).toContain("set TIPWIRE_SECRET_KEY, the same on every node");
    expect(keyless.output()).not.toContain("TIPWIRE_SECRET_KEY");
    const login = await fetch(`${keyless.url}/api/auth/donationalerts/login`, { redirect: "manual" });
    expect([login.status, await login.text()]).toEqual([503, expect.stringContaining("set TIPWIRE_SECRET_KEY")]);
    const env = { ...shared, TIPWIRE_SECRET_KEY: "ab".repeat(32) };
    const first = await startProgram({ env });
    const { id } = await first.tipwireJson<ConnectionInfo>(...args, await newKey(world));
    await once(id, isLive, keyless);
    const second = await startProgram({ env });
    await first.kill();
    const killedAt = performance.now();
    const runs = async () => (await fetch(`${second.url}/metrics`)).text();
    while (!(await runs()).includes('tipwire_connections{platform="pally",status="live"} 1')) await Bun.sleep(20);
    // Five seconds that a session lives without a beat, a beat, and the way to live on a machine with others on it.
    expect(performance.now() - killedAt).toBeLessThan(12_000);
    while (!keyless.output().includes("set TIPWIRE_SECRET_KEY")) await Bun.sleep(20);
    await second.stop();
  } finally {
    await keyless.stop();
    await server.dropDatabase(url);
    await server.drop();
  }
});

test("what was connected on SQLite goes on after a migration, with the key that it names", async () => {
  const server = await PostgresServer.start();
  const url = await server.createDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), "tipwire-connections-"));
  const env = { TIPWIRE_PALLY_URL: world.url.replace("http", "ws") };
  try {
    const before = await startProgram({ dataDir, env });
    const key = await newKey(world);
    const args = ["connection", "add", "pally", "--channel", "main", "--key", key];
    const { id } = await before.tipwireJson<ConnectionInfo>(...args);
    await once(id, isLive, before);
    await before.stop();
    const migrated = await runTipwire(["migrate", "--to", url], { TIPWIRE_DATA_DIR: dataDir });
    const kept = join(dataDir, "secret.key");
    expect(migrated).toMatchObject({ code: 0, stderr: "" });
    expect(migrated.stdout).toContain(`Connections are sealed with the key in ${kept}: set TIPWIRE_SECRET_KEY`);
    const secretKey = readFileSync(kept, "utf8");
    const settings = { TIPWIRE_DATABASE_URL: url, TIPWIRE_SECRET_KEY: secretKey };
    const since = Date.now();
    const after = await startProgram({ dataDir, env: { ...env, ...settings } });
    await once(id, (now) => isLive(now) && now.heardAt !== null && Date.parse(now.heardAt) > since, after);
    await after.stop();
  } finally {
    rmSync(dataDir, { recursive: true });
    await server.dropDatabase(url);
    await server.drop();
  }
});

/** Nodes behind a transaction pooler: what they need of a connection is there, with the doorbell on a direct address or without any. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import pg from "pg";
import { until } from "./delivery-room.ts";
import { connections, type Pooler, startPooler } from "./pooler.ts";
import { PostgresServer } from "./postgres-server.ts";
import { type Program, startProgram } from "./program.ts";

let server: PostgresServer;
let pooler: Pooler;
let ends: (() => unknown)[] = [];
afterEach(async () => {
  const ending = ends.reverse();
  ends = [];
  for (const end of ending) await end();
});

/** Three nodes behind the pooler, whose doorbell is at `listenUrl` of their database. */
async function nodes(listenUrl: (direct: string) => string) {
  const direct = await server.createDatabase();
  const through = pooler.through(direct);
  const env = { TIPWIRE_DATABASE_URL: through, TIPWIRE_LISTEN_URL: listenUrl(direct) };
  const programs = await Promise.all([0, 1, 2].map(() => startProgram({ env })));
  ends.push(() => Promise.all(programs.map((program) => program.stop())));
  return { through, programs: programs as [Program, Program, Program] };
}

/** What every connection that the pooler has to that database answers: nobody gives one back before each of them is taken. */
async function onEachConnection(url: string, sql: string): Promise<readonly unknown[]> {
  const clients = Array.from({ length: connections }, () => new pg.Client({ connectionString: url }));
  await Promise.all(clients.map((client) => client.connect()));
  await Promise.all(clients.map((client) => client.query("BEGIN")));
  const answers = await Promise.all(clients.map((client) => client.query({ text: sql, rowMode: "array" })));
  await Promise.all(clients.map((client) => client.end()));
  return answers.flatMap(({ rows }) => rows.flat());
}

/** What its figures say of the doorbell; `undefined`: nothing. */
async function doorbellWell({ url }: Program): Promise<string | undefined> {
  const figures = await (await fetch(`${url}/metrics`)).text();
  return /^tipwire_doorbell_well (.*)$/m.exec(figures)?.[1];
}

async function post({ url, key }: Program, externalId: string): Promise<number> {
  const body = JSON.stringify({ origin: "test:1", externalId, amount: "5.00", currency: "USD" });
  const headers = { authorization: `Bearer ${key}` };
  return (await fetch(`${url}/v1/channels/main/events`, { method: "POST", headers, body })).status;
}

interface Follower {
  /** Identities in the order in which they came. */
  readonly heard: readonly string[];
  /** Resolves when so many were heard. */
  count(wanted: number): Promise<void>;
}

async function follow({ url, key }: Program): Promise<Follower> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/v1/channels/main/events`, {
    headers: { authorization: `Bearer ${key}` },
  } as never);
  ends.push(() => socket.close());
  const heard: string[] = [];
  let came: () => void = () => undefined;
  await new Promise<void>((resolve) => {
    socket.addEventListener("message", ({ data }) => {
      const { externalId } = JSON.parse(String(data)) as { externalId?: string };
      if (externalId !== undefined) heard.push(externalId);
      came();
      resolve();
    });
  });
  const count = (wanted: number) =>
    new Promise<void>((resolve) => {
      came = () => heard.length >= wanted && resolve();
      came();
    });
  return { heard, count };
}

describe.skipIf(Bun.which("pgbouncer") === null)("behind a transaction pooler", () => {
  beforeAll(async () => {
    server = await PostgresServer.start();
    pooler = await startPooler(server);
  });
  afterAll(async () => {
    await pooler.stop();
    await server.drop();
  });

  for (const [name, listenUrl, within, well] of [
    ["a direct address for the doorbell", (direct: string) => direct, 1000, "1"],
    ["no doorbell at all", () => "none", 3000, undefined],
  ] as const) {
    test(`three nodes with ${name}: once each, in one order, soon`, async () => {
      const { programs } = await nodes(listenUrl);
      const [a, b, c] = programs;
      const followers = [await follow(b), await follow(c)];
      const ids = Array.from({ length: 150 }, (_, i) => `x${i}`);
      const statuses = await Promise.all(ids.flatMap((id) => [post(a, id), post(b, id)]));
      expect(statuses.filter((status) => status === 201)).toHaveLength(150);
      expect(statuses.filter((status) => status === 200)).toHaveLength(150);
      for (const follower of followers) await follower.count(150);
      const delays: number[] = [];
      for (let i = 0; i < 5; i++) {
        expect(await post(a, `y${i}`)).toBe(201);
        const since = performance.now();
        for (const follower of followers) await follower.count(151 + i);
        delays.push(performance.now() - since);
      }
      expect(delays.sort((x, y) => x - y)[2]).toBeLessThan(within);
      const [one, other] = followers;
      expect(one?.heard).toEqual(other?.heard as string[]);
      expect(new Set(one?.heard).size).toBe(155);
      expect(one?.heard).toHaveLength(155);
      expect(await doorbellWell(a)).toBe(well);
    }, 60_000);
  }

  test("the doorbell's address left out: it is said plainly, and no connection of the pooler is changed by it", async () => {
    const { through, programs } = await nodes(() => "");
    const [a, b] = programs;
    await until(() => programs.every(({ output }) => output().includes("set TIPWIRE_LISTEN_URL")));
    expect(await doorbellWell(a)).toBe("0");
    const follower = await follow(b);
    expect(await post(a, "x")).toBe(201);
    await follower.count(1);
    expect(await onEachConnection(through, "SHOW synchronous_commit")).toEqual(Array(connections).fill("on"));
    expect(await onEachConnection(through, "SELECT pg_listening_channels()")).toEqual([]);
  });
});

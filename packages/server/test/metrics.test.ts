import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Program, startProgram } from "./program.ts";
import { RawWebSocket } from "./raw-websocket.ts";

let program: Program;
let streamToken: string;

beforeAll(async () => {
  program = await startProgram();
  ({ streamToken } = await program.tipwireJson<{ streamToken: string }>("channel", "create", "ana"));
});
afterAll(() => program.stop());

type Series = ReadonlyMap<string, number>;

/** Every sample by its name with its labels: `tipwire_sessions{protocol="sse"}`. */
async function read(): Promise<Series> {
  const response = await fetch(`${program.url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toStartWith("text/plain; version=0.0.4");
  const lines = (await response.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

/** Reads until it is so, since what is counted may be counted a moment after it was answered. */
async function eventually(holds: (series: Series) => boolean): Promise<Series> {
  for (;;) {
    const series = await read();
    if (holds(series)) return series;
    await Bun.sleep(20);
  }
}

function post(externalId: string): Promise<Response> {
  return fetch(`${program.url}/v1/channels/ana/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${program.key}` },
    body: JSON.stringify({ externalId, amount: "1.00", currency: "EUR" }),
  });
}

test("this machine reads them without a key; they have the documented series", async () => {
  const names = [...(await read()).keys()];
  for (const name of [
    "tipwire_followers",
    "tipwire_follower_lag_records",
    "tipwire_followed_channels",
    "tipwire_store_well",
    "tipwire_node_session_fence",
    'tipwire_sessions{protocol="sse"}',
    'tipwire_sessions{protocol="poll"}',
    "tipwire_appends_total",
    "tipwire_append_commit_seconds_count",
    "tipwire_append_commit_seconds_sum",
    'tipwire_append_commit_seconds_bucket{le="0.005"}',
    'tipwire_append_commit_seconds_bucket{le="+Inf"}',
    "tipwire_process_resident_memory_bytes",
    "tipwire_nodejs_heap_size_used_bytes",
    "tipwire_process_open_fds",
  ]) {
    expect(names).toContain(name);
  }
});

test("sessions and followers come and go", async () => {
  const { port, key } = program;
  const sockets = await Promise.all([
    RawWebSocket.open(port, { path: "/v1/channels/ana/events", headers: { Authorization: `Bearer ${key}` } }),
    RawWebSocket.open(port, { path: "/v1/channels/ana/events", headers: { Authorization: `Bearer ${key}` } }),
    RawWebSocket.open(port, { path: `/ws?token=${streamToken}` }),
    RawWebSocket.open(port, { path: `/?auth=${key}&channel=activity-feed&room=ana` }),
  ]);
  const stop = new AbortController();
  const sse = await fetch(`${program.url}/v1/channels/ana/events`, {
    headers: { authorization: `Bearer ${key}`, accept: "text/event-stream" },
    signal: stop.signal,
  });
  expect(sse.status).toBe(200);
  const open = await eventually((series) => series.get("tipwire_followers") === 5);
  expect(open.get('tipwire_sessions{protocol="native"}')).toBe(2);
  expect(open.get('tipwire_sessions{protocol="tuniform"}')).toBe(1);
  expect(open.get('tipwire_sessions{protocol="pally"}')).toBe(1);
  expect(open.get('tipwire_sessions{protocol="sse"}')).toBe(1);
  expect(open.get("tipwire_followed_channels")).toBe(1);
  for (const socket of sockets) socket.terminate();
  stop.abort();
  const closed = await eventually((series) => series.get("tipwire_followers") === 0);
  for (const protocol of ["native", "tuniform", "pally", "sse"]) {
    expect([protocol, closed.get(`tipwire_sessions{protocol="${protocol}"}`) ?? 0]).toEqual([protocol, 0]);
  }
  expect(closed.get("tipwire_followed_channels")).toBe(0);
});

test("appends, their commits and the doorbell's rings are counted, duplicates as acknowledged", async () => {
  const before = await read();
  for (const id of ["1", "2", "3", "3"]) expect((await post(id)).ok).toBe(true);
  const grown = (series: Series, name: string) => (series.get(name) ?? 0) - (before.get(name) ?? 0);
  const after = await eventually((series) => grown(series, "tipwire_appends_total") === 4);
  expect(grown(after, "tipwire_append_commit_seconds_count")).toBe(4);
  expect(grown(after, 'tipwire_append_commit_seconds_bucket{le="+Inf"}')).toBe(4);
  expect(grown(after, "tipwire_append_commit_seconds_sum")).toBeGreaterThan(0);
  expect(grown(after, 'tipwire_doorbell_rings_total{topic="log"}')).toBe(3);
  await program.tipwire("channel", "set", "ana", "--title", "Ana");
  await eventually((series) => grown(series, 'tipwire_doorbell_rings_total{topic="access"}') > 0);
  await program.tipwire("overlay", "create", "ana");
  const rung = await eventually((series) => grown(series, 'tipwire_doorbell_rings_total{topic="stage"}') > 0);
  expect(
    [...rung.keys()].filter((name) => name.startsWith("tipwire_doorbell_rings_total") && name.includes(":")),
  ).toEqual([]);
});

test("a follower that does not read shows in the lag, and is gone from it with its socket", async () => {
  const text = "x".repeat(15_000);
  for (let i = 0; i < 20; i++) {
    const bodies = Array.from({ length: 40 }, () => ({ type: "follow", message: text }));
    const lines = bodies.map((body, line) => ({ line, text: JSON.stringify(body) }));
    const imported = await fetch(`${program.url}/v1/channels/ana/import`, {
      method: "POST",
      headers: { authorization: `Bearer ${program.key}` },
      body: JSON.stringify({ format: "jsonl", session: "1", lines }),
    });
    expect(imported.status).toBe(200);
  }
  expect((await read()).get("tipwire_follower_lag_records")).toBe(0);
  // Twelve megabytes, of which nothing is taken; a kernel hides the first few.
  const path = `/v1/channels/ana/events?after=oldest`;
  const stalled = await Bun.connect({
    hostname: "127.0.0.1",
    port: program.port,
    socket: {
      open(socket) {
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${program.key}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
        );
        socket.pause();
      },
      data() {},
    },
  });
  await eventually((series) => (series.get("tipwire_follower_lag_records") ?? 0) > 0);
  stalled.terminate();
  await eventually((series) => series.get("tipwire_follower_lag_records") === 0);
});

test("refusals are counted by code, or by the status of another protocol's", async () => {
  const before = await read();
  await fetch(`${program.url}/v1/nothing`);
  await fetch(`${program.url}/v1/me`);
  await post("4").then(() =>
    fetch(`${program.url}/v1/channels/nobody`, { headers: { authorization: `Bearer ${program.key}` } }),
  );
  (await RawWebSocket.open(program.port, { path: "/ws?token=x" })).terminate();
  const grown = (series: Series, code: string) => {
    const name = `tipwire_refusals_total{code="${code}"}`;
    return (series.get(name) ?? 0) - (before.get(name) ?? 0);
  };
  const after = await eventually((series) => grown(series, "401") > 0);
  for (const code of ["not_found", "token_missing", "channel_unknown", "401"]) {
    expect([code, grown(after, code)]).toEqual([code, 1]);
  }
});

test("from elsewhere only the administrator reads them", async () => {
  const elsewhere = { "x-forwarded-for": "192.0.2.1" };
  const get = (headers: Record<string, string>) =>
    fetch(`${program.url}/metrics`, { headers: { ...elsewhere, ...headers } });
  const { key } = await program.tipwireJson<{ key: string }>("key", "create", "reader");
  const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
  expect([(await get({})).status, (await get(bearer("x"))).status]).toEqual([401, 401]);
  expect((await get(bearer(streamToken))).status).toBe(403);
  expect((await get(bearer(key))).status).toBe(403);
  expect((await get(bearer(program.key))).status).toBe(200);
});

test("nothing in them is somebody's: no key, no token, no slug", async () => {
  const text = await (await fetch(`${program.url}/metrics`)).text();
  expect(text).not.toContain(program.key.slice(5, 30));
  expect(text).not.toContain(streamToken.slice(0, 20));
  expect(text).not.toMatch(/\bana\b/);
});

test("healthz and readyz answer anybody", async () => {
  for (const headers of [{}, { "x-forwarded-for": "192.0.2.1" }]) {
    const health = await fetch(`${program.url}/healthz`, { headers });
    expect([health.status, await health.json()]).toEqual([200, { status: "ok" }]);
    const ready = await fetch(`${program.url}/readyz`, { headers });
    expect([ready.status, await ready.json()]).toEqual([200, { status: "ready" }]);
  }
});

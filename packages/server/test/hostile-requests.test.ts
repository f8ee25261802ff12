import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Page } from "@tipwire/client";
import { type Program, startProgram } from "./program.ts";
import { RawConnection } from "./raw-connection.ts";

let program: Program;
let streamToken: string;

beforeAll(async () => {
  program = await startProgram({ args: ["--log", "json", "--log-level", "error"] });
  ({ streamToken } = await program.tipwireJson<{ streamToken: string }>("channel", "create", "ana"));
});
afterAll(async () => {
  const faults = program.output().match(/"level":"ERROR".*/g);
  await program.stop();
  expect(faults).toBeNull();
});

/** The status line and body of the answer to what `fetch` would never send. */
async function answerTo(...lines: readonly string[]): Promise<{ readonly status: number; readonly text: string }> {
  const connection = await RawConnection.open(program.port);
  connection.write(`${lines.join("\r\n")}\r\n\r\n`);
  const head = await connection.until((received) => {
    const end = received.indexOf("\r\n\r\n");
    return end < 0 ? undefined : received.subarray(0, end).toString("latin1");
  });
  const length = Number(/content-length: (\d+)/i.exec(head ?? "")?.[1] ?? 0);
  const text = await connection.until((received) => {
    const body = received.subarray((head?.length ?? 0) + 4);
    return body.length < length ? undefined : body.toString();
  });
  connection.terminate();
  return { status: Number(head?.split(" ")[1]), text: `${head}\n${text}` };
}

const handshake = [
  "Host: localhost",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

test("a Host that is none is refused as what it is", async () => {
  for (const host of ["a b", "[::", "a:99999999", "%zz<>", "user@host", "a/b?c", "a, b"]) {
    const { status } = await answerTo("GET /healthz HTTP/1.1", `Host: ${host}`);
    expect([host, status]).toEqual([host, 400]);
  }
});

test("an HTTP/1.0 client, which need not send a Host, is answered", async () => {
  expect((await answerTo("GET /healthz HTTP/1.0")).text).toContain('{"status":"ok"}');
  expect((await answerTo("GET /healthz HTTP/1.1", "Host:")).text).toContain('{"status":"ok"}');
});

test("an upgrade of an address whose escapes stand for no text is refused as unknown", async () => {
  const { status, text } = await answerTo("GET /v1/channels/%ff/events HTTP/1.1", ...handshake);
  expect(status).toBe(404);
  expect(text).toContain('"code":"not_found"');
});

test("a handshake without Connection: Upgrade is refused", async () => {
  for (const connection of [[], ["Connection: close"], ["Connection: keep-alive"]]) {
    const others = handshake.filter((line) => !line.startsWith("Connection"));
    const { status, text } = await answerTo(`GET /ws?token=${streamToken} HTTP/1.1`, ...others, ...connection);
    expect(status).toBe(426);
    expect(text).toMatch(/^upgrade: websocket$/im);
  }
});

test("a body that does not say how long it is, and does not end, is refused once it is too long", async () => {
  const connection = await RawConnection.open(program.port);
  const head = ["POST /v1/channels/ana/events HTTP/1.1", "Host: localhost", `Authorization: Bearer ${program.key}`];
  connection.write(`${[...head, "Transfer-Encoding: chunked"].join("\r\n")}\r\n\r\n`);
  for (let i = 0; i < 5; i++) connection.write(`4000\r\n${" ".repeat(0x4000)}\r\n`);
  const code = await connection.until((received) => /"code":"(\w+)"/.exec(received.toString("latin1"))?.[1]);
  expect(code).toBe("body_too_large");
  connection.terminate();
});

test("websocket may stand anywhere in Upgrade and upgrade anywhere in Connection", async () => {
  const others = handshake.filter((line) => !/^(Connection|Upgrade)/.test(line));
  const lists = ["Upgrade: h2c, WebSocket", "Connection: keep-alive, UPGRADE"];
  expect((await answerTo(`GET /ws?token=${streamToken} HTTP/1.1`, ...others, ...lists)).status).toBe(101);
});

test("a time that UTC moves out of the years 0000 to 9999 is refused, since it has no text of 24 characters", async () => {
  const post = (occurredAt: string) =>
    fetch(`${program.url}/v1/channels/ana/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${program.key}` },
      body: JSON.stringify({ type: "follow", occurredAt }),
    });
  for (const time of ["9999-12-31T23:59:59-12:00", "0000-01-01T00:00:00+01:00"]) {
    const response = await post(time);
    expect([response.status, await response.json()]).toEqual([400, expect.objectContaining({ code: "field_invalid" })]);
  }
  expect((await post("9999-12-31T23:59:59Z")).status).toBe(201);
});

test("a line of an export that claims to have been received in the future does not take the channel there", async () => {
  const text = JSON.stringify({ type: "follow", receivedAt: "9999-01-01T00:00:00.000Z" });
  const imported = await fetch(`${program.url}/v1/channels/ana/import`, {
    method: "POST",
    headers: { authorization: `Bearer ${program.key}` },
    body: JSON.stringify({ format: "jsonl", session: "1", lines: [{ line: 1, text }] }),
  });
  expect(await imported.json()).toMatchObject({ stored: 1 });
  await program.tipwireJson("send", "ana", "--amount", "1.00", "--currency", "EUR");
  const page = await fetch(`${program.url}/v1/channels/ana/events?limit=500`, {
    headers: { authorization: `Bearer ${program.key}` },
  });
  for (const { receivedAt } of ((await page.json()) as Page).events) {
    expect(Date.parse(receivedAt)).toBeLessThanOrEqual(Date.now());
  }
});

test("whose events are imported is text that every program writes alike, since it becomes their origin", async () => {
  for (const creator of ["\ud800", "a\tb", ""]) {
    const response = await fetch(`${program.url}/v1/channels/ana/import`, {
      method: "POST",
      headers: { authorization: `Bearer ${program.key}` },
      body: JSON.stringify({ format: "donationalerts", creator, session: "1", lines: [] }),
    });
    expect([response.status, await response.json()]).toEqual([400, expect.objectContaining({ code: "field_invalid" })]);
  }
});

test("an Idempotency-Key is held to the same form as the externalId that it stands in for", async () => {
  for (const key of ["a\tb", "once\x85", "x".repeat(201)]) {
    const body = '{"type":"follow"}';
    const { status, text } = await answerTo(
      "POST /v1/channels/ana/events HTTP/1.1",
      "Host: localhost",
      `Authorization: Bearer ${program.key}`,
      `Idempotency-Key: ${key}`,
      `Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect([status, text]).toEqual([400, expect.stringContaining('"code":"parameter_invalid"')]);
  }
});

test("hundreds who leave in the midst of their bodies, before it was their turn, are no fault of the server's", async () => {
  const body = '{"type":"follow"}';
  const lines = ["POST /v1/channels/ana/events HTTP/1.1", "Host: localhost", `Authorization: Bearer ${program.key}`];
  const leaving = Array.from({ length: 300 }, async (_, i) => {
    const connection = await RawConnection.open(program.port);
    connection.write(`${lines.join("\r\n")}\r\nContent-Length: ${body.length + (i % 2)}\r\n\r\n${body}`);
    connection.terminate();
  });
  await Promise.all(leaving);
  expect((await fetch(`${program.url}/healthz`)).status).toBe(200);
  // What was logged as an error meanwhile is looked for in the end.
});

test("refusals are counted, whoever words them", async () => {
  const counted = async (code: string) => {
    const text = await (await fetch(`${program.url}/metrics`)).text();
    return Number(new RegExp(`^tipwire_refusals_total\\{code="${code}"\\} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
  };
  const from = { "x-forwarded-for": "192.0.2.1", authorization: "Bearer nonsense" };
  for (let i = 0; i < 25; i++) await (await fetch(`${program.url}/v1/me`, { headers: from })).text();
  expect(await counted("token_invalid")).toBeGreaterThan(0);
  expect(await counted("too_many_failures")).toBeGreaterThan(0);
  expect(await counted("400")).toBeGreaterThan(0);
});

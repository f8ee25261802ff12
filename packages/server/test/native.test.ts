import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Page, TipwireEvent } from "@tipwire/client";
import { type Program, startProgram } from "./program.ts";

let program: Program;
let count = 0;

beforeAll(async () => {
  program = await startProgram({ args: ["--keepalive", "5", "--auth-seconds", "2"] });
});
afterAll(() => program.stop());

interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

async function call<T = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown,
  init: RequestInit = {},
): Promise<Answer<T>> {
  const headers = new Headers({ authorization: `Bearer ${program.key}`, ...(init.headers as Record<string, string>) });
  const text = body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(program.url + path, { method, body: text, ...init, headers });
  return { status: response.status, body: (await response.json()) as T, headers: response.headers };
}

/** A channel that no other test touches. */
async function newChannel() {
  const { body } = await call<{ slug: string; id: number; streamToken: string }>("POST", "/v1/channels", {
    slug: `c${++count}`,
  });
  const events = `/v1/channels/${body.slug}/events`;
  const post = async (facts: Record<string, unknown> = {}) =>
    (
      await call<{ id: string; cursor: string; status: string }>("POST", events, {
        name: "Ada",
        amount: "5.00",
        currency: "USD",
        ...facts,
      })
    ).body;
  const get = async (query = "") => (await call<Page>("GET", `${events}${query}`)).body;
  return { ...body, events, post, get };
}

/** A WebSocket whose messages and end can be waited for. */
class Wire {
  readonly socket: WebSocket;
  readonly messages: Record<string, unknown>[] = [];
  readonly closed = Promise.withResolvers<{ code: number; reason: string }>();
  #waiting: (() => void)[] = [];

  constructor(path: string, token: string | undefined = undefined) {
    const options = token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } };
    // Bun's WebSocket takes headers, which a browser's does not.
    this.socket = new WebSocket(program.url.replace("http", "ws") + path, options as never);
    this.socket.onmessage = ({ data }) => {
      this.messages.push(JSON.parse(data as string));
      for (const wake of this.#waiting.splice(0)) wake();
    };
    this.socket.onclose = ({ code, reason }) => this.closed.resolve({ code, reason });
  }

  async opened(): Promise<this> {
    if (this.socket.readyState === WebSocket.CONNECTING) {
      await new Promise((resolve, reject) => {
        this.socket.addEventListener("open", resolve);
        this.socket.addEventListener("close", () => reject(new Error("closed before it was open")));
      });
    }
    return this;
  }

  async got(number: number): Promise<readonly Record<string, unknown>[]> {
    while (this.messages.length < number) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.messages;
  }
}

describe("POST", () => {
  test("stores and answers with id and cursor; the same externalId again answers with the first", async () => {
    const { post, get } = await newChannel();
    const first = await post({ externalId: "order-1", message: "  one\ntwo  " });
    const again = await post({ externalId: "order-1", message: "other" });
    expect(first.status).toBe("stored");
    expect(again).toEqual({ ...first, status: "duplicate" });
    const { events, cursor } = await get();
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ id: first.id, cursor: first.cursor, message: "one\ntwo", origin: "key:1" });
    expect(cursor).toBe(first.cursor);
  });

  test("an Idempotency-Key stands in for the externalId", async () => {
    const { events, get } = await newChannel();
    const init = { headers: { "idempotency-key": "once" } };
    const body = { amount: "1.00", currency: "USD" };
    expect((await call("POST", events, body, init)).status).toBe(201);
    expect((await call("POST", events, body, init)).status).toBe(200);
    expect((await get()).events).toHaveLength(1);
  });

  test("a replay is a new record of the same event, and is not counted", async () => {
    const { post, get, events, slug } = await newChannel();
    const { id } = await post();
    const replay = `${events}/${id}/replay`;
    const init = { headers: { "idempotency-key": "k" } };
    const first = await call<{ id: string }>("POST", replay, undefined, init);
    expect([first.status, (await call("POST", replay, undefined, init)).status]).toEqual([201, 200]);
    expect((await call("POST", replay)).status).toBe(201);
    const page = await get();
    expect(page.events.map(({ kind, replayOf }) => [kind, replayOf])).toEqual([
      ["event", null],
      ["replay", id],
      ["replay", id],
    ]);
    expect((await call("POST", `${events}/nonsense/replay`)).body).toMatchObject({ code: "event_unknown" });
    const counted = async () => (await call<{ totals: unknown[] }>("GET", `/v1/channels/${slug}`)).body.totals;
    while ((await counted()).length === 0) await Bun.sleep(20);
    expect(await counted()).toEqual([{ currency: "USD", exponent: 2, minor: 500, count: 1 }]);
  });

  test("every field is kept and given back", async () => {
    const { post, get } = await newChannel();
    const given = {
      type: "subscription",
      origin: "shop:7",
      externalId: "s-1",
      occurredAt: "2026-04-11T17:00:00+01:00",
      name: "Zoë",
      message: "hi",
      messageKind: "text",
      amount: { value: "15.000", currency: "TND", exponent: 3, minor: 15000 },
      fee: "1.5",
      net: "13.5",
      currency: "TND",
      stated: { value: "4.80", currency: "EUR", exponent: 2, minor: 480 },
      tier: "Gold",
      period: "monthly",
      duration: 30,
      streak: 3,
      avatarUrl: "https://media.example/a.png",
      ttsUrl: "https://media.example/t.mp3",
      voiceUrl: "https://media.example/v.webm",
      kickUsername: "zoe_kick",
      test: true,
    };
    await post(given);
    const [event] = (await get()).events;
    const { currency: _, ...facts } = given;
    expect(event).toMatchObject({
      ...facts,
      occurredAt: "2026-04-11T16:00:00.000Z",
      anonymous: false,
      fee: { value: "1.500", minor: 1500, exponent: 3, currency: "TND" },
      net: { value: "13.500", minor: 13500, exponent: 3, currency: "TND" },
    } as never);
  });

  const donation = { amount: "5.00", currency: "USD" };
  const refusals: [string, unknown, number, string][] = [
    ["no JSON", "{", 400, "json_invalid"],
    ["no object", "[]", 400, "body_invalid"],
    ["no amount", {}, 400, "amount_missing"],
    ["no currency", { amount: "5" }, 400, "amount_missing"],
    ["a word for an amount", { ...donation, amount: "five" }, 400, "amount_invalid"],
    ["nothing given", { ...donation, amount: "0.00" }, 400, "amount_invalid"],
    ["less than nothing", { ...donation, amount: "-5" }, 400, "amount_invalid"],
    ["half a cent", { ...donation, amount: "5.005" }, 400, "amount_too_precise"],
    ["half a yen", { amount: "5.5", currency: "JPY" }, 400, "amount_too_precise"],
    ["more than can be exact", { ...donation, amount: "99999999999999999" }, 400, "amount_invalid"],
    ["more than can be exact in cents", { ...donation, amount: "999999999999999" }, 400, "amount_too_large"],
    ["an unknown currency", { ...donation, currency: "ZZZ" }, 400, "currency_unknown"],
    ["a number for a name", { ...donation, name: 7 }, 400, "field_invalid"],
    ["an unknown type", { ...donation, type: "gift" }, 400, "field_invalid"],
    ["a time that is none", { ...donation, occurredAt: "yesterday" }, 400, "field_invalid"],
    ["an address that is none", { ...donation, avatarUrl: "javascript:alert(1)" }, 400, "field_invalid"],
    [
      "an identity that only looks like text",
      { ...donation, externalId: { length: { toString: false } } },
      400,
      "field_invalid",
    ],
    ["a name that only looks like text", { ...donation, name: { length: { valueOf: 1 } } }, 400, "field_invalid"],
    ["a control character in an identity", { ...donation, externalId: "a\u0000b" }, 400, "field_invalid"],
    ["an origin of ours", { ...donation, origin: "replay:x" }, 400, "field_invalid"],
    ["a body over 64 KB", { ...donation, message: "x".repeat(66_000) }, 413, "body_too_large"],
  ];
  for (const [what, body, status, code] of refusals) {
    test(`refuses ${what}: ${status} ${code}`, async () => {
      const { events, get } = await newChannel();
      const answer = await call<{ code: string; message: string; doc: string }>("POST", events, body);
      expect(answer.status).toBe(status);
      expect(answer.body).toEqual({ code, message: expect.any(String), doc: `docs/errors.md#${code}` });
      expect((await get()).events).toEqual([]);
    });
  }

  test("an unknown currency with its exponent is taken", async () => {
    const { post, get } = await newChannel();
    await post({ amount: "5.125", currency: "KUDOS", currencyExponent: 3 });
    expect((await get()).events[0]?.amount).toEqual({ value: "5.125", minor: 5125, exponent: 3, currency: "KUDOS" });
  });

  test("who may not, is told what is missing", async () => {
    const { events, streamToken } = await newChannel();
    const as = async (token: string) =>
      (await call("POST", events, donation, { headers: { authorization: token } })).body["code"];
    expect(await as(`Bearer ${streamToken}`)).toBe("scope_missing");
    expect(await as("Bearer nonsense")).toBe("token_invalid");
    expect(await as("")).toBe("token_missing");
    expect((await call("POST", "/v1/channels/nobody/events", donation)).body).toMatchObject({
      code: "channel_unknown",
    });
    expect((await call("DELETE", events)).body).toMatchObject({ code: "method_unknown" });
    expect((await call("GET", "/v1/nothing")).body).toMatchObject({ code: "not_found" });
  });
});

describe("GET", () => {
  test("pages from the oldest, each event with the cursor to go on behind it", async () => {
    const { post, get } = await newChannel();
    for (let i = 1; i <= 5; i++) await post({ externalId: `x${i}` });
    const seen: string[] = [];
    let cursor = "oldest";
    for (;;) {
      const page = await get(`?after=${cursor}&limit=2`);
      if (page.events.length === 0) break;
      expect(page.cursor).toBe(page.events.at(-1)?.cursor as string);
      seen.push(...page.events.map(({ externalId }) => externalId));
      cursor = page.cursor;
    }
    expect(seen).toEqual(["x1", "x2", "x3", "x4", "x5"]);
    expect((await get("?after=head")).events).toEqual([]);
    const { events } = await get();
    expect((await get(`?after=${events[3]?.cursor}`)).events.map(({ externalId }) => externalId)).toEqual(["x5"]);
  });

  test("wait: answers as soon as something comes, and empty when nothing does", async () => {
    const { post, get } = await newChannel();
    const started = performance.now();
    const waiting = get("?after=head&wait=20");
    await Bun.sleep(100);
    await post({ externalId: "now" });
    expect((await waiting).events.map(({ externalId }) => externalId)).toEqual(["now"]);
    expect(performance.now() - started).toBeLessThan(5000);
    const empty = await get("?after=head&wait=1");
    expect(empty.events).toEqual([]);
    expect((await get(`?after=${empty.cursor}`)).events).toEqual([]);
  });

  test("a wait of more than ten seconds is not cut off", async () => {
    const { get } = await newChannel();
    expect((await get("?wait=13")).events).toEqual([]);
  }, 20_000);

  test("a rubbish cursor, limit or wait: each its own answer", async () => {
    const { events } = await newChannel();
    const code = async (query: string) => (await call("GET", `${events}?${query}`)).body["code"];
    expect(await code("after=rubbish")).toBe("cursor_invalid");
    expect(await code("after=")).toBe("cursor_invalid");
    expect(await code("limit=0")).toBe("parameter_invalid");
    expect(await code("limit=x")).toBe("parameter_invalid");
    expect(await code("wait=31")).toBe("parameter_invalid");
  });

  test("a cursor of another log gets an explicit reset with where to go on", async () => {
    const { post, get } = await newChannel();
    const { cursor } = await post({ externalId: "x1" });
    const foreign = cursor.replace(/^[^.]+/, "00000000");
    const page = await get(`?after=${foreign}`);
    expect(page.reset).toMatchObject({ reason: "epoch", head: cursor });
    expect(page.events.map(({ externalId }) => externalId)).toEqual(["x1"]);
    const ahead = cursor.replace(/\.1\./, ".zz.");
    expect((await get(`?after=${ahead}`)).reset).toMatchObject({ reason: "ahead" });
  });
});

describe("SSE", () => {
  async function stream(path: string, headers: Record<string, string> = {}, token = program.key) {
    const abort = new AbortController();
    const response = await fetch(program.url + path, {
      signal: abort.signal,
      headers: { authorization: `Bearer ${token}`, accept: "text/event-stream", ...headers },
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const until = async (fact: (text: string) => boolean) => {
      while (!fact(text)) {
        const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
        if (done) throw new Error(`the stream ended after: ${text}`);
        text += value;
      }
      return text;
    };
    const ended = async () => {
      for (;;) if ((await reader?.read())?.done !== false) return;
    };
    return { response, until, ended, close: () => abort.abort() };
  }

  test("hello, then each event with its cursor as id; Last-Event-ID goes on behind it", async () => {
    const { post, events } = await newChannel();
    const first = await post({ externalId: "x1" });
    const second = await post({ externalId: "x2" });
    const one = await stream(`${events}?after=oldest`);
    expect(one.response.headers.get("content-type")).toBe("text/event-stream");
    // The quotes matter: a cursor or an id holds its time and a chance part, and may well read "x1" somewhere.
    const text = await one.until((text) => text.includes('"x2"') && text.endsWith("\n\n"));
    expect(text).toStartWith("event: hello\ndata: {");
    expect([...text.matchAll(/^id: (.*)$/gm)].map((match) => match[1])).toEqual([first.cursor, second.cursor]);
    one.close();
    const two = await stream(`${events}?after=oldest`, { "last-event-id": first.cursor });
    expect(await two.until((text) => text.includes('"x2"'))).not.toContain('"x1"');
    two.close();
  });

  test("quiet is not cut: something comes every few seconds, and an event after that", async () => {
    const { post, events } = await newChannel();
    const one = await stream(events);
    await one.until((text) => (text.match(/: keepalive/g) ?? []).length >= 3);
    await post({ externalId: "late" });
    await one.until((text) => text.includes('"late"'));
    one.close();
  }, 30_000);

  test("a revoked key ends the stream", async () => {
    const { events, slug } = await newChannel();
    const { body: key } = await call<{ id: string; key: string }>("POST", "/v1/keys", { name: "k", channels: [slug] });
    const one = await stream(events, {}, key.key);
    await one.until((text) => text.includes("hello"));
    await call("DELETE", `/v1/keys/${key.id}`);
    await one.ended();
  });
});

describe("WebSocket", () => {
  test("hello first, then one frame an event, the same as GET gives", async () => {
    const { post, get, events, id, slug } = await newChannel();
    const past = await post({ externalId: "past" });
    const wire = new Wire(events, program.key);
    const [hello] = await wire.got(1);
    expect(hello).toEqual({
      type: "hello",
      protocol: 1,
      channel: { id, slug, title: slug },
      cursor: past.cursor,
      head: past.cursor,
      keepalive: 5,
    });
    await post({ externalId: "x1" });
    await post({ externalId: "x2" });
    const got = await wire.got(3);
    expect(got.slice(1)).toEqual((await get()).events.slice(1) as never);
    wire.socket.close();
  });

  test("after: goes on behind that event; oldest from the start", async () => {
    const { post, events } = await newChannel();
    const first = await post({ externalId: "x1" });
    await post({ externalId: "x2" });
    const wire = new Wire(`${events}?after=${first.cursor}`, program.key);
    const [hello, event] = await wire.got(2);
    expect([hello?.["cursor"], event?.["externalId"]]).toEqual([first.cursor, "x2"]);
    wire.socket.close();
    const all = new Wire(`${events}?after=oldest`, program.key);
    expect((await all.got(3)).slice(1).map((event) => event["externalId"])).toEqual(["x1", "x2"]);
    all.socket.close();
  });

  test("a browser says who it is in its first frame: a key, or the channel's own stream token, also as -", async () => {
    const { post, events, streamToken } = await newChannel();
    const { cursor } = await post({ externalId: "x1" });
    for (const [path, token] of [
      [events, program.key],
      [events, streamToken],
      ["/v1/channels/-/events", streamToken],
    ] as const) {
      const wire = await new Wire(`${path}?after=oldest`).opened();
      wire.socket.send(JSON.stringify({ type: "auth", token }));
      expect((await wire.got(2))[1]).toMatchObject({ externalId: "x1", cursor });
      wire.socket.close();
    }
  });

  test("a cursor that does not fit: reset, then on from where nothing is missed", async () => {
    const { post, events } = await newChannel();
    const { cursor } = await post({ externalId: "x1" });
    const wire = new Wire(`${events}?after=${cursor.replace(/^[^.]+/, "00000000")}`, program.key);
    const [hello, reset, event] = await wire.got(3);
    expect(hello).toMatchObject({ type: "hello" });
    expect(reset).toMatchObject({ type: "reset", reason: "epoch", head: cursor, cursor: hello?.["cursor"] as string });
    expect(event).toMatchObject({ externalId: "x1" } satisfies Partial<TipwireEvent>);
    wire.socket.close();
  });

  test("closes with a code that a browser can see and that says whether to come back", async () => {
    const mine = await newChannel();
    const other = await newChannel();
    const close = async (path: string, ...frames: string[]) => {
      const wire = await new Wire(path).opened();
      for (const frame of frames) wire.socket.send(frame);
      return (await wire.closed.promise).code;
    };
    const auth = (token: string) => JSON.stringify({ type: "auth", token });
    expect(await close(mine.events)).toBe(4501);
    expect(await close(mine.events, auth("nonsense"))).toBe(4501);
    expect(await close(mine.events, auth("f".repeat(64)))).toBe(4501);
    expect(await close(mine.events, "hello?")).toBe(4500);
    expect(await close(`${mine.events}?after=rubbish`, auth(program.key))).toBe(4500);
    expect(await close("/v1/channels/nobody/events", auth(program.key))).toBe(4504);
    expect(await close(other.events, auth(mine.streamToken))).toBe(4504);
    expect(await close(mine.events, auth(program.key), ...Array.from({ length: 60 }, () => "{}"))).toBe(4505);
  });

  test("with an Authorization that is wrong the upgrade is refused", async () => {
    const { events } = await newChannel();
    const headers = {
      authorization: "Bearer nonsense",
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    expect(await call("GET", events, undefined, { headers })).toMatchObject({
      status: 401,
      body: { code: "token_invalid" },
    });
  });

  test("keepalive when idle", async () => {
    const { events } = await newChannel();
    const wire = new Wire(events, program.key);
    expect((await wire.got(2))[1]).toEqual({ type: "keepalive" });
    wire.socket.close();
  }, 15_000);

  test("revoking a key closes its sockets within two seconds", async () => {
    const { events, slug } = await newChannel();
    const { body: key } = await call<{ id: string; key: string }>("POST", "/v1/keys", { name: "k", channels: [slug] });
    const wire = new Wire(events, key.key);
    await wire.got(1);
    const started = performance.now();
    await call("DELETE", `/v1/keys/${key.id}`);
    expect((await wire.closed.promise).code).toBe(4503);
    expect(performance.now() - started).toBeLessThan(2000);
    const headers = { authorization: `Bearer ${key.key}` };
    expect((await call("GET", events, undefined, { headers })).body).toMatchObject({ code: "token_revoked" });
  });

  test("a poll that waits is answered when its key is revoked", async () => {
    const { events, slug } = await newChannel();
    const { body: key } = await call<{ id: string; key: string }>("POST", "/v1/keys", { name: "k", channels: [slug] });
    const headers = { authorization: `Bearer ${key.key}` };
    const waiting = call("GET", `${events}?wait=20`, undefined, { headers });
    await Bun.sleep(200);
    const started = performance.now();
    await call("DELETE", `/v1/keys/${key.id}`);
    expect(await waiting).toMatchObject({ status: 401, body: { code: "token_revoked" } });
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test("a rotated token: both work in the grace period, then the old one is expired and its sockets close", async () => {
    const { events, slug, streamToken } = await newChannel();
    const before = new Wire(events, streamToken);
    await before.got(1);
    const rotated = await call<{ streamToken: string }>("POST", `/v1/channels/${slug}/token`, { graceSeconds: 2 });
    const during = new Wire(events, streamToken);
    const fresh = new Wire(events, rotated.body.streamToken);
    await Promise.all([during.got(1), fresh.got(1)]);
    expect((await before.closed.promise).code).toBe(4502);
    expect((await during.closed.promise).code).toBe(4502);
    expect(fresh.socket.readyState).toBe(WebSocket.OPEN);
    const headers = { authorization: `Bearer ${streamToken}` };
    expect((await call("GET", events, undefined, { headers })).body).toMatchObject({ code: "token_expired" });
    fresh.socket.close();
  }, 15_000);
});

test("failed sign-ins are limited by address, but not this machine's own", async () => {
  const { events } = await newChannel();
  const attempt = (forwarded: Record<string, string>) =>
    call("GET", events, undefined, { headers: { authorization: "Bearer nonsense", ...forwarded } });
  for (let i = 0; i < 30; i++) expect((await attempt({})).status).toBe(401);
  const statuses: number[] = [];
  for (let i = 0; i < 30; i++) statuses.push((await attempt({ "x-forwarded-for": "203.0.113.9" })).status);
  expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 401));
  const last = await attempt({ "x-forwarded-for": "203.0.113.9" });
  expect(last.status).toBe(429);
  expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
});

test("foreign and unknown channels answer alike", async () => {
  await call("POST", "/v1/accounts", { name: "bob" });
  const { body: key } = await call<{ key: string }>("POST", "/v1/keys", {
    name: "bob's",
    account: "bob",
    scopes: ["events:read", "events:write", "control", "admin"],
  });
  const { events } = await newChannel();
  const headers = { authorization: `Bearer ${key.key}` };
  const foreign = await call("GET", events, undefined, { headers });
  const unknown = await call("GET", "/v1/channels/nobody/events", undefined, { headers });
  expect([foreign.status, foreign.body]).toEqual([unknown.status, unknown.body]);
  expect(foreign.body).toMatchObject({ code: "channel_unknown" });
});

test("a page of another origin may use the API with its key: no cookie is involved", async () => {
  const { events } = await newChannel();
  const preflight = await fetch(program.url + events, {
    method: "OPTIONS",
    headers: { origin: "https://bot.example", "access-control-request-headers": "authorization" },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-headers")).toContain("authorization");
  for (const headers of [{ authorization: `Bearer ${program.key}` }, { authorization: "Bearer nonsense" }]) {
    const answer = await call("GET", events, undefined, { headers });
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
  }
  const headers = { authorization: `Bearer ${program.key}`, accept: "text/event-stream" };
  const stream = await fetch(program.url + events, { headers });
  expect(stream.headers.get("access-control-allow-origin")).toBe("*");
  await stream.body?.cancel();
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../../packages/server/test/random.ts";
import { handshakeText } from "../../packages/server/test/raw-websocket.ts";
import { frame, opcodes } from "../../packages/server/test/websocket-frames.ts";
import { anyValue, mutateBytes, mutateJson, mutateText, pick, word } from "./mutate.ts";
import type { SocketInput } from "./socket-lane.ts";
import type { World } from "./world.ts";

export type Protocol = "native" | "tuniform" | "pally";

export interface HttpInput {
  readonly via: "http";
  readonly bytes: Buffer;
  /** `ours`: an answer of our own API. `runtime`: headers or address may be refused by the HTTP parser. `raw`: no HTTP. */
  readonly answers: "ours" | "runtime" | "raw";
  readonly head?: boolean;
  /** A long poll: it may still wait when its time is over. */
  readonly mayWait?: boolean;
}

export interface FramesInput extends SocketInput {
  readonly via: "socket";
  readonly protocol: Protocol;
  /** How many inputs it counts as. */
  readonly count: number;
}

export type Input = HttpInput | FramesInput;

/** A row of the table: an endpoint or a type of message. */
export interface Kind {
  readonly name: string;
  /** Whether it begins as valid traffic of somebody who may. */
  readonly authenticated: boolean;
  /** How much of all it is, beside the others' shares. */
  readonly share: number;
  /** What it creates stays; beyond so many nothing is learnt from more of it. */
  readonly most?: number;
  make(world: World, random: Random): Input;
}

const donation = {
  type: "donation",
  origin: "shop:7",
  externalId: "order-1",
  occurredAt: "2026-04-11T17:00:00+01:00",
  name: "Zoë",
  anonymous: false,
  message: "Hello!\nSecond line",
  messageKind: "text",
  amount: "15.000",
  currency: "TND",
  fee: "1.5",
  net: "13.5",
  stated: { value: "4.80", currency: "EUR", exponent: 2, minor: 480 },
  avatarUrl: "https://media.example/a.png",
  kickUsername: "zoe_kick",
  test: false,
};
const subscription = {
  type: "subscription",
  externalId: "s-1",
  name: "Bo",
  amount: { value: "5.00", currency: "USD", exponent: 2, minor: 500 },
  tier: "Gold",
  period: "monthly",
  duration: 30,
  streak: 3,
  ttsUrl: "https://media.example/t.mp3",
  voiceUrl: "https://media.example/v.webm",
};
const bodies: readonly Record<string, unknown>[] = [
  donation,
  subscription,
  { type: "follow", name: "Cy" },
  { type: "raid", name: "Di", message: "all of us" },
  { type: "custom", message: "A wheel was spun." },
  { externalId: "order-2", name: "Ada", amount: 5, currency: "USD", currencyExponent: 2 },
];

const fixtures = join(import.meta.dir, "../../packages/server/test/fixtures");
const linesOf = (file: string) => readFileSync(join(fixtures, file), "utf8").trim().split("\n");
const platformLines = {
  donationalerts: [
    ...linesOf("donationalerts-push.jsonl"),
    JSON.stringify(JSON.parse(readFileSync(join(fixtures, "donationalerts-list.json"), "utf8"))),
  ],
  pally: linesOf("pally-tips.jsonl"),
  tuniform: linesOf("tuniform-session.jsonl"),
  jsonl: [
    JSON.stringify({
      kind: "event",
      id: "e4k0zq8v1m7xw2chd0000001",
      receivedAt: "2026-04-11T16:00:00.250Z",
      ...donation,
    }),
    JSON.stringify({
      kind: "replay",
      id: "ez81n5c0y6p3t9ajb0000002",
      receivedAt: "2026-04-11T16:00:01.250Z",
      ...donation,
    }),
    JSON.stringify(subscription),
  ],
} as const;

type Headers = readonly (readonly [string, string])[];

function request(method: string, path: string, key: string, body?: string | Uint8Array, headers: Headers = []): Buffer {
  const all: Headers = [["Host", "localhost"], ["Authorization", `Bearer ${key}`], ...headers];
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const lines = all.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const length = bytes === undefined ? "" : `Content-Length: ${bytes.length}\r\n`;
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines}${length}\r\n`, "latin1");
  return bytes === undefined ? head : Buffer.concat([head, bytes]);
}

function ours(bytes: Buffer): HttpInput {
  return { via: "http", bytes, answers: "ours" };
}

function raw(bytes: Buffer): HttpInput {
  return { via: "http", bytes, answers: "raw" };
}

const badEscapes = ["%", "%f", "%ff", "%zz", "%c3", "%c0%80", "%ed%a0%80", "%00", "%2f", "%u0041"];

/** Text for a place in an address: escaped, mostly as it should be. */
function inAddress(random: Random, text: string): string {
  if (random.chance(0.8)) return encodeURIComponent(text.toWellFormed()).slice(0, 3000);
  if (random.chance(0.3)) return encodeURIComponent(text.toWellFormed()).slice(0, 100) + pick(random, badEscapes);
  return text
    .replaceAll(/[^!-~]/g, "")
    .replaceAll(/[#?]/g, "")
    .slice(0, 3000);
}

function events(world: World, slug = world.store.slug): string {
  return `/v1/channels/${slug}/events`;
}

/** One time in four an id of its own, so that it is stored; the others meet what is there already. */
function fresh(random: Random, body: Record<string, unknown>): Record<string, unknown> {
  return random.chance(0.25) ? { ...body, externalId: `x-${random.below(2 ** 31)}` } : body;
}

function headerText(random: Random): string {
  return word(random)
    .replaceAll(/[\r\n\0]/g, random.chance(0.9) ? "" : "\0")
    .slice(0, 6000);
}

function mutatedHeaders(random: Random, world: World): Headers {
  const usual: [string, string][] = [
    ["Content-Type", "application/json"],
    ["Idempotency-Key", "once"],
    ["Accept", "application/json"],
    ["Accept-Encoding", "gzip"],
    ["Last-Event-ID", pick(random, world.cursors)],
    ["Origin", "https://elsewhere.example"],
    ["Cookie", "session=1"],
    ["X-Forwarded-For", "192.0.2.7"],
    ["Authorization", "Bearer x"],
  ];
  const headers = usual.filter(() => random.chance(0.5));
  for (let i = 1 + random.below(2); i > 0; i--) {
    const at = random.below(headers.length + 1);
    const [name, value] = headers[at] ?? ["X-Extra", "1"];
    const mutated: [string, string][] = [
      [name, headerText(random)],
      [name, mutateText(random, value).replaceAll(/[\r\n]/g, "")],
      [name.toUpperCase(), value],
      [mutateText(random, name).replaceAll(/[\r\n]/g, ""), value],
      ["X-Many", "x".repeat(random.below(9000))],
    ];
    headers[at] = pick(random, mutated);
  }
  return headers;
}

const cursorWords = ["oldest", "head", ""];

function mutatedCursor(random: Random, world: World): string {
  const cursor = pick(random, world.cursors);
  switch (random.below(5)) {
    case 0:
      return pick(random, cursorWords);
    case 1:
      return word(random);
    case 2:
      return cursor;
    case 3: {
      const parts = cursor.split(".");
      parts[random.below(4)] = pick(random, ["0", "1", "zz", "zzzzzzzzzz", "-1", "", "aaaaaaaa", "00000000"]);
      return parts.join(".");
    }
    default:
      return mutateText(random, cursor);
  }
}

function mutatedQuery(random: Random, pairs: readonly (readonly [string, string])[]): string {
  const mutated = pairs.map(([name, value]): [string, string] => {
    if (random.chance(0.5)) return [name, value];
    return pick<[string, string]>(random, [
      [name, word(random)],
      [name, String(anyValue(random, 3))],
      [name, mutateText(random, value)],
      [mutateText(random, name), value],
      [name.toUpperCase(), value],
    ]);
  });
  const kept = mutated.filter(() => random.chance(0.93));
  const more = random.chance(0.15) ? kept.slice(0, 1) : [];
  return [...kept, ...more].map(([name, value]) => `${inAddress(random, name)}=${inAddress(random, value)}`).join("&");
}

function importOf(format: keyof typeof platformLines) {
  return (world: World, random: Random): Input => {
    const lines = Array.from({ length: 1 + random.below(3) }, (_, line) => {
      const text = pick(random, platformLines[format]);
      const mutated = random.chance(0.7) ? mutateJson(random, JSON.parse(text)) : mutateText(random, text);
      return { line, text: random.chance(0.1) ? text : mutated };
    });
    const body = { format, session: `${format}-${random.below(5)}`, live: random.chance(0.5), creator: "7", lines };
    const text = random.chance(0.15) ? mutateJson(random, body) : JSON.stringify(body);
    return ours(request("POST", `/v1/channels/${world.store.slug}/import`, world.key, text));
  };
}

/** A body for one of the routes that administer; `settle` puts back what must not be invented anew each time. */
function administering(
  method: string,
  path: (world: World, random: Random) => string,
  body: Record<string, unknown>,
  settle: (random: Random, text: string) => string = (_, text) => text,
) {
  return (world: World, random: Random): Input =>
    ours(request(method, path(world, random), world.ruler, settle(random, mutateJson(random, body))));
}

function ruledPath(world: World, random: Random, rest = ""): string {
  const { slug } = pick(random, world.ruled);
  const named = random.chance(0.8) ? slug : inAddress(random, mutateText(random, slug)) || "x";
  return `/v1/channels/${named}${rest}`;
}

function reading(path: (world: World, random: Random) => string, key: (world: World) => string) {
  return (world: World, random: Random): Input => {
    const query = random.chance(0.3)
      ? `?${mutatedQuery(random, [
          ["after", "head"],
          ["limit", "1"],
        ])}`
      : "";
    const headers = random.chance(0.4) ? mutatedHeaders(random, world) : [];
    const method = random.chance(0.1) ? "HEAD" : "GET";
    const bytes = request(method, path(world, random) + query, key(world), undefined, headers);
    return { via: "http", bytes, answers: "runtime", head: method === "HEAD" };
  };
}

function socket(
  protocol: Protocol,
  handshake: string,
  frames: readonly Uint8Array[],
  random: Random,
  more: Partial<FramesInput> = {},
): FramesInput {
  return {
    via: "socket",
    protocol,
    handshake: Buffer.from(handshake, "latin1"),
    frames,
    coalesced: random.chance(0.5),
    wellFramed: true,
    count: Math.max(1, frames.length),
    ...more,
  };
}

function nativeHandshake(world: World, after = "head", headers: Record<string, string | null> = {}): string {
  return handshakeText({
    path: `${events(world, world.read.slug)}?after=${after}`,
    headers: { Authorization: `Bearer ${world.key}`, ...headers },
  });
}

/** Frames that keep to RFC 6455, whatever is in them. */
function wellFramed(random: Random, count: number, payload: () => string | Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: count }, () => {
    const content = payload();
    const isText = typeof content === "string";
    const bytes = Buffer.from(isText ? content.toWellFormed() : content).subarray(0, 65_536);
    const opcode = isText && bytes.length < 65_536 ? opcodes.text : opcodes.binary;
    if (random.chance(0.05))
      return frame(bytes.subarray(0, 125), { opcode: pick(random, [opcodes.ping, opcodes.pong]) });
    if (random.chance(0.9) || bytes.length === 0) return frame(bytes, { opcode });
    const cut = random.below(bytes.length);
    return Buffer.concat([
      frame(bytes.subarray(0, cut), { opcode, fin: false }),
      frame(bytes.subarray(cut), { opcode: opcodes.continuation }),
    ]);
  });
}

function anyPayload(random: Random): string | Uint8Array {
  switch (random.below(5)) {
    case 0:
      return word(random);
    case 1:
      return JSON.stringify(anyValue(random)) ?? "";
    case 2:
      return mutateJson(random, pick(random, bodies));
    case 3:
      return Uint8Array.from({ length: random.below(200) }, () => random.below(256));
    default:
      return mutateText(random, '{"type":"auth","token":"x"}');
  }
}

/** A frame whose header is wrong, or bytes that are none. */
function brokenFrame(random: Random): Uint8Array {
  const options = {
    opcode: random.below(16),
    fin: random.chance(0.7),
    rsv: random.chance(0.3) ? random.below(8) : 0,
    masked: random.chance(0.8),
    lengthBits: pick(random, [7, 16, 64] as const),
    ...(random.chance(0.3) && { length: BigInt(random.below(2 ** 31)) << BigInt(random.below(33)) }),
  };
  const bytes = frame(word(random).toWellFormed(), options);
  return random.chance(0.5) ? mutateBytes(random, bytes) : bytes;
}

function doors(world: World, random: Random): readonly [Protocol, string] {
  return pick<readonly [Protocol, string]>(random, [
    ["native", nativeHandshake(world)],
    ["tuniform", handshakeText({ path: `/ws?token=${world.read.streamToken}` })],
    ["pally", handshakeText({ path: `/?auth=${world.key}&channel=activity-feed&room=${world.read.slug}` })],
  ]);
}

const methods = [
  "GET",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "CONNECT",
  "get",
  "FOO",
  "",
  "PRI",
];
const versions = ["HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.1 ", "http/1.1", "", "HTTP/1.1\0", "HTTP/11"];
const targets = [
  "/",
  "*",
  "//",
  "/v1/me",
  "http://x/healthz",
  "http://[/",
  "healthz",
  "/%",
  "/%zz",
  "/..%2f",
  "/ws",
  "/\xff",
];
const framings = [
  "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
  "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
  "Transfer-Encoding: xchunked\r\n",
  "Transfer-Encoding: chunked, chunked\r\n",
  "Transfer-Encoding:\tchunked\r\n",
  "Transfer-Encoding : chunked\r\n",
  "Content-Length: 5\r\nContent-Length: 6\r\n",
  "Content-Length: 5, 5\r\n",
  "Content-Length: +5\r\n",
  "Content-Length: 0x5\r\n",
  "Content-Length: 5 \r\nX: \r\n y\r\n",
  "Content-Length: -5\r\n",
  "Content-Length: 18446744073709551621\r\n",
  "Content-Length: \r\n",
];

function chunked(random: Random, body: string): Buffer {
  const bytes = Buffer.from(body);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random.below(200);
    const piece = bytes.subarray(at, at + size);
    parts.push(
      Buffer.from(`${piece.length.toString(16)}${random.chance(0.1) ? ";x=y" : ""}\r\n`),
      piece,
      Buffer.from("\r\n"),
    );
    at += size;
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}

function smuggled(random: Random, world: World): Buffer {
  const body = random.chance(0.5) ? "hello" : "0\r\n\r\nGET /v1/me HTTP/1.1\r\nHost: x\r\n\r\n";
  const head = `POST ${events(world)} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${world.key}\r\n`;
  return Buffer.from(`${head}${pick(random, framings)}\r\n${body}`, "latin1");
}

/** Every kind of input. */
export const kinds: readonly Kind[] = [
  {
    name: "POST events: fields",
    authenticated: true,
    share: 110,
    make: (world, random) =>
      ours(request("POST", events(world), world.key, mutateJson(random, fresh(random, pick(random, bodies))))),
  },
  {
    name: "POST events: bytes of the body",
    authenticated: true,
    share: 45,
    make: (world, random) => {
      const text = JSON.stringify(fresh(random, pick(random, bodies)));
      const body = random.chance(0.5) ? mutateText(random, text) : mutateBytes(random, Buffer.from(text));
      return ours(request("POST", events(world), world.key, body));
    },
  },
  {
    name: "POST events: headers",
    authenticated: true,
    share: 25,
    make: (world, random) => {
      const body = JSON.stringify(fresh(random, pick(random, bodies)));
      const bytes = request("POST", events(world), world.key, body, mutatedHeaders(random, world));
      return { via: "http", bytes, answers: "runtime" };
    },
  },
  {
    name: "POST events: chunks",
    authenticated: true,
    share: 15,
    make: (world, random) => {
      const head = `POST ${events(world)} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${world.key}\r\nTransfer-Encoding: chunked\r\n\r\n`;
      const body = chunked(random, mutateJson(random, fresh(random, pick(random, bodies))));
      if (random.chance(0.7)) return ours(Buffer.concat([Buffer.from(head), body]));
      return raw(Buffer.concat([Buffer.from(head), mutateBytes(random, body)]));
    },
  },
  {
    name: "POST events: wrong lengths",
    authenticated: true,
    share: 10,
    make: (world, random) => {
      const body = JSON.stringify(fresh(random, pick(random, bodies)));
      const length = pick(random, [
        0,
        1,
        body.length - 1,
        body.length + 1,
        65_536,
        65_537,
        4_194_304,
        4_194_305,
        2 ** 31,
        2 ** 53,
      ]);
      const head = `POST ${events(world)} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${world.key}\r\nContent-Length: ${length}\r\n\r\n`;
      return raw(Buffer.from(head + body));
    },
  },
  {
    name: "replay",
    authenticated: true,
    share: 20,
    make: (world, random) => {
      const id = random.chance(0.5) ? pick(random, world.eventIds) : mutateText(random, pick(random, world.eventIds));
      const path = `${events(world, world.read.slug)}/${inAddress(random, id) || "x"}/replay`;
      const key = random.chance(0.97) ? `key-${random.below(8)}` : headerText(random);
      const bytes = request("POST", path, world.key, random.chance(0.5) ? word(random) : undefined, [
        ["Idempotency-Key", key],
      ]);
      return { via: "http", bytes, answers: "runtime" };
    },
  },
  ...(["donationalerts", "pally", "tuniform", "jsonl"] as const).map(
    (format): Kind => ({ name: `import: ${format}`, authenticated: true, share: 14, make: importOf(format) }),
  ),
  {
    name: "poll: parameters and cursors",
    authenticated: true,
    share: 40,
    make: (world, random) => {
      const wait = random.chance(0.02) ? String(random.below(31)) : "0";
      const pairs = [
        ["after", mutatedCursor(random, world)],
        ["limit", String(1 + random.below(5))],
        ["wait", wait],
      ] as const;
      const query = random.chance(0.7)
        ? mutatedQuery(random, pairs)
        : `after=${inAddress(random, pairs[0][1])}&limit=2`;
      const bytes = request("GET", `${events(world, world.read.slug)}?${query}`, world.key);
      return { via: "http", bytes, answers: "runtime", mayWait: /wait/i.test(query) };
    },
  },
  {
    name: "SSE: parameters and cursors",
    authenticated: true,
    share: 8,
    make: (world, random) => {
      const path = `${events(world, world.read.slug)}?${mutatedQuery(random, [["after", mutatedCursor(random, world)]])}`;
      const cursor = mutatedCursor(random, world)
        .replaceAll(/[^ -~]/g, "")
        .slice(0, 4000);
      const accept: [string, string] = ["Accept", random.chance(0.9) ? "text/event-stream" : headerText(random)];
      const bytes = request("GET", path, world.key, undefined, [
        accept,
        ...(random.chance(0.6) ? [["Last-Event-ID", cursor] as const] : []),
      ]);
      return { via: "http", bytes, answers: "runtime", mayWait: true };
    },
  },
  {
    name: "channel: create",
    authenticated: true,
    share: 5,
    most: 2000,
    make: administering("POST", () => "/v1/channels", {
      slug: "made",
      title: "Made",
      kickUsername: "k",
      url: "https://a.example/",
    }),
  },
  {
    name: "channel: settings",
    authenticated: true,
    share: 8,
    most: 20000,
    make: administering("PATCH", (world, random) => ruledPath(world, random), {
      title: "T",
      kickUsername: "k",
      url: "https://a.example/",
    }),
  },
  {
    name: "channel: token",
    authenticated: true,
    share: 5,
    most: 20_000,
    make: administering("POST", (world, random) => ruledPath(world, random, "/token"), { graceSeconds: 0 }),
  },
  {
    name: "channel: members",
    authenticated: true,
    share: 8,
    most: 20000,
    make: (world, random) => {
      const account = random.chance(0.6) ? pick(random, ["mallory", "admin", "ruler"]) : word(random);
      const path = ruledPath(world, random, `/members/${inAddress(random, account) || "x"}`);
      const method = pick(random, ["PUT", "PUT", "DELETE"]);
      const body = random.chance(0.5) ? mutateJson(random, { role: "moderator" }) : '{"role":"moderator"}';
      return ours(request(method, path, world.ruler, method === "PUT" ? body : undefined));
    },
  },
  {
    name: "channel: read",
    authenticated: true,
    share: 8,
    make: reading(
      (world, random) => ruledPath(world, random, pick(random, ["", "/members"])),
      (world) => world.ruler,
    ),
  },
  {
    name: "channels, accounts, keys: list",
    authenticated: true,
    share: 2,
    most: 5000,
    make: reading(
      (_, random) => pick(random, ["/v1/channels", "/v1/accounts", "/v1/keys"]),
      (world) => world.administrator,
    ),
  },
  {
    name: "me, server",
    authenticated: true,
    share: 6,
    make: reading(
      (_, random) => pick(random, ["/v1/me", "/v1/server"]),
      (world) => world.administrator,
    ),
  },
  {
    name: "account: create",
    authenticated: true,
    share: 4,
    most: 1000,
    make: (world, random) =>
      ours(request("POST", "/v1/accounts", world.administrator, mutateJson(random, { name: "made" }))),
  },
  {
    name: "key: create",
    authenticated: true,
    share: 4,
    most: 1000,
    make: administering("POST", () => "/v1/keys", {
      name: "k",
      scopes: ["events:read"],
      account: "ruler",
      channels: ["ruled-one"],
    }),
  },
  {
    name: "key: revoke",
    authenticated: true,
    share: 5,
    most: 5000,
    make: (world, random) => {
      const id = random.chance(0.3)
        ? String(random.below(100_000))
        : inAddress(random, String(anyValue(random, 3))) || "x";
      return ours(request("DELETE", `/v1/keys/${id}`, world.ruler));
    },
  },
  {
    name: "native WebSocket: address",
    authenticated: true,
    share: 10,
    make: (world, random) => {
      const after = inAddress(random, mutatedCursor(random, world));
      const slug = random.chance(0.7) ? world.read.slug : inAddress(random, mutateText(random, world.read.slug)) || "x";
      const path = `${events(world, slug)}?after=${after}`;
      return socket("native", handshakeText({ path, headers: { Authorization: `Bearer ${world.key}` } }), [], random);
    },
  },
  {
    name: "native WebSocket: first message",
    authenticated: true,
    share: 20,
    make: (world, random) => {
      const secret = random.chance(0.5) ? world.key : world.read.streamToken;
      const auth = { type: "auth", token: secret };
      const payload = random.chance(0.6) ? mutateJson(random, auth) : mutateText(random, JSON.stringify(auth));
      const content = random.chance(0.1) ? JSON.stringify(auth) : payload;
      const handshake = nativeHandshake(world, "head", { Authorization: null });
      return socket(
        "native",
        handshake,
        wellFramed(random, 1, () => content),
        random,
      );
    },
  },
  {
    name: "native WebSocket: frames",
    authenticated: true,
    share: 260,
    make: (world, random) =>
      socket(
        "native",
        nativeHandshake(world),
        wellFramed(random, 50, () => anyPayload(random)),
        random,
      ),
  },
  {
    name: "Tuniform: address",
    authenticated: true,
    share: 12,
    make: (world, random) => {
      const query = mutatedQuery(random, [
        ["token", world.read.streamToken],
        ["after", mutatedCursor(random, world)],
      ]);
      return socket("tuniform", handshakeText({ path: `/ws?${query}` }), [], random);
    },
  },
  {
    name: "Tuniform: frames",
    authenticated: true,
    share: 260,
    make: (world, random) => {
      const { streamToken } = random.chance(0.1) ? world.store : world.read;
      return socket(
        "tuniform",
        handshakeText({ path: `/ws?token=${streamToken}` }),
        wellFramed(random, 200, () => anyPayload(random)),
        random,
      );
    },
  },
  {
    name: "Pally: address",
    authenticated: true,
    share: 12,
    make: (world, random) => {
      const channel = random.chance(0.8) ? "activity-feed" : "firehose";
      const pairs = [
        ["auth", world.key],
        ["channel", channel],
        ["room", world.read.slug],
        ["after", mutatedCursor(random, world)],
      ] as const;
      return socket("pally", handshakeText({ path: `/?${mutatedQuery(random, pairs)}` }), [], random);
    },
  },
  {
    name: "Pally: ping and echo",
    authenticated: true,
    share: 190,
    make: (world, random) => {
      const payload = () => {
        if (random.chance(0.2)) return mutateText(random, "ping");
        return mutateJson(random, { type: "echo", payload: anyValue(random) });
      };
      const path = `/?auth=${world.key}&channel=activity-feed&room=${world.read.slug}`;
      return socket("pally", handshakeText({ path }), wellFramed(random, 50, payload), random);
    },
  },
  {
    name: "Pally: other frames",
    authenticated: true,
    share: 100,
    make: (world, random) => {
      const path = `/?auth=${world.key}&channel=firehose`;
      return socket(
        "pally",
        handshakeText({ path }),
        wellFramed(random, 50, () => anyPayload(random)),
        random,
      );
    },
  },
  {
    name: "WebSocket: broken framing",
    authenticated: true,
    share: 20,
    make: (world, random) => {
      const [protocol, handshake] = doors(world, random);
      const before = wellFramed(random, random.below(3), () => "ping");
      const broken = Array.from({ length: 1 + random.below(4) }, () => brokenFrame(random));
      // What comes behind the first broken one may never be looked at.
      return socket(protocol, handshake, [...before, ...broken], random, { wellFramed: false, count: 1 });
    },
  },
  {
    name: "WebSocket: broken handshake",
    authenticated: false,
    share: 12,
    make: (world, random) => {
      const [protocol, handshake] = doors(world, random);
      const mutated = mutateBytes(random, Buffer.from(handshake, "latin1")).toString("latin1");
      return socket(protocol, mutated, [], random, { wellFramed: false });
    },
  },
  {
    name: "HTTP: request line",
    authenticated: false,
    share: 10,
    make: (_, random) => {
      const line = `${pick(random, methods)} ${random.chance(0.5) ? pick(random, targets) : word(random)} ${pick(random, versions)}`;
      return raw(Buffer.from(`${line}\r\nHost: localhost\r\n\r\n`, "latin1"));
    },
  },
  {
    name: "HTTP: headers",
    authenticated: false,
    share: 10,
    make: (_, random) => {
      const host = `Host: ${random.chance(0.5) ? "localhost" : word(random)}\r\n`;
      const lines = Array.from(
        { length: random.below(5) },
        () => `${word(random)}${pick(random, [":", ": ", " :", ""])}${word(random)}\r\n`,
      );
      return raw(
        Buffer.from(`GET /v1/me HTTP/1.1\r\n${host}${lines.join("")}\r\n`, random.chance(0.5) ? "latin1" : "utf8"),
      );
    },
  },
  {
    name: "HTTP: two lengths, smuggling",
    authenticated: false,
    share: 12,
    make: (world, random) =>
      raw(random.chance(0.5) ? smuggled(random, world) : mutateBytes(random, smuggled(random, world))),
  },
  {
    name: "HTTP: any address",
    authenticated: false,
    share: 6,
    make: (_, random) => {
      const path = `/${inAddress(random, word(random))}/${inAddress(random, word(random))}`;
      const method = pick(random, ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]);
      return {
        via: "http",
        bytes: request(method, path, "x", method === "GET" ? undefined : word(random)),
        answers: "runtime",
      };
    },
  },
  {
    name: "HTTP: bytes",
    authenticated: false,
    share: 4,
    make: (_, random) => {
      const bytes = new Uint8Array(1 + random.below(400));
      for (let i = 0; i < bytes.length; i++) bytes[i] = random.below(256);
      return raw(Buffer.from(bytes));
    },
  },
];

import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { pallyPageKeys, pallyTipKeys } from "../src/platforms/pally/wire.ts";
import { tuniformKeys } from "../src/platforms/tuniform/wire.ts";
import { chromiumPath, launchChromium } from "./chromium.ts";
import { api, type Program, startProgram } from "./program.ts";

/**
 * Clients that share no code with us read the three protocols out of the running program: `ws` on Node, and a page in
 * Chromium. What they got is compared with what the services' own pages show (`fixtures/`), key by key, type by type.
 */
interface Met {
  readonly frames: readonly string[];
  readonly binary: number;
  readonly closed?: { readonly code: number };
  readonly refused?: { readonly status: number; readonly type: string; readonly body: string };
}

interface Dialled {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly say?: readonly string[];
}

/** A channel of the running program, with what a client needs to read it. */
interface Stage {
  readonly slug: string;
  readonly id: number;
  readonly token: string;
  readonly key: string;
}

let program: Program;

beforeAll(async () => {
  program = await startProgram();
});

afterAll(async () => {
  await program.stop();
});

async function stage(slug: string): Promise<Stage> {
  await api(program, "POST", "/accounts", { name: slug });
  const settings = { slug, account: slug, title: "Mohamed Ali", kickUsername: "creator_kick_handle" };
  const { id, streamToken } = await api<{ id: number; streamToken: string }>(program, "POST", "/channels", settings);
  const { key } = await api<{ key: string }>(program, "POST", "/keys", { name: "client", account: slug });
  return { slug, id, token: streamToken, key };
}

/** Six events, one of them a replay, one that only the native protocol has words for. */
async function happen({ slug }: Stage): Promise<string> {
  const send = (body: object) => api<{ id: string }>(program, "POST", `/channels/${slug}/events`, body);
  const gift = {
    name: "Ahmed",
    amount: "5.00",
    currency: "USD",
    message: "Great stream!",
    avatarUrl: "https://a.example/b",
  };
  const { id } = await send(gift);
  const subscription = { tier: "Gold Tier", period: "monthly", duration: 30, streak: 3, amount: "15", currency: "TND" };
  await send({ type: "subscription", name: "Ahmed", ...subscription });
  await send({ type: "custom", message: "a wheel was spun" });
  await send({ amount: "1.25", fee: "0.25", currency: "USD", message: "gg", test: true });
  await send({ type: "follow", name: "Bo" });
  await api(program, "POST", `/channels/${slug}/events/${id}/replay`);
  return id;
}

const counts = { native: 1 + 6, tuniform: 1 + 5, activityFeed: 2 + 3, firehose: 3 };
const echoed = '{"type" : "campaigntip.notify","payload":{"campaignTip":{"id":"TEST","n":1.00}}}';

/** The four addresses: native, Tuniform, and Pally's two feeds. */
function addresses({ slug, token, key }: Stage): Record<keyof typeof counts, Dialled> {
  const base = program.url.replace(/^http/, "ws");
  return {
    native: { url: `${base}/v1/channels/${slug}/events` },
    tuniform: { url: `${base}/ws?token=${token}`, say: ["hello?"] },
    activityFeed: {
      url: `${base}?auth=${key}&channel=activity-feed&room=${slug}`,
      say: ["ping", `{"type":"echo","payload":${echoed}}`, '{"type":"ping"}'],
    },
    firehose: { url: `${base}?channel=firehose&auth=${key}` },
  };
}

type Shape = [string, string][];

/** Keys in their order, each with the type of its value. */
function shape(value: unknown): Shape {
  return Object.entries(value as object).map(([key, each]) => [key, each === null ? "null" : typeof each]);
}

function fixture(name: string): Record<string, unknown>[] {
  const lines = readFileSync(join(import.meta.dir, "fixtures", name), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

function parsed(frames: readonly string[] | undefined): Record<string, unknown>[] {
  return (frames ?? []).map((frame) => JSON.parse(frame) as Record<string, unknown>);
}

const nativeShape: Record<string, readonly string[]> = {
  id: ["string"],
  cursor: ["string"],
  kind: ["string"],
  arrival: ["string"],
  receivedAt: ["string"],
  replayOf: ["string", "null"],
  type: ["string"],
  origin: ["string"],
  externalId: ["string"],
  occurredAt: ["string"],
  name: ["string", "null"],
  anonymous: ["boolean"],
  message: ["string"],
  messageKind: ["string"],
  amount: ["object", "null"],
  fee: ["object", "null"],
  net: ["object", "null"],
  stated: ["object", "null"],
  tier: ["string", "null"],
  period: ["string", "null"],
  duration: ["number", "null"],
  streak: ["number", "null"],
  avatarUrl: ["string", "null"],
  ttsUrl: ["string", "null"],
  voiceUrl: ["string", "null"],
  kickUsername: ["string", "null"],
  test: ["boolean"],
};

function checkNative(frames: readonly string[] | undefined, { slug, id }: Stage, gift: string): void {
  const [hello, ...events] = parsed(frames);
  expect(shape(hello)).toEqual([
    ["type", "string"],
    ["protocol", "number"],
    ["channel", "object"],
    ["cursor", "string"],
    ["head", "string"],
    ["keepalive", "number"],
  ]);
  expect(hello).toMatchObject({ type: "hello", protocol: 1, channel: { id, slug, title: "Mohamed Ali" } });
  for (const event of events) {
    expect(Object.keys(event)).toEqual(Object.keys(nativeShape));
    for (const [key, type] of shape(event))
      expect([key, nativeShape[key]]).toEqual([key, expect.arrayContaining([type])]);
  }
  expect(events.map(({ kind, type }) => `${kind} ${type}`)).toEqual([
    "event donation",
    "event subscription",
    "event custom",
    "event donation",
    "event follow",
    "replay donation",
  ]);
  const money = { value: "5.00", minor: 500, exponent: 2, currency: "USD" };
  expect(events[0]).toMatchObject({ id: gift, name: "Ahmed", anonymous: false, amount: money, replayOf: null });
  expect(events[3]).toMatchObject({ name: null, anonymous: true, test: true, fee: { value: "0.25" } });
  expect(events[5]).toMatchObject({ replayOf: gift, name: "Ahmed", amount: money });
}

function checkTuniform(frames: readonly string[] | undefined, { slug, id }: Stage): void {
  const [handshake, donation, subscription] = fixture("tuniform-session.jsonl");
  const [connected, ...events] = parsed(frames);
  expect(shape(connected)).toEqual(shape(handshake));
  expect(connected).toEqual({ type: "CONNECTED", kick_username: "creator_kick_handle", user_id: id });
  expect(events.map(({ type }) => type)).toEqual(["donation", "subscription", "donation", "follow", "donation"]);
  for (const event of events) {
    expect(Object.keys(event)).toEqual([...tuniformKeys]);
    expect(shape(event)).toEqual(shape(event["type"] === "subscription" ? subscription : donation));
    expect(event["timestamp"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$/);
    expect(event).toMatchObject({ receiver_username: slug, receiver_display_name: "Mohamed Ali" });
  }
  expect(frames?.[1]).toContain('"amount":5.00,"currency":"USD"');
  expect(events[0]).toMatchObject({ sender_username: "Ahmed", sender_avatar: "https://a.example/b", duration: "" });
  expect(events[1]).toMatchObject({ amount: 15, tier: "Gold Tier", duration: 30, period: "monthly", streak: 3 });
  expect(events[2]).toMatchObject({ sender_username: "", amount: 1.25 });
  expect(events[3]).toMatchObject({ sender_username: "Bo", amount: 0, currency: "" });
  expect(events[4]).toEqual(events[0] ?? {});
}

function checkPally(frames: readonly string[], { slug, id }: Stage, gift: string): void {
  const [example] = fixture("pally-tips.jsonl") as unknown as { payload: { campaignTip: object; page: object } }[];
  type Tip = Record<string, unknown>;
  const tips = parsed(frames) as unknown as { type: string; payload: { campaignTip: Tip; page: object } }[];
  for (const tip of tips) {
    expect(shape(tip)).toEqual(shape(example));
    expect(shape(tip.payload)).toEqual(shape(example?.payload));
    expect(shape(tip.payload.campaignTip).slice(0, pallyTipKeys.length)).toEqual(shape(example?.payload.campaignTip));
    expect(Object.keys(tip.payload.campaignTip).slice(0, pallyTipKeys.length)).toEqual([...pallyTipKeys]);
    expect(shape(tip.payload.page)).toEqual(shape(example?.payload.page));
    expect(Object.keys(tip.payload.page)).toEqual([...pallyPageKeys]);
    expect(tip.payload.page).toEqual({ id: String(id), slug, title: "Mohamed Ali", url: `${program.url}/` });
    expect(tip.payload.campaignTip["createdAt"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
  const [first, anonymous, replay] = tips.map(({ payload }) => payload.campaignTip);
  const dollars = { grossAmountInCents: 500, netAmountInCents: 500, processingFeeInCents: 0 };
  expect(first).toMatchObject({ id: gift, displayName: "Ahmed", message: "Great stream!", ...dollars });
  const extras = { currency: "USD", amount: "1.25", test: true };
  const withFee = { grossAmountInCents: 125, netAmountInCents: 100, processingFeeInCents: 25 };
  expect(anonymous).toMatchObject({ displayName: "", message: "gg", ...withFee, ...extras });
  expect(replay).toEqual({ ...first, replay: true });
}

function checkAll(met: Readonly<Record<string, Met>>, of: Stage, gift: string): void {
  const { native, tuniform, activityFeed, firehose } = met;
  checkNative(native?.frames, of, gift);
  checkTuniform(tuniform?.frames, of);
  expect(activityFeed?.frames.slice(0, 2)).toEqual(["pong", echoed]);
  checkPally(activityFeed?.frames.slice(2) ?? [], of, gift);
  checkPally(firehose?.frames ?? [], of, gift);
  const got = Object.fromEntries(Object.entries(met).map(([name, { frames }]) => [name, frames.length]));
  expect(got).toEqual(counts);
  expect(Object.values(met).map(({ binary }) => binary)).toEqual([0, 0, 0, 0]);
}

/** Runs the client of `foreign-client.mjs`; its first line says that it is connected, its second what it met in the end. */
function onNode(dialled: readonly Dialled[]) {
  const child = Bun.spawn(["node", join(import.meta.dir, "foreign-client.mjs"), JSON.stringify(dialled)], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const lines = linesOf(child.stdout);
  return {
    async next() {
      const { value } = await lines.next();
      return JSON.parse(value ?? "{}") as { node?: string; bun?: string; met: Met[] };
    },
  };
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of stream) {
    text += decoder.decode(bytes, { stream: true });
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n")) {
      yield text.slice(0, at);
      text = text.slice(at + 1);
    }
  }
}

test("ws on Node: every refusal with its body", async () => {
  const { key, slug } = await stage("refusals");
  const foreign = await stage("foreigner");
  const base = program.url.replace(/^http/, "ws");
  const expected: readonly [string, number, string | RegExp][] = [
    ["/ws", 401, "Missing 'token' query parameter"],
    ["/ws?token=", 401, "Invalid or expired token"],
    ["/ws?token=abc", 401, "Invalid or expired token"],
    [`/ws?token=${"0".repeat(64)}`, 401, "Invalid or expired token"],
    [`/ws?token=${key}`, 401, "Invalid or expired token"],
    [`/ws?token=${foreign.token}&after=rubbish`, 400, /^This is no cursor/],
    ["/?channel=firehose", 401, /API key/],
    ["/?auth=nonsense&channel=firehose", 401, /API key/],
    [`/?auth=${foreign.token}&channel=firehose`, 401, /API key/],
    [`/?auth=${key}&channel=chat`, 400, /no such feed/],
    [`/?auth=${key}&channel=activity-feed`, 400, /room is missing/],
    [`/?auth=${key}&channel=activity-feed&room=nobody`, 404, /no such room/],
    [`/?auth=${key}&channel=activity-feed&room=${foreign.slug}`, 404, /no such room/],
    [`/?auth=${key}&channel=activity-feed&room=${slug}&after=rubbish`, 400, /^This is no cursor/],
  ];
  const client = onNode(expected.map(([path]) => ({ url: base + path })));
  const { met } = await client.next();
  expect(met.map(({ refused }) => [refused?.status, refused?.type])).toEqual(
    expected.map(([, status]) => [status, "text/plain; charset=utf-8"]),
  );
  for (const [i, [, , body]] of expected.entries()) {
    if (typeof body === "string") expect(met[i]?.refused?.body).toBe(body);
    else expect(met[i]?.refused?.body).toMatch(body);
  }
});

test("ws on Node reads the three protocols, and is told to come back when the server stops", async () => {
  const own = await startProgram();
  const shared = program;
  program = own;
  try {
    const of = await stage("streamer123");
    const { native, ...others } = addresses(of);
    const dialled = { native: { ...native, headers: { authorization: `Bearer ${of.key}` } }, ...others };
    const client = onNode(Object.values(dialled));
    const { node, bun } = await client.next();
    expect(bun).toBeUndefined();
    expect(Number(node?.split(".")[0])).toBeGreaterThanOrEqual(20);
    const gift = await happen(of);
    await own.stop();
    const { met } = await client.next();
    const [nativeMet, ...rest] = met as [Met, ...Met[]];
    expect(JSON.parse(nativeMet.frames.at(-1) ?? "{}")).toMatchObject({ type: "reconnect" });
    const said = [{ ...nativeMet, frames: nativeMet.frames.slice(0, -1) }, ...rest];
    checkAll(Object.fromEntries(Object.keys(counts).map((name, i) => [name, said[i] as Met])), of, gift);
    expect(met.map(({ closed }) => closed?.code)).toEqual([4000, 1001, 1001, 1001]);
  } finally {
    program = shared;
    await own.stop();
  }
});

test.skipIf(chromiumPath === undefined)("a page in Chromium reads the three protocols", async () => {
  const of = await stage("watched");
  let browser: Browser | undefined;
  try {
    browser = await launchChromium();
    const page = await browser.newPage();
    const { native, ...others } = addresses(of);
    const auth = JSON.stringify({ type: "auth", token: of.token });
    await open(page, Object.values({ native: { ...native, say: [auth] }, ...others }));
    await page.waitForFunction(() => met().every(({ frames }, i) => i > 1 || frames.length > 0));
    const gift = await happen(of);
    const wanted = Object.values(counts);
    await page.waitForFunction((least) => met().every(({ frames }, i) => frames.length >= (least[i] ?? 0)), wanted);
    const all = await page.evaluate(() => met());
    checkAll(Object.fromEntries(Object.keys(counts).map((name, i) => [name, all[i] as Met])), of, gift);

    const refused = { url: `${program.url.replace(/^http/, "ws")}/ws?token=abc` };
    await open(page, [refused]);
    await page.waitForFunction(() => met()[0]?.closed?.code === 1006);
  } finally {
    await browser?.close();
  }
});

/** What the page has met so far; lives in the page. */
declare function met(): Met[];

/** Opens the sockets in the page with nothing but what a browser has. */
async function open(page: Page, dialled: readonly Dialled[]): Promise<void> {
  await page.evaluate(async (list) => {
    const all = list.map(() => ({
      frames: [] as string[],
      binary: 0,
      closed: undefined as { code: number } | undefined,
    }));
    Object.assign(globalThis, { met: () => all });
    await Promise.all(
      list.map(({ url, say = [] }, i) => {
        const socket = new WebSocket(url);
        const entry = all[i];
        socket.onmessage = ({ data }: MessageEvent<unknown>) => {
          if (typeof data === "string") entry?.frames.push(data);
          else if (entry !== undefined) entry.binary++;
        };
        return new Promise<void>((resolve) => {
          socket.onopen = () => {
            for (const message of say) socket.send(message);
            resolve();
          };
          socket.onclose = ({ code }) => {
            if (entry !== undefined) entry.closed = { code };
            resolve();
          };
        });
      }),
    );
  }, dialled);
}

import { afterAll, beforeAll, expect, test } from "bun:test";
import { type ConnectionInfo, follow, type Page, type TipwireEvent } from "@tipwire/client";
import { systemClock } from "../src/core/clock.ts";
import type { PallyNotify } from "../src/platforms/pally/wire.ts";
import { rest, subscribe } from "./centrifugo-socket.ts";
import { freePort, guideSettings } from "./donationalerts-side.ts";
import { application, Browser, granted } from "./donationalerts-world.ts";
import { api, type Program, startProgram } from "./program.ts";
import { recorded } from "./recorded.ts";
import { RecordedDonationAlerts, subscribed, userId } from "./recorded-donationalerts.ts";
import { StagePage } from "./stage-page.ts";
import { type Script, TranscriptPlayer } from "./transcript-player.ts";

/** Recorded bytes, from a platform's socket into the log of the running program and out over every protocol. */

const tips = recorded("pally-tips.jsonl");
const [handshake = "", ...alerts] = recorded("tuniform-session.jsonl");
const [push = ""] = recorded("donationalerts-push.jsonl");

/** Opened when everybody listens. */
const curtain = Promise.withResolvers<void>();

const pallyScript: Script = async (line) => {
  line.accept();
  await line.text();
  line.say("pong");
  await curtain.promise;
  line.say(...tips);
  await line.ended();
};

const tuniformScript: Script = async (line) => {
  line.accept();
  line.say(handshake);
  await curtain.promise;
  line.say(...alerts);
  await line.ended();
};

const donationAlertsScript: Script = async (line) => {
  // The login asked whose tokens these are, and was given the first connection token.
  await subscribed(line, 2);
  await curtain.promise;
  line.say(`${push}\n`);
  await line.ended();
};

let donationAlerts: RecordedDonationAlerts;
let pally: TranscriptPlayer;
let tuniform: TranscriptPlayer;
let program: Program;

beforeAll(async () => {
  pally = await TranscriptPlayer.start(pallyScript);
  tuniform = await TranscriptPlayer.start(tuniformScript);
  donationAlerts = await RecordedDonationAlerts.start(donationAlertsScript);
  const port = await freePort();
  program = await startProgram({
    port,
    env: {
      ...guideSettings({ registered: donationAlerts.oauth(systemClock).application }),
      REDIRECT_URI: `http://localhost:${port}/api/auth/donationalerts/callback`,
      TIPWIRE_PALLY_URL: pally.url,
      TIPWIRE_TUNIFORM_URL: `${tuniform.url}/ws`,
    },
  });
});

afterAll(async () => {
  await program.stop();
  pally.stop();
  tuniform.stop();
  await donationAlerts.stop();
});

/** Logs in as whoever the recorded DonationAlerts says; consent there is not recorded. */
async function logIn(slug: string): Promise<void> {
  const browser = new Browser(program);
  await browser.signIn(slug);
  const path = "/api/auth/donationalerts";
  const sent = await browser.get(`${path}/login?channel=${slug}`);
  const state = new URL(sent.headers.get("location") ?? "").searchParams.get("state") ?? "";
  const back = await browser.get(`${path}/callback?code=c&state=${state}`);
  expect(back.headers.get("location")).toBe("/?status=success");
}

/** What follows with our own client get, by one transport. */
function following(token: string, transport: "websocket" | "sse" | "poll") {
  const events: TipwireEvent[] = [];
  const live = Promise.withResolvers<void>();
  const follower = follow({
    url: program.url,
    token,
    transports: [transport],
    onEvent: (event) => void events.push(event),
    onState: ({ status }) => status === "live" && live.resolve(),
  });
  return { events, live: live.promise, stop: () => follower.stop() };
}

/** The frames of a client, `count` of them as soon as they are there. */
function listen(address: string): { readonly opened: Promise<void>; got(count: number): Promise<readonly string[]> } {
  const socket = new WebSocket(program.url.replace("http", "ws") + address);
  const frames: string[] = [];
  let wake: () => void = () => undefined;
  socket.addEventListener("message", ({ data }) => {
    frames.push(String(data));
    wake();
  });
  const opened = new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error(address)));
  });
  return {
    opened,
    async got(count) {
      while (frames.length < count) await new Promise<void>((resolve) => (wake = resolve));
      return frames;
    },
  };
}

async function live(id: string): Promise<void> {
  while ((await api<ConnectionInfo>(program, "GET", `/connections/${id}`)).status !== "live") await Bun.sleep(10);
}

test("in as recorded, out as each protocol says it", async () => {
  const tokens = await granted(program, "ana", await application(program, "bot", "http://localhost:1/"));
  const { streamToken } = await api<{ streamToken: string }>(program, "POST", "/channels/ana/token", {});
  for (const [platform, key] of [
    ["pally", "key"],
    ["tuniform", "ab".repeat(32)],
  ]) {
    const { id } = await api<ConnectionInfo>(program, "POST", "/connections", { channel: "ana", platform, key });
    await live(id);
  }
  await logIn("ana");
  const { connections } = await api<{ connections: ConnectionInfo[] }>(program, "GET", "/connections");
  for (const { id } of connections) await live(id);

  const followers = (["websocket", "sse", "poll"] as const).map((transport) => following(streamToken, transport));
  const { url: link } = await api<{ url: string }>(program, "POST", "/channels/ana/overlays", {});
  const overlay = new StagePage({ url: program.url, link, plays: 20 });
  await overlay.frame("settings");
  const centrifugo = (await subscribe(tokens.accessToken, program, program)).socket;
  const asGuide = listen(`/ws?token=${streamToken}&feed=guide`);
  const asTuniform = listen(`/ws?token=${streamToken}`);
  const asPally = listen(`/?auth=${program.key}&channel=activity-feed&room=ana`);
  await Promise.all([asGuide.opened, asTuniform.opened, asPally.opened, ...followers.map(({ live }) => live)]);
  await asTuniform.got(1);
  curtain.resolve();
  const [donation, subscription] = alerts.map((frame) => ({ ...(JSON.parse(frame) as object), ...receiver }));
  const said = (await asTuniform.got(6)).slice(1);
  const gifts = said.filter((frame) => frame.includes('"currency":"TND"'));
  expect(gifts.map((frame) => JSON.parse(frame) as unknown)).toEqual([
    { ...donation, timestamp: "2026-04-11T16:00:00+00:00" },
    { ...subscription, timestamp: "2026-04-11T16:05:00+00:00" },
  ]);
  expect(gifts[0]).toContain('"amount":50.000,"currency":"TND"');
  expect(namesOf(said)).toEqual(["", "", "Someone", "ahmed_ben", "ahmed_ben"]);

  const tipped = (await asPally.got(4)).map((frame) => (JSON.parse(frame) as PallyNotify).payload);
  const page = expect.objectContaining({ slug: "ana" });
  const isRecorded = ({ campaignTip: { message } }: PallyNotify["payload"]) => message === recordedMessage;
  expect(tipped.filter((tip) => tip.campaignTip.currency === "USD" && !isRecorded(tip))).toEqual([
    { campaignTip: { ...tipOf(tips[0]), currency: "USD", amount: "5.00" }, page },
    { campaignTip: { ...tipOf(tips[1]), currency: "USD", amount: "1.25" }, page },
  ]);
  expect(tipped.find(isRecorded)).toMatchObject({ campaignTip: { grossAmountInCents: 2200 }, page: { slug: "ana" } });
  expect(tipped.find(({ campaignTip }) => campaignTip.currency === "TND")?.campaignTip).toMatchObject({
    displayName: "ahmed_ben",
    grossAmountInCents: 5000,
    amount: "50.000",
  });

  const { events } = await api<Page>(program, "GET", "/channels/ana/events");
  expect(events.map(({ origin, type, arrival }) => `${origin} ${type} ${arrival}`).sort()).toEqual([
    `donationalerts:${userId} donation live`,
    "pally:1627451579049x550722173620715500 donation live",
    "pally:1627451579049x550722173620715500 donation live",
    "tuniform:12345 donation live",
    "tuniform:12345 subscription live",
  ]);

  for (const follower of followers) {
    while (follower.events.length < 5) await Bun.sleep(10);
    follower.stop();
    expect(follower.events).toEqual([...events]);
  }

  const donations = ["Someone 5 USD", "ahmed_ben 50 TND", "null 1.25 USD", "null 22 USD"];
  const { data } = (await (await rest(program, "/alerts/donations", tokens.accessToken)).json()) as {
    data: Donation[];
  };
  expect(data.map(shortly).sort()).toEqual(donations);
  // Two answers, the confirmation, and what was pushed.
  await centrifugo.until(() => centrifugo.frames.length >= 3 + donations.length);
  const pushes = centrifugo.frames.slice(3) as unknown as readonly { result: { data: { data: Donation } } }[];
  const pushed = pushes.map(({ result }) => result.data.data);
  expect(pushed.map(shortly).sort()).toEqual(donations);
  centrifugo.close();
  const guide = (await asGuide.got(donations.length)).map((frame) => (JSON.parse(frame) as { data: Donation }).data);
  expect(guide.map(shortly).sort()).toEqual(donations);
  const theirs = (JSON.parse(push) as { result: { data: { data: Donation & { message: string } } } }).result.data.data;
  for (const all of [pushed, guide]) {
    const ours = all.find(({ amount }) => amount === 22);
    expect(Object.keys(ours ?? {})).toEqual(Object.keys(theirs));
    expect(ours).toMatchObject({ id: 164405432, message: recordedMessage, created_at: "2025-04-12 07:15:49" });
  }

  while (overlay.shown.length < events.length) await Bun.sleep(10);
  expect(overlay.shown.map(({ event }) => event).sort()).toEqual(events.map(({ id }) => id).sort());
  const alert = overlay.shown.find(({ alert: { amount } }) => amount?.value === "22.00")?.alert;
  expect(alert).toMatchObject({ kind: "donation", name: null, message: recordedMessage, amount: { currency: "USD" } });
  overlay.close();
});

const recordedMessage = '"Повесть о Конце Света"';

interface Donation {
  readonly username: string | null;
  readonly amount: number;
  readonly currency: string;
}

function shortly({ username, amount, currency }: Donation): string {
  return `${username} ${amount} ${currency}`;
}

/** Whom our own frames name, in place of whom the recorded ones do. */
const receiver = { receiver_username: "ana", receiver_display_name: "Ana plays", receiver_avatar: "" };

function tipOf(frame = ""): PallyNotify["payload"]["campaignTip"] {
  return (JSON.parse(frame) as PallyNotify).payload.campaignTip;
}

function namesOf(frames: readonly string[]): string[] {
  return frames.map((frame) => (JSON.parse(frame) as { sender_username: string }).sender_username).sort();
}

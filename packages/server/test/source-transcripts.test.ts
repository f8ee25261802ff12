import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ConnectionInfo, Page } from "@tipwire/client";
import type { PallyNotify } from "../src/platforms/pally/wire.ts";
import { application, granted } from "./donationalerts-world.ts";
import { api, type Program, startProgram } from "./program.ts";
import { recorded } from "./recorded.ts";
import { type Script, TranscriptPlayer } from "./transcript-player.ts";

/** Recorded bytes, from a platform's socket into the log of the running program and out over every protocol. */

const tips = recorded("pally-tips.jsonl");
const [handshake = "", ...alerts] = recorded("tuniform-session.jsonl");

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

let pally: TranscriptPlayer;
let tuniform: TranscriptPlayer;
let program: Program;

beforeAll(async () => {
  pally = await TranscriptPlayer.start(pallyScript);
  tuniform = await TranscriptPlayer.start(tuniformScript);
  program = await startProgram({
    env: { TIPWIRE_PALLY_URL: pally.url, TIPWIRE_TUNIFORM_URL: `${tuniform.url}/ws` },
  });
});

afterAll(async () => {
  await program.stop();
  pally.stop();
  tuniform.stop();
});

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
  const asTuniform = listen(`/ws?token=${streamToken}`);
  const asPally = listen(`/?auth=${program.key}&channel=activity-feed&room=ana`);
  await Promise.all([asTuniform.opened, asPally.opened]);
  await asTuniform.got(1);
  curtain.resolve();
  const [donation, subscription] = alerts.map((frame) => ({ ...(JSON.parse(frame) as object), ...receiver }));
  const said = (await asTuniform.got(5)).slice(1);
  const gifts = said.filter((frame) => frame.includes('"currency":"TND"'));
  expect(gifts.map((frame) => JSON.parse(frame) as unknown)).toEqual([
    { ...donation, timestamp: "2026-04-11T16:00:00+00:00" },
    { ...subscription, timestamp: "2026-04-11T16:05:00+00:00" },
  ]);
  expect(gifts[0]).toContain('"amount":50.000,"currency":"TND"');
  expect(namesOf(said)).toEqual(["", "Someone", "ahmed_ben", "ahmed_ben"]);

  const tipped = (await asPally.got(3)).map((frame) => (JSON.parse(frame) as PallyNotify).payload);
  const page = expect.objectContaining({ slug: "ana" });
  expect(tipped.filter(({ campaignTip: { currency } }) => currency === "USD")).toEqual([
    { campaignTip: { ...tipOf(tips[0]), currency: "USD", amount: "5.00" }, page },
    { campaignTip: { ...tipOf(tips[1]), currency: "USD", amount: "1.25" }, page },
  ]);
  expect(tipped.find(({ campaignTip }) => campaignTip.currency === "TND")?.campaignTip).toMatchObject({
    displayName: "ahmed_ben",
    grossAmountInCents: 5000,
    amount: "50.000",
  });

  const { events } = await api<Page>(program, "GET", "/channels/ana/events");
  expect(events.map(({ origin, type, arrival }) => `${origin} ${type} ${arrival}`).sort()).toEqual([
    "pally:1627451579049x550722173620715500 donation live",
    "pally:1627451579049x550722173620715500 donation live",
    "tuniform:12345 donation live",
    "tuniform:12345 subscription live",
  ]);

  const headers = { authorization: `Bearer ${tokens.accessToken}` };
  const answer = await fetch(`${program.url}/api/v1/alerts/donations`, { headers });
  const { data } = (await answer.json()) as { data: { username: string | null; amount: number; currency: string }[] };
  expect(data.map(({ username, amount, currency }) => `${username} ${amount} ${currency}`).sort()).toEqual([
    "Someone 5 USD",
    "ahmed_ben 50 TND",
    "null 1.25 USD",
  ]);
});

/** Whom our own frames name, in place of whom the recorded ones do. */
const receiver = { receiver_username: "ana", receiver_display_name: "Ana plays", receiver_avatar: "" };

function tipOf(frame = ""): PallyNotify["payload"]["campaignTip"] {
  return (JSON.parse(frame) as PallyNotify).payload.campaignTip;
}

function namesOf(frames: readonly string[]): string[] {
  return frames.map((frame) => (JSON.parse(frame) as { sender_username: string }).sender_username).sort();
}

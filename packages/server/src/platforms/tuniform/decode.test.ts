import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import type { StreamEvent } from "../../core/event.ts";
import { decodeTuniform, TuniformConnection } from "./decode.ts";

const lines = readFileSync(new URL("../../../test/fixtures/tuniform-session.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n");
const [handshake = "", donation = "", subscription = ""] = lines;

function read(text: string, connection = new TuniformConnection({ userId: "12345" })): StreamEvent {
  const decoded = decodeTuniform(text, connection);
  if (decoded.status !== "event") throw new Error(JSON.stringify(decoded));
  return decoded.event;
}

function change(text: string, fields: object): string {
  return JSON.stringify({ ...(JSON.parse(text) as object), ...fields });
}

test("a recorded session: handshake, donation, subscription", () => {
  const connection = new TuniformConnection();
  expect(decodeTuniform(handshake, connection)).toEqual({ status: "other", what: "handshake" });
  expect(read(donation, connection)).toEqual({
    type: "donation",
    origin: "tuniform:12345",
    externalId: "ab8c695fd7fbcfc5e3f8b4acc0cbecf3",
    occurredAt: "2026-04-11T16:00:00.000Z",
    name: "ahmed_ben",
    anonymous: false,
    message: "Great stream! Keep it up!",
    messageKind: "text",
    amount: { value: "50.000", minor: 50_000, exponent: 3, currency: "TND" },
    fee: null,
    net: null,
    stated: null,
    tier: null,
    period: null,
    duration: null,
    streak: null,
    avatarUrl: "https://media.example/upload/photos/d-avatar.jpg",
    ttsUrl: "https://media.example/upload/sounds/tts_abc123.mp3",
    voiceUrl: "https://media.example/upload/sounds/2026/04/voice_xyz.webm",
    kickUsername: "ahmed_kick",
    test: false,
  });
  expect(read(subscription, connection)).toMatchObject({
    type: "subscription",
    occurredAt: "2026-04-11T16:05:00.000Z",
    amount: { value: "15.000", minor: 15_000 },
    tier: "Gold Tier",
    duration: 30,
    period: "monthly",
    streak: 3,
    ttsUrl: null,
    voiceUrl: null,
  });
});

test("the identity is that of the facts, not of their spelling, and has the timestamp in it", () => {
  const { externalId } = read(donation);
  expect(externalId).toMatch(/^[0-9a-f]{32}$/);
  expect(read(donation.replace("50.0,", "50.000,")).externalId).toBe(externalId);
  expect(read(change(donation, { timestamp: "2026-04-11T16:00:00Z" })).externalId).toBe(externalId);
  expect(read(change(donation, { timestamp: "2026-04-11T16:00:01Z" })).externalId).not.toBe(externalId);
  for (const [key, value] of Object.entries(JSON.parse(donation) as Record<string, unknown>)) {
    if (key === "type" || key === "timestamp" || key === "currency") continue;
    const changed = typeof value === "string" ? `${value}1` : typeof value === "boolean" ? !value : 7;
    expect([key, read(change(donation, { [key]: changed })).externalId]).not.toEqual([key, externalId]);
  }
});

test("identical events: two gifts within a second of one connection, one across connections or later", () => {
  let now = 0;
  const connection = new TuniformConnection({ userId: "1", now: () => now });
  const first = read(donation, connection).externalId;
  now = 900;
  expect(read(donation, connection).externalId).toBe(`${first}-2`);
  now = 60_000;
  expect(read(donation, connection).externalId).toBe(first);
  expect(read(donation, new TuniformConnection({ userId: "1", now: () => now })).externalId).toBe(first);
});

test("in a file the events' own times tell, and a handshake begins a new connection", () => {
  const connection = new TuniformConnection({ userId: "1" });
  const first = read(donation, connection).externalId;
  expect(read(donation, connection).externalId).toBe(`${first}-2`);
  decodeTuniform(handshake, connection);
  expect(read(donation, connection).externalId).toBe(first);
  read(subscription, connection);
  expect(read(donation, connection).externalId).toBe(first);
});

test("what is missing, null or of a wrong type gets its default", () => {
  const bare = JSON.stringify({
    type: "donation",
    amount: 1.5,
    currency: "tnd",
    timestamp: "2026-04-11T17:00:00+0100",
  });
  expect(read(bare)).toMatchObject({ name: null, anonymous: true, message: "", amount: { value: "1.500" } });
  const wrong = {
    sender_username: 5,
    message: null,
    tts_url: {},
    tier: [],
    streak: "x",
    sender_avatar: "javascript:1",
  };
  expect(read(change(subscription, wrong))).toMatchObject({
    name: null,
    message: "",
    ttsUrl: null,
    tier: null,
    streak: null,
    avatarUrl: null,
  });
  expect(read(change(subscription, { amount: null, extra: 1 })).amount).toBeNull();
  expect(read(change(donation, { have_tts: false })).ttsUrl).toBeNull();
  expect(read(change(donation, { have_tts: undefined })).ttsUrl).toEndWith("tts_abc123.mp3");
  expect(read(change(donation, { currency: "TFP" })).amount).toEqual({
    value: "50",
    minor: 50,
    exponent: 0,
    currency: "TFP",
  });
});

test("follow, raid and host have the same shape; other types are ignored", () => {
  for (const type of ["follow", "raid", "host"] as const) {
    expect(read(change(donation, { type, amount: 0 }))).toMatchObject({ type, name: "ahmed_ben", amount: null });
  }
  expect(decodeTuniform(change(donation, { type: "poll" }), new TuniformConnection()).status).toBe("other");
});

test("without identity, amount or currency it is unreadable", () => {
  const connection = new TuniformConnection({ userId: "1" });
  for (const text of [
    "",
    "pong",
    "[]",
    "{}",
    change(donation, { amount: undefined }),
    change(donation, { amount: "a lot" }),
    change(donation, { amount: -5 }),
    change(donation, { amount: 1e20 }),
    change(donation, { currency: "" }),
    change(donation, { timestamp: null }),
    change(donation, { timestamp: "2026-13-40T17:00:00Z" }),
    '{"type":"CONNECTED"}',
  ]) {
    expect([text, decodeTuniform(text, connection).status]).toEqual([text, "unreadable"]);
  }
  expect(decodeTuniform(donation, new TuniformConnection()).status).toBe("unreadable");
});

test("never throws, whatever a valid frame is turned into", () => {
  const key = fc.constantFrom(...Object.keys(JSON.parse(subscription) as object), "user_id");
  fc.assert(
    fc.property(fc.constantFrom(...lines), key, fc.jsonValue(), fc.nat(), (line, name, value, cut) => {
      const connection = new TuniformConnection({ userId: "1" });
      decodeTuniform(change(line, { [name]: value }), connection);
      decodeTuniform(line.slice(0, cut % line.length), connection);
      decodeTuniform(JSON.stringify(value), connection);
    }),
    { numRuns: 1000 },
  );
});

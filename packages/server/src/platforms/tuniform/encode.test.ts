import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import type { Channel } from "../../access/directory.ts";
import { type EventFacts, eventTypes, type StreamEvent, streamEvent } from "../../core/event.ts";
import { moneyOf, parseMoney } from "../../core/money.ts";
import { LogRecord, type RecordPlace } from "../../core/record.ts";
import { decodeTuniform, TuniformConnection } from "./decode.ts";
import { encodeConnected, TuniformEncoder } from "./encode.ts";
import { tuniformKeys } from "./wire.ts";

const channel: Channel = {
  id: 7,
  slug: "streamer123",
  title: "Mohamed Ali",
  account: 1,
  kickUsername: "creator_kick_handle",
  url: "",
  createdAt: 0,
};
const session = readFileSync(new URL("../../../test/fixtures/tuniform-session.jsonl", import.meta.url), "utf8");
const [handshake = "", donation = "", subscription = ""] = session.trim().split("\n");

function record(event: StreamEvent, place: Partial<RecordPlace> = {}): LogRecord {
  const at = {
    channel: 7,
    offset: 1,
    kind: "event",
    arrival: "live",
    receivedAt: 0,
    replayOf: null,
    number: 1,
  } as const;
  return new LogRecord({ ...at, id: "e00000000000000000000001", ...place }, JSON.stringify(event));
}

function facts(more: Partial<EventFacts>): StreamEvent {
  return streamEvent({
    type: "donation",
    origin: "test:1",
    externalId: "1",
    occurredAt: "2026-04-11T16:00:00.000Z",
    amount: moneyOf(500, 2, "USD"),
    ...more,
  });
}

function say(event: StreamEvent, place: Partial<RecordPlace> = {}): string {
  return new TuniformEncoder(channel, "epoch000").encode(record(event, place)) ?? "";
}

function shape(text: string): [string, string][] {
  return Object.entries(JSON.parse(text) as object).map(([key, value]) => [key, typeof value]);
}

function decoded(text: string): StreamEvent {
  const read = decodeTuniform(text, new TuniformConnection({ userId: "12345" }));
  if (read.status !== "event") throw new Error(JSON.stringify(read));
  return read.event;
}

test("the handshake has the page's keys and types", () => {
  expect(encodeConnected(channel)).toBe('{"type":"CONNECTED","kick_username":"creator_kick_handle","user_id":7}');
  expect(shape(encodeConnected({ ...channel, kickUsername: "" }))).toEqual(shape(handshake));
});

test("a recorded donation and subscription are said again key by key, type by type", () => {
  for (const text of [donation, subscription]) {
    const again = say(decoded(text));
    expect(shape(again)).toEqual(shape(text));
    expect(Object.keys(JSON.parse(again) as object)).toEqual([...tuniformKeys]);
    const original = JSON.parse(text) as Record<string, unknown>;
    expect(JSON.parse(again)).toEqual({
      ...original,
      receiver_avatar: "",
      timestamp: String(original.timestamp).replace("T17", "T16").replace("+01:00", "+00:00"),
    });
  }
});

test("amounts are exact, in major units", () => {
  for (const [text, currency, said] of [
    ["50", "TND", "50.000"],
    ["0.29", "USD", "0.29"],
    ["500", "JPY", "500"],
    ["90071992547409.91", "USD", "90071992547409.91"],
    ["5.5", "XTS2", "5.5"],
  ] as const) {
    const amount = parseMoney(text, currency);
    if (typeof amount === "string") throw new Error(amount);
    expect(say(facts({ amount }))).toContain(`"amount":${said},"currency":"${currency}"`);
  }
});

test("what a type has no word for is empty, never missing or null", () => {
  for (const type of eventTypes) {
    if (type === "custom") continue;
    const text = say(facts({ type, amount: null, name: null, tier: "Gold", period: "monthly", duration: null }));
    const frame = JSON.parse(text) as Record<string, unknown>;
    expect(Object.keys(frame)).toEqual([...tuniformKeys]);
    expect(Object.values(frame)).not.toContain(null);
    expect(frame).toMatchObject({ type, amount: 0, currency: "", sender_username: "", streak: 0, have_tts: false });
    expect([frame.tier, frame.duration, frame.period]).toEqual(
      type === "subscription" ? ["Gold", 0, "monthly"] : ["", "", ""],
    );
  }
});

test("a recording that came as the message is a voice message", () => {
  const recording = facts({ messageKind: "audio", message: "https://media.example/1.wav" });
  expect(JSON.parse(say(recording))).toMatchObject({
    message: "",
    voice_message: "https://media.example/1.wav",
    have_voice_message: true,
  });
});

test("tests, late events and replays are ordinary; imports and custom events are not said", () => {
  const text = say(facts({}));
  expect(say(facts({ test: true }))).toBe(text);
  expect(say(facts({}), { arrival: "late" })).toBe(text);
  expect(say(facts({}), { kind: "replay", replayOf: "e00000000000000000000000" })).toBe(text);
  expect(say(facts({}), { arrival: "import" })).toBe("");
  expect(say(facts({ type: "custom" }))).toBe("");
});

test("the receiver is the channel as it is now", () => {
  const encoder = new TuniformEncoder({ ...channel, title: "" }, "epoch000");
  expect(encoder.encode(record(facts({})))).toContain('"receiver_display_name":"streamer123"');
  encoder.channel = channel;
  expect(encoder.encode(record(facts({})))).toContain('"receiver_display_name":"Mohamed Ali"');
});

test("what is said is read back as it was", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 60 }).map((value) => value.trim());
  const address = fc.option(fc.webUrl());
  const event = fc
    .record({
      type: fc.constantFrom("donation", "subscription", "follow", "raid", "host"),
      name: text,
      message: text,
      amount: fc.integer({ min: 1, max: 1e12 }).map((minor) => moneyOf(minor, 3, "TND")),
      occurredAt: fc
        .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
        .map((date) => date.toISOString()),
      avatarUrl: address,
      ttsUrl: address,
      voiceUrl: address,
      kickUsername: text.map((value) => value || null),
    })
    .map((given) => facts({ ...given, ...(given.type === "subscription" && { tier: "A", duration: 30, streak: 2 }) }));
  fc.assert(
    fc.property(event, (given) => {
      const read = decoded(say(given));
      expect({ ...read, origin: given.origin, externalId: given.externalId }).toEqual(given);
    }),
    { numRuns: 500 },
  );
});

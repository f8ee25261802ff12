import { expect, test } from "bun:test";
import type { TipwireEvent } from "@tipwire/client";
import { eventLine } from "./event-line.ts";
import { painter } from "./paint.ts";

const event: TipwireEvent = {
  id: "e1",
  cursor: "c1",
  kind: "event",
  arrival: "live",
  // In local time, since that is what is shown.
  receivedAt: new Date(2026, 0, 2, 9, 8, 7).toISOString(),
  replayOf: null,
  type: "donation",
  origin: "test",
  externalId: "1",
  occurredAt: "2026-01-02T03:04:05.000Z",
  name: "Ada",
  anonymous: false,
  message: "Hello",
  messageKind: "text",
  amount: { value: "5.00", minor: 500, exponent: 2, currency: "EUR" },
  fee: null,
  net: null,
  stated: null,
  tier: null,
  period: null,
  duration: null,
  streak: null,
  avatarUrl: null,
  ttsUrl: null,
  voiceUrl: null,
  kickUsername: null,
  test: false,
};
const bare = painter({ write: () => {} }, {});

test("an event is one aligned line", () => {
  expect(eventLine(event, bare)).toBe("09:08:07        5.00 EUR  Ada                   Hello");
  expect(eventLine({ ...event, name: null, message: "" }, bare)).toBe("09:08:07        5.00 EUR  anonymous");
  expect(eventLine({ ...event, name: "Очень длинное имя донатера 日本" }, bare)).toBe(
    "09:08:07        5.00 EUR  Очень длинное имя д…  Hello",
  );
});

test("what is unusual is said in words", () => {
  const marks = (facts: Partial<TipwireEvent>) => eventLine({ ...event, ...facts, message: "" }, bare).slice(48);
  expect(marks({ kind: "replay", replayOf: "e0" })).toBe("[replay]");
  expect(marks({ test: true, arrival: "late" })).toBe("[test, late]");
  expect(marks({ arrival: "import" })).toBe("[import]");
  expect(marks({ type: "subscription", tier: "Gold\u001b[31m", streak: 3 })).toBe(
    "[subscription, tier Gold, streak 3]",
  );
  expect(eventLine({ ...event, type: "follow", amount: null }, bare)).toContain("        follow  Ada");
});

test("on a terminal it is cut at the edge and coloured, in a file neither", () => {
  const long = { ...event, message: "word ".repeat(50), test: true };
  expect(eventLine(long, bare, 80)).toHaveLength(80);
  const colours = painter({ write: () => {}, isTTY: true }, {});
  expect(eventLine(event, colours)).toContain("\u001b[");
  for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
    expect(eventLine(event, painter({ write: () => {}, isTTY: true }, env))).not.toContain("\u001b");
  }
});

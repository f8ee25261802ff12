import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import type { StreamEvent } from "../../core/event.ts";
import { decodePally } from "./decode.ts";

const lines = readFileSync(new URL("../../../test/fixtures/pally-tips.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n");
const [tip = "", anonymous = ""] = lines;
const context = { receivedAt: Date.parse("2026-01-01T00:00:00Z") };

function read(text: string): StreamEvent {
  const decoded = decodePally(text, context);
  if (decoded.status !== "event") throw new Error(JSON.stringify(decoded));
  expect(decoded.raw).toBe(text);
  return decoded.event;
}

function change(text: string, tipFields: object, pageFields: object = {}): string {
  const frame = JSON.parse(text) as { payload: { campaignTip: object; page: object } };
  Object.assign(frame.payload.campaignTip, tipFields);
  Object.assign(frame.payload.page, pageFields);
  return JSON.stringify(frame);
}

test("a tip", () => {
  expect(read(tip)).toEqual({
    type: "donation",
    origin: "pally:1627451579049x550722173620715500",
    externalId: "b1w2pjwjtb9fx0v1se9ex4n2",
    occurredAt: "2024-03-13T18:02:33.743Z",
    name: "Someone",
    anonymous: false,
    message: "",
    messageKind: "text",
    amount: { value: "5.00", minor: 500, exponent: 2, currency: "USD" },
    fee: { value: "0.00", minor: 0, exponent: 2, currency: "USD" },
    net: { value: "5.00", minor: 500, exponent: 2, currency: "USD" },
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
  });
});

test("an anonymous tip with a fee", () => {
  expect(read(anonymous)).toMatchObject({
    name: null,
    anonymous: true,
    message: "gg",
    amount: { minor: 125 },
    fee: { minor: 25 },
    net: { minor: 100 },
  });
  expect(read(change(tip, { displayName: null }))).toMatchObject({ name: null, anonymous: true });
});

test("what our own delivery adds is read back exactly", () => {
  const dinars = change(tip, { currency: "TND", amount: "1.005", grossAmountInCents: 100, test: true });
  expect(read(dinars)).toMatchObject({ amount: { value: "1.005", minor: 1005, exponent: 3 }, test: true });
  const yen = change(tip, { currency: "JPY", grossAmountInCents: 50_000, processingFeeInCents: 1000 });
  expect(read(yen)).toMatchObject({ amount: { value: "500", minor: 500 }, fee: { minor: 10 } });
});

test("what is missing, null or of a wrong type gets its default", () => {
  const bare =
    '{"type":"campaigntip.notify","payload":{"campaignTip":{"id":"a","grossAmountInCents":1},"page":{"id":7}}}';
  expect(read(bare)).toMatchObject({
    origin: "pally:7",
    occurredAt: "2026-01-01T00:00:00.000Z",
    name: null,
    message: "",
    fee: null,
    net: null,
  });
  expect(read(change(tip, { message: 5, processingFeeInCents: "x", createdAt: "yesterday" }))).toMatchObject({
    message: "",
    fee: null,
    occurredAt: "2026-01-01T00:00:00.000Z",
  });
});

test("what is no tip is passed over, what lacks identity or amount is unreadable", () => {
  for (const text of ["pong", "ping", '{"type":"ping"}', '{"type":"campaigntip.deleted","payload":{}}']) {
    expect([text, decodePally(text, context).status]).toEqual([text, "other"]);
  }
  for (const text of [
    "",
    "PONG!",
    "null",
    '{"type":5}',
    '{"type":"campaigntip.notify"}',
    change(tip, { id: "" }),
    change(tip, { id: "x".repeat(201) }),
    change(tip, { id: "a\u0000b" }),
    change(tip, {}, { id: null }),
    change(tip, { grossAmountInCents: null }),
    change(tip, { grossAmountInCents: 1.5 }),
    change(tip, { grossAmountInCents: -1 }),
    change(tip, { currency: "not a code" }),
  ]) {
    expect([text, decodePally(text, context).status]).toEqual([text, "unreadable"]);
  }
});

test("never throws, whatever a valid frame is turned into", () => {
  const key = fc.constantFrom("id", "grossAmountInCents", "createdAt", "displayName", "currency", "amount", "message");
  fc.assert(
    fc.property(fc.constantFrom(...lines), key, fc.jsonValue(), fc.nat(), (line, name, value, cut) => {
      decodePally(change(line, { [name]: value }, { [name]: value }), context);
      decodePally(line.slice(0, cut % line.length), context);
      decodePally(JSON.stringify(value), context);
      decodePally(JSON.stringify({ type: "campaigntip.notify", payload: value }), context);
    }),
    { numRuns: 1000 },
  );
});

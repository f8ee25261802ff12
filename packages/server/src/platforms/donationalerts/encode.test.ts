import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Channel } from "../../access/directory.ts";
import { type EventFacts, streamEvent } from "../../core/event.ts";
import { moneyOf } from "../../core/money.ts";
import { LogRecord, type RecordPlace } from "../../core/record.ts";
import { decodeDonationAlerts } from "./decode.ts";
import { DonationAlertsVoice, type PayinSystem } from "./encode.ts";

const fixtures = new URL("../../../test/fixtures/", import.meta.url);
const recorded = readFileSync(new URL("donationalerts-push.jsonl", fixtures), "utf8").trim();
const channel: Channel = {
  id: 13900001,
  slug: "example",
  title: "",
  account: 1,
  kickUsername: "",
  url: "",
  createdAt: 0,
};

function record(facts: Partial<EventFacts> = {}, place: Partial<RecordPlace> = {}): LogRecord {
  const event = streamEvent({
    type: "donation",
    origin: "key:1",
    externalId: "order-1",
    occurredAt: "2026-04-11T16:00:00.250Z",
    amount: moneyOf(2200, 2, "USD"),
    ...facts,
  });
  const at: RecordPlace = {
    channel: channel.id,
    offset: 15,
    kind: "event",
    id: "e4k0zq8v1m7xw2chd000000f",
    arrival: "live",
    receivedAt: 0,
    replayOf: null,
    number: 40,
    ...place,
  };
  return new LogRecord(at, JSON.stringify(event));
}

function said(of: LogRecord, payinSystem: PayinSystem = "none"): string {
  return new DonationAlertsVoice(channel, payinSystem).donations.encode(of) ?? "";
}

function donationOf(of: LogRecord, payinSystem?: PayinSystem): Record<string, unknown> {
  return (JSON.parse(said(of, payinSystem)) as { result: { data: { data: Record<string, unknown> } } }).result.data
    .data;
}

/** Keys in their order, with the type of each value, however deep. */
function shape(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  return Object.entries(value).map(([key, each]) => [key, shape(each)]);
}

/** What the strictest clients that are known demand: every key, int32 ids, 0/1 flags, numbers, strings that are never null. */
const int32 = z
  .number()
  .int()
  .min(1)
  .max(2 ** 31 - 1);
const flag = z.union([z.literal(0), z.literal(1)]);
const strict = z.strictObject({
  id: int32,
  name: z.literal("Donations"),
  username: z.string().min(1).nullable(),
  message: z.string(),
  message_type: z.enum(["text", "audio"]),
  payin_system: z.null(),
  amount: z.number(),
  currency: z.string(),
  is_shown: flag,
  amount_in_user_currency: z.number(),
  recipient_name: z.string(),
  recipient: z.strictObject({ user_id: int32, code: z.string(), name: z.string(), avatar: z.string() }),
  created_at: z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
  shown_at: z.null(),
  reason: z.literal("default"),
});

test("the frame of April 2025, read and said again: key by key, value by value but for what is not ours to know", () => {
  const decoded = decodeDonationAlerts(recorded, { receivedAt: 0 });
  if (decoded.status !== "event") throw new Error(decoded.status);
  const frame = said(record(decoded.event));
  expect(shape(JSON.parse(frame))).toEqual(shape(JSON.parse(recorded)));
  const again = JSON.parse(recorded.replace("\\r\\n", "")) as { result: { data: { data: { recipient: object } } } };
  Object.assign(again.result.data.data.recipient, { avatar: "" });
  expect(frame).toBe(`${JSON.stringify(again)}\n`);
});

test("each kind of event has that shape, and the strictest readers take it", () => {
  const kinds: readonly [Partial<EventFacts>, Partial<RecordPlace>][] = [
    [{ name: "Ana" }, {}],
    [{ name: "Ana" }, { kind: "replay", replayOf: "e4k0zq8v1m7xw2chd000000f", offset: 16 }],
    [{ name: "Ana" }, { arrival: "late" }],
    [{ name: "Ana", test: true }, {}],
    [{ messageKind: "audio", message: "https://media.example/1.wav" }, {}],
    [{ amount: moneyOf(50_000, 3, "TND"), stated: moneyOf(1599, 2, "EUR") }, {}],
    [{ amount: moneyOf(500, 0, "JPY"), origin: "pally:9", externalId: "clxyz" }, {}],
    [{ origin: "donationalerts:5", externalId: "164405432" }, {}],
    [{ origin: "donationalerts:5", externalId: "99999999999" }, { number: 2 ** 40 }],
  ];
  const example = (JSON.parse(recorded) as { result: { data: { data: object } } }).result.data.data;
  for (const [facts, place] of kinds) {
    const donation = donationOf(record(facts, place));
    expect(strict.parse(donation)).toEqual(donation as never);
    expect(Object.keys(donation)).toEqual(Object.keys(example));
  }
});

test("ids: DonationAlerts' own where it came from there, else one above 1,500,000,000; a replay has its event's", () => {
  expect(donationOf(record({ origin: "donationalerts:5", externalId: "164405432" }))["id"]).toBe(164405432);
  expect(donationOf(record())["id"]).toBe(1_500_000_040);
  expect(donationOf(record({}, { kind: "replay", offset: 90 }))["id"]).toBe(1_500_000_040);
});

test("amounts are JSON numbers, exact, without needless decimals", () => {
  const text = (value: string, currency = "USD") =>
    said(record({ amount: { ...moneyOf(1, 2, currency), value } })).match(/"amount":([^,]+)/)?.[1];
  expect(["22.00", "0.10", "1500", "100", "90071992547409.91", "0.00"].map((value) => text(value))).toEqual([
    "22",
    "0.1",
    "1500",
    "100",
    "90071992547409.91",
    "0",
  ]);
  const stated = donationOf(record({ stated: moneyOf(150_050, 2, "RUB") }));
  expect([stated["amount"], stated["amount_in_user_currency"]]).toEqual([22, 1500.5]);
});

test("payin_system is what the setting says", () => {
  expect(donationOf(record(), "object")["payin_system"]).toEqual({ title: "Tipwire" });
  expect(donationOf(record(), "text")["payin_system"]).toBe("Tipwire");
});

test("positions beyond 32 bits have a gen", () => {
  expect(said(record({}, { offset: 2 ** 32 + 7 }))).toContain('"data":{"seq":7,"gen":1,"data":{');
});

test("our own reader understands it", () => {
  const { event } = record({ name: "Ana", message: "a\n\n«b»", stated: moneyOf(2200, 2, "USD") });
  const decoded = decodeDonationAlerts(said(record(event)), { receivedAt: 0 });
  if (decoded.status !== "event") throw new Error(decoded.status);
  expect(decoded.event).toEqual({
    ...event,
    origin: "donationalerts:13900001",
    externalId: "1500000040",
    occurredAt: "2026-04-11T16:00:00.000Z",
  });
});

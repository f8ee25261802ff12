import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import type { StreamEvent } from "../../core/event.ts";
import { each } from "../../intake/decoded.ts";
import { type DonationAlertsContext, decodeDonationAlerts } from "./decode.ts";

const fixtures = new URL("../../../test/fixtures/", import.meta.url);
const push = readFileSync(new URL("donationalerts-push.jsonl", fixtures), "utf8").trim();
const list = readFileSync(new URL("donationalerts-list.json", fixtures), "utf8").trim();
const listed = JSON.stringify((JSON.parse(list) as { data: object[] }).data[0]);
const context: DonationAlertsContext = { receivedAt: Date.parse("2026-01-01T00:00:00Z"), userId: "77" };

function read(text: string, given: DonationAlertsContext = context): StreamEvent {
  const decoded = decodeDonationAlerts(text, given);
  if (decoded.status !== "event") throw new Error(JSON.stringify(decoded));
  return decoded.event;
}

function change(text: string, fields: object): string {
  return JSON.stringify({ ...(JSON.parse(text) as object), ...fields });
}

function pushOf(fields: object): string {
  const frame = JSON.parse(push) as { result: { data: { data: object } } };
  Object.assign(frame.result.data.data, fields);
  return JSON.stringify(frame);
}

test("a push as received: anonymous, with escapes and a line end", () => {
  const decoded = decodeDonationAlerts(push, { receivedAt: 0 });
  expect(decoded).toEqual({
    status: "event",
    raw: push,
    event: {
      type: "donation",
      origin: "donationalerts:13900001",
      externalId: "164405432",
      occurredAt: "2025-04-12T07:15:49.000Z",
      name: null,
      anonymous: true,
      message: '"Повесть о Конце Света"',
      messageKind: "text",
      amount: { value: "22.00", minor: 2200, exponent: 2, currency: "USD" },
      fee: null,
      net: null,
      stated: { value: "22.00", minor: 2200, exponent: 2, currency: "USD" },
      tier: null,
      period: null,
      duration: null,
      streak: null,
      avatarUrl: null,
      ttsUrl: null,
      voiceUrl: null,
      kickUsername: null,
      test: false,
    },
  });
});

test("a list answer: the oldest first, each with its own text", () => {
  const two = `{"data":[ ${listed.replace("30530030", "30530031")} ,${listed}],"links":{},"meta":{}}`;
  const decoded = decodeDonationAlerts(two, context);
  if (decoded.status !== "events") throw new Error(decoded.status);
  expect(decoded.items.map((item) => item.status === "event" && [item.event.externalId, item.raw])).toEqual([
    ["30530030", listed],
    ["30530031", listed.replace("30530030", "30530031")],
  ]);
  const [first] = each(decodeDonationAlerts(list, context));
  expect(first?.status === "event" && first.event).toMatchObject({
    origin: "donationalerts:77",
    name: "Ivan",
    message: "Hello!",
    amount: { value: "500.00", minor: 50_000, currency: "RUB" },
    occurredAt: "2019-09-29T09:00:00.000Z",
    stated: null,
  });
});

test("a bare donation; several messages in one frame", () => {
  expect(read(listed).externalId).toBe("30530030");
  const frame = `{"id":2,"result":{}}\n${push}\n${pushOf({ id: 5 })}\n{"broken\n`;
  expect(each(decodeDonationAlerts(frame, context)).map((item) => item.status)).toEqual([
    "other",
    "event",
    "event",
    "unreadable",
  ]);
});

test("whose donation it is: the channel, else the recipient, else what the caller knows, else unreadable", () => {
  expect(read(push).origin).toBe("donationalerts:13900001");
  expect(read(change(listed, { recipient: { user_id: 5 } })).origin).toBe("donationalerts:5");
  expect(read(listed).origin).toBe("donationalerts:77");
  expect(decodeDonationAlerts(listed, { receivedAt: 0 }).status).toBe("unreadable");
});

test("a user id is digits: a channel's name that holds anything else is nobody's", () => {
  const frame = (channel: string) =>
    JSON.stringify({ result: { channel, data: { data: { id: 1, amount: 5, currency: "USD", username: "Ada" } } } });
  const originOf = (channel: string) => {
    const decoded = decodeDonationAlerts(frame(channel), { receivedAt: 0 });
    return decoded.status === "event" ? decoded.event.origin : decoded.status;
  };
  expect(originOf("$alerts:donation_13907608")).toBe("donationalerts:13907608");
  for (const rubbish of ["139e5", "1\u0130", "1 2", "-1", "9".repeat(21), "1$alerts:donation_1"]) {
    expect(originOf(`$alerts:donation_${rubbish}`)).toBe("unreadable");
  }
});

test("exact amounts, whatever the number looks like", () => {
  for (const [text, minor] of [
    ["0.29", 29],
    ["1e2", 10_000],
    ["90071992547409.91", 9_007_199_254_740_991],
    ['"50.00"', 5000],
  ] as const) {
    expect(read(push.replace('"amount":22', `"amount":${text}`)).amount?.minor).toBe(minor);
  }
  expect(read(pushOf({ currency: "BYR", amount: 5.5 })).amount).toMatchObject({ value: "5.5", currency: "BYR" });
});

test("the stated amount has a currency only where that can be known", () => {
  const euros = pushOf({ currency: "EUR", amount: 20 });
  expect(read(euros).stated).toBeNull();
  expect(read(euros, { ...context, currency: "USD" }).stated).toMatchObject({ value: "22.00", currency: "USD" });
  expect(read(euros, { ...context, learned: "USD" }).stated).toMatchObject({ value: "22.00", currency: "USD" });
  expect(read(euros, { ...context, learned: "EUR" }).stated).toBeNull();
  expect(read(push, { ...context, learned: "EUR" }).stated).toMatchObject({ value: "22.00", currency: "USD" });
  expect(read(push, { ...context, currency: "EUR" }).stated).toMatchObject({ value: "22.00", currency: "EUR" });
  expect(read(pushOf({ amount_in_user_currency: null }), { ...context, learned: "EUR" }).stated).toBeNull();
});

test("a time without a zone is in the one that was given, UTC by itself", () => {
  const at = (created_at: string, utcOffset?: string) =>
    read(pushOf({ created_at }), { ...context, ...(utcOffset !== undefined && { utcOffset }) }).occurredAt;
  expect(at("2025-04-12 07:15:49")).toBe("2025-04-12T07:15:49.000Z");
  expect(at("2025-04-12 01:15:49", "+03:00")).toBe("2025-04-11T22:15:49.000Z");
  expect(at("2025-04-12 07.15.49", "-05:30")).toBe("2025-04-12T12:45:49.000Z");
  expect(at("2025-04-12T07:15:49+01:00", "+03:00")).toBe("2025-04-12T06:15:49.000Z");
});

test("audio, null messages, dots in times, defaults", () => {
  const audio = { message_type: "audio", message: "https://media.example/1.wav" };
  expect(read(pushOf(audio))).toMatchObject({ messageKind: "audio", message: "https://media.example/1.wav" });
  expect(read(pushOf({ message: null })).message).toBe("");
  expect(read(pushOf({ message: "null" })).message).toBe("");
  expect(read(pushOf({ created_at: "2025-04-12 07.15.49" })).occurredAt).toBe("2025-04-12T07:15:49.000Z");
  expect(read(pushOf({ created_at: null, username: 5, extra: {} }))).toMatchObject({
    occurredAt: "2026-01-01T00:00:00.000Z",
    name: null,
  });
});

test("what is no donation is passed over, what lacks identity or amount is unreadable", () => {
  for (const text of [
    '{"id":1,"result":{"client":"d558c046","version":"2.2.1"}}',
    '{"result":{"type":1,"channel":"$alerts:donation_3","data":{"info":{"user":"1","client":"d"}}}}',
    '{"result":{"channel":"$goals:goal_3","data":{"seq":1,"data":{"id":1}}}}',
    '{"id":2,"error":{"code":103,"message":"permission denied"}}',
    "{}",
  ]) {
    expect([text, decodeDonationAlerts(text, context).status]).toEqual([text, "other"]);
  }
  for (const text of [
    "",
    "pong",
    "5",
    pushOf({ id: null }),
    pushOf({ id: 0 }),
    pushOf({ amount: null }),
    pushOf({ amount: -1 }),
    pushOf({ currency: null }),
    '{"result":{"channel":"$alerts:donation_3","data":{}}}',
  ]) {
    expect([text, decodeDonationAlerts(text, context).status]).toEqual([text, "unreadable"]);
  }
});

test("never throws, whatever a valid frame is turned into", () => {
  const key = fc.constantFrom("id", "amount", "currency", "created_at", "recipient", "message", "data", "result");
  fc.assert(
    fc.property(fc.constantFrom(push, list, listed), key, fc.jsonValue(), fc.nat(), (text, name, value, cut) => {
      decodeDonationAlerts(change(text, { [name]: value }), context);
      decodeDonationAlerts(pushOf({ [name]: value }), context);
      decodeDonationAlerts(text.slice(0, cut % text.length), context);
      decodeDonationAlerts(`${JSON.stringify(value)}\n${JSON.stringify(value)}`, context);
    }),
    { numRuns: 1000 },
  );
});

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import type { Channel } from "../../access/directory.ts";
import { type EventFacts, eventTypes, type StreamEvent, streamEvent } from "../../core/event.ts";
import { moneyOf } from "../../core/money.ts";
import { LogRecord, type RecordPlace } from "../../core/record.ts";
import { decodePally } from "./decode.ts";
import { PallyEncoder } from "./encode.ts";
import { type PallyNotify, pallyPageKeys, pallyTipKeys } from "./wire.ts";

const channel: Channel = {
  id: 7,
  slug: "pally",
  title: "Pally.gg's Team Page",
  account: 1,
  kickUsername: "",
  url: "https://pally.gg/p/pally",
  createdAt: 0,
};
const tips = readFileSync(new URL("../../../test/fixtures/pally-tips.jsonl", import.meta.url), "utf8");
const lines = tips.trim().split("\n");
const id = "e00000000000000000000001";

function say(event: StreamEvent, place: Partial<RecordPlace> = {}, of = channel): PallyNotify | null {
  const at = {
    channel: 7,
    offset: 1,
    kind: "event",
    arrival: "live",
    receivedAt: 0,
    replayOf: null,
    number: 1,
  } as const;
  const record = new LogRecord({ ...at, id, ...place }, JSON.stringify(event));
  const text = new PallyEncoder(of, "epoch000", () => "http://localhost:8000").encode(record);
  return text === null ? null : (JSON.parse(text) as PallyNotify);
}

function facts(more: Partial<EventFacts>): StreamEvent {
  return streamEvent({
    type: "donation",
    origin: "donationalerts:1",
    externalId: "1",
    occurredAt: "2024-03-13T18:02:33.743Z",
    name: "Someone",
    amount: moneyOf(500, 2, "USD"),
    ...more,
  });
}

function decoded(text: string): StreamEvent {
  const read = decodePally(text, { receivedAt: 0 });
  if (read.status !== "event") throw new Error(JSON.stringify(read));
  return read.event;
}

test("a recorded tip is said again: the documented keys first, in their order, with their types and values", () => {
  for (const line of lines) {
    const original = JSON.parse(line) as PallyNotify;
    const said = say(decoded(line));
    const { campaignTip, page } = said?.payload ?? { campaignTip: {}, page: {} };
    expect(Object.keys(said ?? {})).toEqual(["type", "payload"]);
    expect(Object.keys(said?.payload ?? {})).toEqual(["campaignTip", "page"]);
    expect(Object.keys(campaignTip)).toEqual([...pallyTipKeys, "currency", "amount"]);
    expect(Object.keys(page)).toEqual([...pallyPageKeys]);
    expect(campaignTip).toMatchObject(original.payload.campaignTip);
    expect(page).toEqual({ ...original.payload.page, id: "7" });
  }
});

test("cents are hundredths of the major unit, rounded half to even, and net is gross minus fee", () => {
  for (const [minor, exponent, currency, cents] of [
    [1005, 3, "TND", 100],
    [1015, 3, "TND", 102],
    [1016, 3, "TND", 102],
    [500, 0, "JPY", 50_000],
    [55, 1, "XTS2", 550],
  ] as const) {
    const tip = say(facts({ amount: moneyOf(minor, exponent, currency) }))?.payload.campaignTip;
    expect(tip).toMatchObject({
      grossAmountInCents: cents,
      netAmountInCents: cents,
      processingFeeInCents: 0,
      currency,
    });
    expect(tip?.amount).toBe(moneyOf(minor, exponent, currency).value);
  }
  const cases: [Partial<EventFacts>, number][] = [
    [{ fee: moneyOf(30, 2, "USD") }, 30],
    [{ fee: moneyOf(30, 2, "USD"), net: moneyOf(400, 2, "USD") }, 30],
    [{ net: moneyOf(400, 2, "USD") }, 100],
    [{ fee: moneyOf(30, 2, "EUR") }, 0],
  ];
  for (const [more, fee] of cases) {
    const wanted = { grossAmountInCents: 500, processingFeeInCents: fee, netAmountInCents: 500 - fee };
    expect(say(facts(more))?.payload.campaignTip).toMatchObject(wanted);
  }
});

test("the tip's id is Pally's own, otherwise ours, and a replay has that of the event", () => {
  expect(say(facts({ origin: "pally:1", externalId: "b1w2" }))?.payload.campaignTip.id).toBe("b1w2");
  expect(say(facts({}))?.payload.campaignTip.id).toBe(id);
  const replay = say(facts({}), { id: "e00000000000000000000002", kind: "replay", replayOf: id });
  expect(replay?.payload.campaignTip).toMatchObject({ id, replay: true });
});

test("flags are there only when true; anonymous donors have no name; a recording is no text", () => {
  expect(Object.keys(say(facts({}))?.payload.campaignTip ?? {})).not.toContain("test");
  expect(say(facts({ test: true }))?.payload.campaignTip.test).toBe(true);
  expect(say(facts({ anonymous: true }))?.payload.campaignTip.displayName).toBe("");
  expect(say(facts({ name: null }))?.payload.campaignTip.displayName).toBe("");
  const recording = facts({ messageKind: "audio", message: "https://media.example/1.wav" });
  expect(say(recording)?.payload.campaignTip.message).toBe("");
});

test("only donations are said, late ones too, imported ones not", () => {
  for (const type of eventTypes) expect([type, say(facts({ type })) !== null]).toEqual([type, type === "donation"]);
  expect(say(facts({}), { arrival: "late" })).not.toBeNull();
  expect(say(facts({}), { arrival: "import" })).toBeNull();
});

test("a channel without title and page has its slug and this server", () => {
  expect(say(facts({}), {}, { ...channel, title: "", url: "" })?.payload.page).toEqual({
    id: "7",
    slug: "pally",
    title: "pally",
    url: "http://localhost:8000/",
  });
});

test("what is said is read back as it was", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 60 }).map((value) => value.trim());
  const currency = fc.constantFrom(["USD", 2], ["TND", 3], ["JPY", 0]);
  const event = fc
    .record({ name: text, message: text, minor: fc.integer({ min: 1, max: 1e12 }), currency, test: fc.boolean() })
    .map(({ minor, currency: [code, exponent], ...given }) =>
      facts({ ...given, amount: moneyOf(minor, Number(exponent), String(code)) }),
    );
  fc.assert(
    fc.property(event, (given) => {
      const { origin, externalId, fee, net } = given;
      const read: StreamEvent = { ...decoded(JSON.stringify(say(given))), origin, externalId, fee, net };
      expect(read).toEqual(given);
    }),
    { numRuns: 500 },
  );
});

import { expect, test } from "bun:test";
import { type Arrival, type EventFacts, streamEvent } from "../core/event.ts";
import { moneyOf } from "../core/money.ts";
import { LogRecord } from "../core/record.ts";
import { type Gifts, withGift } from "./gifts.ts";

const [hour, day] = [3_600_000, Date.parse("2026-11-21T00:00:00.000Z")];

interface Given {
  readonly at: number;
  readonly minor: number;
  readonly currency?: string;
  readonly facts?: Partial<EventFacts>;
  readonly kind?: "event" | "replay";
  readonly arrival?: Arrival;
}

function record({ at, minor, currency = "USD", facts, kind = "event", arrival = "live" }: Given): LogRecord {
  const occurredAt = new Date(day + at * hour).toISOString();
  const amount = moneyOf(minor, currency === "JPY" ? 0 : 2, currency);
  const event = streamEvent({ type: "donation", origin: "test:1", externalId: "1", occurredAt, amount, ...facts });
  const place = { channel: 1, offset: 1, id: "e0000000000000000000001", replayOf: null, number: 1 };
  return new LogRecord({ ...place, kind, arrival, receivedAt: day + at * hour }, JSON.stringify(event));
}

/** Which of them are the biggest of their stream, by their place. OBS went live at `onAir` o'clock. */
function biggest(given: readonly Given[], onAir: number | null = null): readonly number[] {
  let gifts: Gifts | null = null;
  return given.flatMap((each, index) => {
    const after = withGift(gifts, record(each), onAir === null ? null : day + onAir * hour);
    gifts = after.gifts;
    return after.isBiggest ? [index] : [];
  });
}

test("each that is bigger than all before it; the first has nothing to be bigger than", () => {
  const amounts = [500, 400, 500, 501, 501, 9000];
  expect(biggest(amounts.map((minor, index) => ({ at: index, minor })))).toEqual([3, 5]);
});

test("tests, replays, history, other kinds and what has no amount are none of them", () => {
  const first = { at: 0, minor: 100 };
  const strange: Given[] = [
    { at: 1, minor: 900, facts: { test: true } },
    { at: 1, minor: 900, kind: "replay" },
    { at: 1, minor: 900, arrival: "import" },
    { at: 1, minor: 900, facts: { type: "subscription" } },
    { at: 1, minor: 900, facts: { type: "follow", amount: null } },
  ];
  expect(biggest([first, ...strange, { at: 2, minor: 200 }])).toEqual([6]);
});

test("another stream begins after six hours without any, and when OBS goes live", () => {
  const evenings = [
    { at: 0, minor: 900 },
    { at: 7, minor: 100 },
    { at: 8, minor: 200 },
  ];
  expect(biggest(evenings)).toEqual([2]);
  expect(
    biggest(
      [
        { at: 1, minor: 900 },
        { at: 3, minor: 100 },
        { at: 4, minor: 200 },
      ],
      2,
    ),
  ).toEqual([2]);
  expect(
    biggest([
      { at: 1, minor: 900 },
      { at: 3, minor: 100 },
      { at: 4, minor: 1000 },
    ]),
  ).toEqual([2]);
});

test("one that came late belongs to the stream in which it was given", () => {
  const evening = [
    { at: 1, minor: 900 },
    { at: 9, minor: 100 },
  ];
  expect(biggest([...evening, { at: 2, minor: 500, arrival: "late" }, { at: 10, minor: 200 }])).toEqual([3]);
  expect(biggest([...evening, { at: 9.5, minor: 500, arrival: "late" }, { at: 10, minor: 200 }])).toEqual([2]);
});

test("currencies are compared by what they are about worth", () => {
  const given = [
    { at: 0, minor: 1000, currency: "USD" },
    { at: 1, minor: 50_000, currency: "RUB" },
    { at: 2, minor: 90_000, currency: "RUB" },
    { at: 3, minor: 1200, currency: "JPY" },
    { at: 4, minor: 9000, currency: "JPY" },
  ];
  expect(biggest(given)).toEqual([2, 4]);
});

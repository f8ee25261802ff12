import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Channel } from "../../access/directory.ts";
import { eventTypes, streamEvent } from "../../core/event.ts";
import { parseMoney } from "../../core/money.ts";
import type { LogRecord } from "../../core/record.ts";
import { TuniformEncoder } from "./encode.ts";
import { frameOf, receiverOf } from "./native-list.ts";

const channel: Channel = { id: 7, slug: "ana", title: "", account: 1, kickUsername: "", url: "", createdAt: 0 };
const receiver = { userId: "7", slug: "ana", title: "" };

test("whose list it is", () => {
  expect(receiverOf({ kind: "token", channel: { id: 7, slug: "ana", title: "" } })).toEqual(receiver);
  for (const me of [null, [], {}, { kind: "key" }, { channel: { slug: "ana" } }])
    expect(receiverOf(me)).toBeUndefined();
});

test("a listed event is the very frame that the feed sends for it; what the feed does not send is none", () => {
  const text = fc.oneof(fc.constant(null), fc.string({ unit: "grapheme" }), fc.constant(" outer space\n"));
  const whole = fc.oneof(fc.constant(null), fc.nat());
  const amount = fc.constantFrom(["5.00", "USD"], ["0.125", "TND"], ["500", "JPY"], ["1.5", "TFP"], ["12.345", "USD"]);
  const record = fc.record({
    kind: fc.constantFrom("event", "event", "replay"),
    arrival: fc.constantFrom("live", "late", "import"),
    event: fc
      .record({
        type: fc.constantFrom(...eventTypes),
        occurredAt: fc.constantFrom("2026-04-11T16:00:00.000Z", "2026-04-11T16:00:00.250Z"),
        name: text,
        message: text.map((message) => message ?? ""),
        messageKind: fc.constantFrom("text", "audio"),
        amount: fc.option(amount),
        tier: text,
        period: text,
        duration: whole,
        streak: whole,
        avatarUrl: text,
        ttsUrl: text,
        voiceUrl: text,
        kickUsername: text,
      })
      .map((facts) =>
        streamEvent({ ...facts, amount: moneyOf(facts.amount), origin: "test:1", externalId: "x" } as never),
      ),
  });
  fc.assert(
    fc.property(record, ({ kind, arrival, event }) => {
      const sent = new TuniformEncoder(channel, "epoch").encode({ kind, arrival, event } as LogRecord);
      const listed = frameOf(JSON.parse(JSON.stringify({ kind, arrival, ...event })), receiver);
      expect(listed ?? null).toBe(kind === "replay" ? null : sent);
    }),
    { numRuns: 2000 },
  );
});

function moneyOf(given: readonly string[] | null) {
  const money = given === null ? null : parseMoney(given[0] ?? "", given[1] ?? "");
  if (typeof money === "string") throw new Error(money);
  return money;
}

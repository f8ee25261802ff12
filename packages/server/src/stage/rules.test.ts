import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Arrival, type EventFacts, streamEvent } from "../core/event.ts";
import { type Money, moneyOf, parseMoney } from "../core/money.ts";
import { LogRecord } from "../core/record.ts";
import { roughly } from "./borders.ts";
import { Rules, type Surroundings } from "./rules.ts";
import { stageSettings, usualSettings } from "./settings.ts";
import { shortened, visibleText, withoutLinks } from "./text.ts";
import { WordList } from "./words.ts";

const cleanText = (text: string, longest: number) => shortened(visibleText(text), longest);

const now = Date.parse("2026-11-21T12:00:00.000Z");

function record(facts: Partial<EventFacts> = {}, arrival: Arrival = "live", receivedAt = now): LogRecord {
  const event = streamEvent({
    type: "donation",
    origin: "test:1",
    externalId: "1",
    occurredAt: new Date(now).toISOString(),
    name: "Ana",
    amount: money("5.00", "USD"),
    ...facts,
  });
  const place = {
    channel: 1,
    offset: 7,
    kind: "event",
    id: "e0000000000000000000007",
    replayOf: null,
    number: 7,
  } as const;
  return new LogRecord({ ...place, arrival, receivedAt }, JSON.stringify(event));
}

function money(value: string, currency: string): Money {
  const amount = parseMoney(value, currency);
  if (typeof amount === "string") throw new Error(amount);
  return amount;
}

/** What settings that differ in these groups make of it. */
function ruled(change: Record<string, object>, of: LogRecord, known: Partial<Surroundings> = {}) {
  const merged: Record<string, unknown> = { ...usualSettings };
  for (const [group, given] of Object.entries(change)) merged[group] = { ...(merged[group] as object), ...given };
  return new Rules(stageSettings.parse(merged)).decide(of, {
    ...{ now, chance: 0, isFirstTime: false, isBiggest: false },
    ...known,
  });
}

describe("which events become alerts", () => {
  test("kinds, amounts and donors; the rule that decided is named", () => {
    const { who } = usualSettings;
    const off = { who: { kinds: { ...who.kinds, donation: false } } };
    expect(ruled({}, record())).toMatchObject({ rule: null, alert: { state: "queued", sound: true } });
    expect(ruled(off, record())).toMatchObject({ rule: "kind-off", alert: { state: "silent" } });
    expect(ruled({ who: { showFrom: { USD: "5.01" } } }, record()).rule).toBe("below-minimum");
    expect(ruled({ who: { showFrom: { USD: "5" } } }, record()).rule).toBeNull();
    expect(ruled({ who: { soundFrom: { USD: "6" } } }, record()).alert.sound).toBe(false);
    expect(ruled({ safety: { blockedNames: ["АnА"] } }, record()).rule).toBe("blocked-donor");
    expect(ruled({ who: { showFrom: { USD: "1000" } } }, record({ type: "follow", amount: null })).rule).toBeNull();
  });

  test("a minimum in dollars holds for a currency that has none, roughly", () => {
    const from = { who: { showFrom: { USD: "5" } } };
    expect(ruled(from, record({ amount: money("100", "CZK") })).rule).toBeNull();
    expect(ruled(from, record({ amount: money("99", "CZK") })).rule).toBe("below-minimum");
    expect([roughly("5", "KRW"), roughly("100", "INR"), roughly("5", "XYZ")]).toEqual(["5000", "10000", "5"]);
  });

  test("tests are never held, filtered or silent, and stand first", () => {
    const strict = {
      who: { showFrom: { USD: "1000" } },
      safety: { review: "all", blockedNames: ["Ana"] },
      late: { late: "count-only" },
    };
    const test = ruled(strict, record({ test: true, occurredAt: "2020-01-01T00:00:00.000Z" }, "late"));
    expect(test).toMatchObject({ rule: null, alert: { state: "queued", test: true } });
    expect(test.alert.rank).toBeLessThan(0);
  });

  test("late is what is read back late, or was stored long ago; a little late is not", () => {
    const minutesAgo = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
    const lateness = (of: LogRecord) => ruled({}, of).alert.content.late;
    expect(lateness(record({ occurredAt: minutesAgo(3) }, "late"))).toBe(true);
    expect(lateness(record({ occurredAt: minutesAgo(1) }, "late"))).toBe(false);
    expect(lateness(record({ occurredAt: minutesAgo(60) }))).toBe(false);
    expect(lateness(record({}, "live", now - 180_000))).toBe(true);
    const countOnly = ruled({ late: { late: "count-only" } }, record({ occurredAt: minutesAgo(3) }, "late"));
    expect(countOnly).toMatchObject({ rule: "late", alert: { state: "silent" } });
  });
});

describe("tiers and variations", () => {
  test("borders of the brief by currency, to the cent", () => {
    const tier = (value: string, currency: string) =>
      ruled({}, record({ amount: money(value, currency) })).alert.content.tier;
    expect([
      tier("4.99", "USD"),
      tier("5", "USD"),
      tier("24.99", "USD"),
      tier("25", "EUR"),
      tier("100", "GBP"),
    ]).toEqual(["small", "medium", "medium", "big", "huge"]);
    expect([tier("299", "RUB"), tier("300", "RUB"), tier("5000", "RUB"), tier("10000", "JPY")]).toEqual([
      "small",
      "medium",
      "huge",
      "huge",
    ]);
  });

  test("an exact amount comes before the first time, that before the biggest, and that before chance by weight", () => {
    const variations = [
      { name: "rare", when: { kind: "random" }, weight: 1 },
      { name: "usual", when: { kind: "random" }, weight: 3 },
      { name: "top", when: { kind: "biggest" }, weight: 1 },
      { name: "new", when: { kind: "first-time" }, weight: 1, tier: "big" },
      { name: "nice", when: { kind: "exact", amount: "69", currency: "USD" }, weight: 1 },
    ];
    const name = (value: string, known: Partial<Surroundings>) =>
      ruled({ who: { variations } }, record({ amount: money(value, "USD") }), known).alert.content;
    const all = { isFirstTime: true, isBiggest: true };
    expect(name("69.00", all).variation).toBe("nice");
    expect(name("5", all)).toMatchObject({ variation: "new", tier: "big" });
    expect(name("5", { isBiggest: true }).variation).toBe("top");
    expect([0, 0.24, 0.26, 0.99].map((chance) => name("5", { chance }).variation)).toEqual([
      "rare",
      "rare",
      "usual",
      "usual",
    ]);
  });
});

describe("words", () => {
  const list = new WordList(["badword", "grob*", "дурак"]);

  for (const text of [
    "badword",
    "BADWORD!",
    "bаdwоrd",
    "b4dw0rd",
    "baaadwooord",
    "b a d w o r d",
    "b.a.d.w.o.r.d",
    "bádwörd",
    "дyрaк",
    "so grobian",
  ]) {
    test(`finds ${text}`, () => expect(list.matches(text)).toBe(true));
  }
  for (const text of ["bad word", "badwords", "aggrobate", "a b c", ""]) {
    test(`lets ${JSON.stringify(text)} pass`, () => expect(list.matches(text)).toBe(false));
  }

  test("masks the word and nothing else, and never makes a text longer", () => {
    expect(list.mask("you b4dw0rd, you")).toBe("you *******, you");
    expect(list.mask("b a d w o r d!")).toBe("* * * * * * *!");
    fc.assert(fc.property(fc.string(), (text) => list.mask(text).length === text.length));
    fc.assert(fc.property(fc.string(), (text) => !list.matches(list.mask(text))));
  });

  test("strong words wait for review, or are masked where nothing is reviewed", () => {
    const safety = { strongWords: ["badword"] };
    const bad = record({ message: "a badword" });
    expect(ruled({ safety }, bad)).toMatchObject({
      rule: "strong-word",
      alert: { state: "held", decideBy: now + 60_000 },
    });
    const let_through = ruled({ safety: { ...safety, review: "off" } }, bad).alert;
    expect([let_through.state, let_through.content.message]).toEqual(["queued", "a *******"]);
    expect(ruled({ safety: { review: "all" } }, record()).rule).toBe("review-all");
  });
});

describe("text", () => {
  const invisible = [
    "\u200b",
    "\u200c",
    "\u200d",
    "\u200e",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\ufe0f",
    "\u3164",
    "\u0001",
  ];

  test("no invisible character hides an address or a strong word", () => {
    const safety = { links: "remove", strongWords: ["badword"] };
    for (const nothing of invisible) {
      const said = (message: string) => ruled({ safety }, record({ message }));
      const links = [
        `go example${nothing}.com now`,
        `go example.${nothing}com now`,
        `go ht${nothing}tps://a.example/x now`,
      ];
      expect(links.map((message) => said(message).alert.content.message)).toEqual(["go now", "go now", "go now"]);
      expect(said(`bad${nothing}word`).rule).toBe("strong-word");
      expect(ruled({ safety }, record({ name: `bad${nothing}word` })).rule).toBe("strong-word");
    }
  });

  test("what joins letters and pictures stays where it does", () => {
    for (const text of ["👨‍👩‍👧", "❤️ love", "1️⃣", "می‌خواهم", "क्‍ष"]) expect(cleanText(text, 50)).toBe(text);
  });

  test("no control or direction characters, no towers of accents, no halves, not too long", () => {
    expect(cleanText("a\u202eb\u0000c\u2066d\r\ne", 50)).toBe("abcd\ne");
    expect(cleanText(`z${"\u0301".repeat(50)}`, 50).length).toBeLessThan(5);
    expect(cleanText("👨‍👩‍👧".repeat(3), 2)).toBe("👨‍👩‍👧…");
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => cleanText(text, 40).isWellFormed()));
  });

  test("addresses go, other words stay", () => {
    expect(withoutLinks("see https://evil.example/x?y and www.a.b or foo.com/z now")).toBe("see and or now");
    expect(withoutLinks("It costs 5.00 at 10.30, ok?")).toBe("It costs 5.00 at 10.30, ok?");
  });

  test("a message that looks like a template stays one", () => {
    const { content } = ruled({}, record({ message: "{{amount}} <b>x</b>" })).alert;
    expect([content.message, content.amount]).toEqual(["{{amount}} <b>x</b>", moneyOf(500, 2, "USD")]);
  });
});

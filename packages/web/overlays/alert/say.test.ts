import { describe, expect, test } from "bun:test";
import type { AlertContent } from "@tipwire/client";
import { cleanText } from "./clean-text.ts";
import { defaultLook } from "./default-look.ts";
import { type Speech, sayAlert } from "./say.ts";
import { usualAlert } from "./testing/usual-alert.ts";

const euros = { value: "5.00", minor: 500, exponent: 2, currency: "EUR" };
const roubles = { value: "500.00", minor: 50_000, exponent: 2, currency: "RUB" };
const say = (alert: Partial<AlertContent>, speech: Partial<Speech> = {}, locale = "en") =>
  sayAlert("1", { ...usualAlert, message: "Hello!", ...alert }, { ...defaultLook, ...speech }, locale);

describe("what an alert says", () => {
  test("name, amount and message", () => {
    const texts = { name: "Ada", amount: "€5", detail: "", message: "Hello!" };
    expect(say({})).toEqual({ id: "1", ...texts, amountIsKind: false, variation: null });
    expect(say({ variation: "nice" }).variation).toBe("nice");
    expect(say({ name: null }).name).toBe("Anonymous");
    expect(say({ name: null }, {}, "ru").name).toBe("Аноним");
    expect(say({ name: "\u202E \u200B" }).name).toBe("Anonymous");
  });

  test("the amount as donated, as the creator counts, or both", () => {
    const stated = { amount: roubles, stated: euros };
    expect(say(stated).amount).toBe("₽500");
    expect(say(stated, { amounts: "mine" }).amount).toBe("€5");
    expect(say(stated, { amounts: "both" }).amount).toBe("₽500 ≈ €5");
    expect(say({ stated: euros }, { amounts: "both" }).amount).toBe("€5");
  });

  test("an event without money says what it is", () => {
    expect(say({ kind: "follow", amount: null })).toMatchObject({ amount: "New follower", amountIsKind: true });
    expect(say({ kind: "raid", amount: null }, {}, "ru").amount).toBe("Рейд");
  });

  test("a subscription's tier and months, what was merged, and that it is late", () => {
    const subscription = { kind: "subscription", subscriptionTier: "Gold", streak: 3 } as const;
    expect(say(subscription).detail).toBe("Subscription · Gold · 3 in a row");
    expect(say({ more: { count: 7, totals: [euros, roubles] } }).detail).toBe("+7 more · €5 + ₽500");
    expect(say({ late: true, messageKind: "audio" }, {}, "ru").detail).toBe("Голосовое сообщение · С опозданием");
  });

  test("a summary says totals and names nobody", () => {
    const summary = say({ kind: "summary", name: null, amount: null, more: { count: 6, totals: [euros] } });
    expect(summary).toMatchObject({ name: "", amount: "€5", detail: "+6 more" });
  });

  test("a line of one's own takes the name's place, and the amount's where it says it", () => {
    expect(say({}, { line: "Thanks, {name}!" })).toMatchObject({ name: "Thanks, Ada!", amount: "€5" });
    expect(say({}, { line: "{name} gave {amount}" })).toMatchObject({ name: "Ada gave €5", amount: "" });
  });

  test("what a viewer wrote is filled into nothing", () => {
    expect(say({ message: "{{amount}} {name}" }).message).toBe("{{amount}} {name}");
    expect(say({ name: "{amount}" }, { line: "{name}!" }).name).toBe("{amount}!");
    expect(say({ name: "$&$1" }, { line: "{name}!" }).name).toBe("$&$1!");
  });

  test("a message is cut at a letter as readers count them, hidden, or without emoji", () => {
    expect(say({ message: "👨‍👩‍👧‍👦".repeat(50) }, { longestMessage: 40 }).message).toBe(`${"👨‍👩‍👧‍👦".repeat(39)}…`);
    expect(say({}, { showMessage: false }).message).toBe("");
    expect(say({ message: "gg 🎉🇺🇦❤️ 10/10" }, { emoji: false }).message).toBe("gg  10/10");
  });
});

describe("clean text", () => {
  test("keeps words of any script, emoji and line breaks", () => {
    for (const text of ["Привет, мир!", "شكرا على البث", "👨‍👩‍👧‍👦 ❤️ 🇺🇦", "a\nb", "é ñ ผู้", "<b>&amp;</b>"]) {
      expect(cleanText(text)).toBe(text);
    }
  });

  test("takes out what cannot be seen, turns text around, or climbs over other lines", () => {
    expect(cleanText("a\u202Eb\u2066c\u200F")).toBe("abc");
    expect(cleanText("a\u0000\u0007\u001B[31mb")).toBe("a[31mb");
    expect(cleanText(`z${"\u0300".repeat(40)}`)).toBe("z\u0300\u0300");
    expect(cleanText("a\r\nb\u2028c\n\n\n\n\nd")).toBe("a\nb\nc\n\nd");
    expect(cleanText("a\uD800b\uFFFFc")).toBe("abc");
  });
});

import type { AlertContent, LookSettings, Money } from "@tipwire/client";
import { moneyText } from "../../shared/money.ts";
import { type Words, wordsFor } from "../words.ts";
import { cleanText } from "./clean-text.ts";
import type { AlertText } from "./content.ts";

/** The part of a look's settings that decides what is said. */
export type Speech = Pick<LookSettings, "line" | "showMessage" | "longestMessage" | "emoji" | "amounts">;

/**
 * What an alert says under these settings. A line of the creator's own takes the name's place; an amount that it holds is
 * not said again. Chips are filled in once: what a viewer wrote stays as it was, braces included.
 */
export function sayAlert(id: string, alert: AlertContent, speech: Speech, locale: string): AlertText {
  const words = wordsFor(locale);
  const readable = (text: string) => cleanText(speech.emoji ? text : text.replace(emoji, ""));
  const name = alert.kind === "summary" ? "" : readable(alert.name ?? "") || words.anonymous;
  const money = amountText(alert, speech.amounts, locale);
  const line = speech.line === null ? null : fillIn(speech.line, name, money, alert, locale);
  const amount = line !== null && speech.line?.includes("{amount}") ? "" : money;
  return {
    id,
    name: line ?? name,
    amount: amount || (money === "" ? words.kind[alert.kind] : ""),
    amountIsKind: money === "",
    detail: detailOf(alert, words, locale),
    message: speech.showMessage ? shorten(readable(alert.message), speech.longestMessage) : "",
    variation: alert.variation,
  };
}

const emoji = /\p{RGI_Emoji}/gv;

/** As it was donated, as the platform stated it in the creator's currency, or both. */
function amountText({ kind, amount, stated, more }: AlertContent, which: Speech["amounts"], locale: string): string {
  if (kind === "summary") return totalsText(more?.totals ?? [], locale);
  if (amount === null) return "";
  const donated = moneyText(amount, locale);
  if (stated === null || stated.currency === amount.currency || which === "donated") return donated;
  const mine = moneyText(stated, locale);
  return which === "mine" ? mine : `${donated} ≈ ${mine}`;
}

function totalsText(totals: readonly Money[], locale: string): string {
  return totals.map((total) => moneyText(total, locale)).join(" + ");
}

function fillIn(line: string, name: string, amount: string, { more }: AlertContent, locale: string): string {
  const chips: Readonly<Record<string, string>> = {
    name,
    amount,
    count: String((more?.count ?? 0) + 1),
    total: more === null ? amount : totalsText(more.totals, locale),
  };
  return line.replace(/\{(name|amount|total|count)\}/g, (_, chip: string) => chips[chip] ?? "");
}

/** The line under the name: "Subscription · Gold Tier · 3 in a row", "+7 more · $12". */
function detailOf(
  { kind, amount, subscriptionTier, streak, more, late, messageKind }: AlertContent,
  words: Words,
  locale: string,
): string {
  const parts = [
    kind === "subscription" && amount !== null && words.kind.subscription,
    subscriptionTier,
    (streak ?? 0) > 1 && words.streak(streak ?? 0),
    more !== null && words.more(more.count),
    more !== null && kind !== "summary" && totalsText(more.totals, locale),
    messageKind === "audio" && words.voice,
    late && words.late,
  ];
  return cleanText(parts.filter(Boolean).join(" · "));
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** At most so many characters as a reader counts them, the last one an ellipsis if any were cut. */
function shorten(text: string, longest: number): string {
  const characters = [...graphemes.segment(text)];
  if (characters.length <= longest) return text;
  return `${text.slice(0, characters[longest - 1]?.index).trimEnd()}…`;
}

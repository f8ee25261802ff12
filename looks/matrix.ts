/** Every look with every hard text: what is photographed and checked. */
import { type AlertContent, type Look, looks, type Tier, tiers } from "@tipwire/client";

export const canvases = [
  { name: "16:9", width: 1920, height: 1080 },
  { name: "9:16", width: 1080, height: 1920 },
  { name: "800×600", width: 800, height: 600 },
] as const;
export type Canvas = (typeof canvases)[number];

export interface Text {
  readonly name: string;
  readonly alert: Pick<AlertContent, "amount" | "message"> & { readonly name: string };
  /** Which page of the message is looked at. */
  readonly page: "first" | "last";
}

export interface Cell {
  readonly look: Look;
  readonly tier: Tier;
  readonly canvas: Canvas;
  readonly text: Text;
}

const story =
  "Привет! Это очень длинное сообщение от зрителя, который решил рассказать всю историю своей жизни прямо во время решающего раунда. ";
const long = story.repeat(4).slice(0, 500).trim();

function text(
  name: string,
  who: string,
  value: string,
  currency: string,
  message: string,
  page: Text["page"] = "first",
): Text {
  const exponent = value.split(".")[1]?.length ?? 0;
  const amount = { value, minor: Number(value.replace(".", "")), exponent, currency };
  return { name, alert: { name: who, amount, message }, page };
}

export const texts: readonly Text[] = [
  text("normal", "Анна Котова", "500.00", "RUB", "Спасибо за стрим! Ты лучший, продолжай в том же духе."),
  text(
    "64-character name",
    "Константин-Константинопольский_Победитель_Вселенной_2026_Официал",
    "25.00",
    "USD",
    "gg wp",
  ),
  text("500 characters, first page", "Maximilian", "100.00", "EUR", long),
  text("500 characters, last page", "Maximilian", "100.00", "EUR", long, "last"),
  text("Arabic", "محمد عبد الله", "100.50", "EUR", "شكرا على البث الرائع! استمر في العمل الجيد GG WP 🎉"),
  text("emoji", "🦊 Лиса 🦊", "1000.00", "UAH", "🔥🔥🔥 Поехали!!! 🚀🇺🇦👨‍👩‍👧‍👦❤️ 10/10"),
  text("15-character amount", "Константин Константинопольский", "12345678.90", "KZT", story.trim()),
  text("no message", "Ada", "5.00", "USD", ""),
];

/** Texts that nobody writes but to see what breaks. */
export const extremes: readonly Text[] = [
  text("letters as wide as they get", "W".repeat(64), "12345678.90", "KZT", long),
  text("one word of 500 letters, from the right", "محمد عبد الله", "5.00", "EUR", "ش".repeat(500)),
  text("nothing but emoji and line breaks", "🎉".repeat(32), "5.00", "EUR", "\n🔥".repeat(60).trim()),
];

/** In an order in which canvas and look change seldom. */
export function wholeMatrix(wanted: readonly Look[]): readonly Cell[] {
  return canvases.flatMap((canvas) =>
    wanted.flatMap((look) => tiers.flatMap((tier) => texts.map((one) => ({ look, tier, canvas, text: one })))),
  );
}

/** Sixty cells, twelve of each look, in which every tier, canvas and text of a look occurs. */
export function sample(): readonly Cell[] {
  const cells = looks.flatMap((look, l) =>
    Array.from({ length: 12 }, (_, i): Cell => {
      const tier = tiers[i % tiers.length] as Tier;
      const canvas = canvases[(i + l) % canvases.length] as Canvas;
      return { look, tier, canvas, text: texts[(i * 3 + l) % texts.length] as Text };
    }),
  );
  return [...cells].sort((a, b) => canvases.indexOf(a.canvas) - canvases.indexOf(b.canvas));
}

import type { Money, TipwireEvent } from "@tipwire/client";
import type { Paint } from "./paint.ts";
import { cut, padEnd, padStart, plain } from "./text.ts";
import { clockTime } from "./time.ts";

const amountWidth = 14;
const nameWidth = 20;

/** An event as one line for people: when, what, who, and what they wrote. `columns`: cut there, if at all. */
export function eventLine(event: TipwireEvent, paint: Paint, columns: number = Number.POSITIVE_INFINITY): string {
  const time = clockTime(event.receivedAt);
  const amount = padStart(event.amount === null ? event.type : moneyText(event.amount), amountWidth);
  const name = padEnd(cut(event.name === null ? "anonymous" : plain(event.name), nameWidth), nameWidth);
  const marks = marksOf(event);
  const left =
    columns - `${time}  ${" ".repeat(amountWidth + 2 + nameWidth)}  ${marks}`.length - (marks === "" ? 0 : 1);
  const message = cut(plain(event.message), Math.max(10, left));
  const said = [marks && paint("yellow", marks), message].filter(Boolean).join(" ");
  return `${paint("dim", time)}  ${paint("green", amount)}  ${paint("bold", name)}  ${said}`.trimEnd();
}

function moneyText({ value, currency }: Money): string {
  return `${plain(value)} ${plain(currency)}`;
}

/** What is unusual about it, in words: colours do not reach everyone. */
function marksOf(event: TipwireEvent): string {
  const marks = [
    event.kind === "replay" && "replay",
    event.test && "test",
    event.arrival === "late" && "late",
    event.arrival === "import" && "import",
    event.type !== "donation" && event.amount !== null && event.type,
    event.tier && `tier ${plain(event.tier)}`,
    event.streak !== null && event.streak > 0 && `streak ${event.streak}`,
  ].filter(Boolean);
  return marks.length === 0 ? "" : `[${marks.join(", ")}]`;
}

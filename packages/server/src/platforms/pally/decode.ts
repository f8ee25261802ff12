import { streamEvent } from "../../core/event.ts";
import { type Money, moneyOf, parseMoney } from "../../core/money.ts";
import { type DecodedOne, other, unreadable } from "../../intake/decoded.ts";
import { parseExact } from "../../intake/exact-json.ts";
import { type Fields, fieldsOf, identityOf, instantOf, integerOf, textOf, textOrNull } from "../../intake/fields.ts";

export interface PallyContext {
  /** Milliseconds since 1970: stands in for a `createdAt` that is missing. */
  readonly receivedAt: number;
}

const none: ReadonlySet<string> = new Set();

/** Reads one frame as Pally sends it, or as our own Pally delivery does. */
export function decodePally(text: string, context: PallyContext): DecodedOne {
  const word = keepaliveOf(text);
  if (word !== undefined) return other(word);
  const frame = fieldsOf(parseExact(text, none));
  if (frame === undefined) return unreadable("This is not a JSON object.");
  if (typeof frame.type !== "string") return unreadable("It has no type.");
  if (frame.type !== "campaigntip.notify") return other(`type ${JSON.stringify(frame.type.slice(0, 40))}`);
  const payload = fieldsOf(frame.payload);
  const tip = fieldsOf(payload?.campaignTip);
  if (tip === undefined) return unreadable("The notification has no campaignTip.");
  return decodeTip(tip, fieldsOf(payload?.page) ?? {}, text, context);
}

/**
 * `ping` and `pong` are bare text; one client looks for them in any case, one reads them as a JSON string, and one sends
 * and hears them as objects.
 */
export function keepaliveOf(text: string): "ping" | "pong" | undefined {
  if (text.length > 100) return undefined;
  const read = parseExact(text, none);
  const word = textOf(fieldsOf(read)?.type) || textOf(read) || text;
  switch (word.trim().toLowerCase()) {
    case "ping":
      return "ping";
    case "pong":
      return "pong";
    default:
      return undefined;
  }
}

function decodeTip(tip: Fields, page: Fields, raw: string, context: PallyContext): DecodedOne {
  const id = identityOf(tip.id);
  if (id === undefined) return unreadable("The tip has no id.");
  const pageId = identityOf(page.id);
  if (pageId === undefined) return unreadable("Nothing says whose tip this is: the page has no id.");
  const currency = textOf(tip.currency).trim() || "USD";
  const amount = exactAmount(tip, currency) ?? cents(tip.grossAmountInCents, currency);
  if (amount === null) return unreadable("The tip has no readable grossAmountInCents.");
  if (amount.minor < 0) return unreadable("The amount is below zero.");

  const name = textOrNull(tip.displayName);
  const event = streamEvent({
    type: "donation",
    origin: `pally:${pageId}`,
    externalId: id,
    occurredAt: instantOf(tip.createdAt) ?? new Date(context.receivedAt).toISOString(),
    name,
    anonymous: name === null,
    message: textOf(tip.message),
    amount,
    fee: cents(tip.processingFeeInCents, currency),
    net: cents(tip.netAmountInCents, currency),
    test: tip.test === true,
  });
  return { status: "event", event, raw };
}

/** The decimal text that our own delivery adds, for currencies whose minor unit is no hundredth. */
function exactAmount(tip: Fields, currency: string): Money | null {
  const money = parseMoney(textOf(tip.amount), currency);
  return typeof money === "string" ? null : money;
}

function cents(value: unknown, currency: string): Money | null {
  const hundredths = integerOf(value);
  if (hundredths === undefined) return null;
  const money = parseMoney(moneyOf(hundredths, 2, currency).value, currency);
  return typeof money === "string" ? null : money;
}

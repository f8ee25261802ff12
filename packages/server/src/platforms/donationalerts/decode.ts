import { streamEvent } from "../../core/event.ts";
import { type Money, parseMoney } from "../../core/money.ts";
import { type Decoded, type DecodedOne, each, other, unreadable } from "../../intake/decoded.ts";
import { elementTexts, memberText, parseExact } from "../../intake/exact-json.ts";
import { type Fields, fieldsOf, identityOf, instantOf, integerOf, textOf, textOrNull } from "../../intake/fields.ts";
import type { TakenItem } from "../../intake/source.ts";
import { jsonPieces } from "./json-stream.ts";

/** What no message says, where a setting does. */
export interface Unsaid {
  /** The creator's own currency. */
  readonly currency?: string;
  /** Of the clock that its times are read from: "+03:00". Without it UTC. */
  readonly utcOffset?: string;
}

export interface DonationAlertsContext extends Unsaid {
  /** Milliseconds since 1970: stands in for a `created_at` that is missing. */
  readonly receivedAt: number;
  /** Whose donations these are, where neither a channel nor a recipient says so: the list never does. */
  readonly userId?: string;
  /** The creator's own currency as other donations gave it away, where no setting says it. */
  readonly learned?: string | undefined;
}

const exact: ReadonlySet<string> = new Set(["amount", "amount_in_user_currency"]);

/** Reads one frame of the socket, one answer of the list, or one donation. A frame may hold several messages. */
export function decodeDonationAlerts(text: string, context: DonationAlertsContext): Decoded {
  const whole = parseExact(text, exact);
  if (whole !== undefined) return decodeMessage(whole, text.trim(), context);
  const pieces = [...jsonPieces(text)];
  if (pieces.length < 2) return unreadable("This is not a JSON object.");
  return {
    status: "events",
    items: pieces.flatMap((piece) => each(decodeMessage(parseExact(piece, exact), piece.trim(), context))),
  };
}

/** The donations of an answer of the list, each with its own text, oldest first. */
export function listedDonations(text: string, context: DonationAlertsContext): readonly TakenItem[] {
  const texts = elementTexts(memberText(text, "data") ?? "[]").reverse();
  return each(decodeDonationAlerts(text, context)).map((decoded, i) => ({ decoded, raw: texts[i] ?? "" }));
}

function decodeMessage(value: unknown, raw: string, context: DonationAlertsContext): Decoded {
  const message = fieldsOf(value);
  if (message === undefined) return unreadable("This is not a JSON object.");
  if (Array.isArray(message.data)) return decodeList(message.data, raw, context);
  if (message.result !== undefined) return decodePush(fieldsOf(message.result) ?? {}, raw, context);
  if (message.error !== undefined) return other("error");
  if ("amount" in message || "username" in message) return decodeDonation(message, undefined, raw, context);
  return other("message without a donation");
}

/** Newest first as they come, oldest first as we give them. */
function decodeList(donations: readonly unknown[], raw: string, context: DonationAlertsContext): Decoded {
  const texts = elementTexts(memberText(raw, "data") ?? "[]");
  const items = donations.map((value, i) => {
    const donation = fieldsOf(value);
    if (donation === undefined) return unreadable("This is not a JSON object.");
    return decodeDonation(donation, undefined, texts[i] ?? "", context);
  });
  return { status: "events", items: items.reverse() };
}

function decodePush(result: Fields, raw: string, context: DonationAlertsContext): DecodedOne {
  const channel = textOf(result.channel);
  if (channel === "") return other("reply");
  if ((integerOf(result.type) ?? 0) !== 0) return other("join or leave");
  const [, userId] = /^\$alerts:donation_(.+)$/.exec(channel) ?? [];
  if (userId === undefined) return other(`channel ${JSON.stringify(channel.slice(0, 40))}`);
  const donation = fieldsOf(fieldsOf(result.data)?.data);
  if (donation === undefined) return unreadable("The push holds no donation.");
  return decodeDonation(donation, userId, raw, context);
}

function decodeDonation(
  donation: Fields,
  pushedTo: string | undefined,
  raw: string,
  context: DonationAlertsContext,
): DecodedOne {
  const id = integerOf(donation.id);
  if (id === undefined || id <= 0) return unreadable("The donation has no id.");
  const said = pushedTo ?? fieldsOf(donation.recipient)?.user_id;
  const userId = said === undefined || said === null ? context.userId : userIdOf(said);
  if (userId === undefined) {
    return unreadable("Nothing says whose donation this is: no channel, no recipient, and no user id was given.");
  }
  const amount = moneyFrom(donation.amount, textOf(donation.currency).trim());
  if (amount === null) return unreadable("The donation has no readable amount and currency.");
  if (amount.minor < 0) return unreadable("The amount is below zero.");

  const message = textOf(donation.message);
  const event = streamEvent({
    type: "donation",
    origin: `donationalerts:${userId}`,
    externalId: String(id),
    occurredAt: timeOf(donation.created_at, context) ?? new Date(context.receivedAt).toISOString(),
    name: textOrNull(donation.username),
    message: message === "null" ? "" : message,
    messageKind: donation.message_type === "audio" ? "audio" : "text",
    amount,
    stated: statedOf(donation.amount_in_user_currency, amount, context),
  });
  return { status: "event", event, raw };
}

/** DonationAlerts numbers its users. */
function userIdOf(value: unknown): string | undefined {
  const text = identityOf(value);
  return text !== undefined && /^\d{1,20}$/.test(text) ? text : undefined;
}

function moneyFrom(value: unknown, currency: string): Money | null {
  const money = parseMoney(textOf(value), currency);
  return typeof money === "string" ? null : money;
}

/** The creator's currency is nowhere named: it is the setting's, or, when both amounts are equal, the donation's, or the learned one. */
function statedOf(value: unknown, amount: Money, { currency, learned }: DonationAlertsContext): Money | null {
  if (currency !== undefined) return moneyFrom(value, currency);
  const same = moneyFrom(value, amount.currency);
  if (same?.value === amount.value) return same;
  // Two amounts that differ in one currency: the creator has another one by now.
  return learned === undefined || learned === amount.currency ? null : moneyFrom(value, learned);
}

/** "2025-04-12 07:15:49", also "07.15.49". */
function timeOf(value: unknown, { utcOffset }: Unsaid): string | undefined {
  return instantOf(textOf(value).replace(/ (\d\d)\.(\d\d)\.(\d\d)$/, " $1:$2:$3"), utcOffset);
}

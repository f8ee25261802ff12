import { createHash } from "node:crypto";
import { type EventType, streamEvent } from "../../core/event.ts";
import { type Money, parseMoney } from "../../core/money.ts";
import { type DecodedOne, other, unreadable } from "../../intake/decoded.ts";
import { parseExact } from "../../intake/exact-json.ts";
import { type Fields, fieldsOf, instantOf, integerOf, textOf, textOrNull, webAddressOf } from "../../intake/fields.ts";
import { Occurrences } from "./occurrences.ts";

/** What must be remembered between the frames of one connection, or the lines of one file. */
export class TuniformConnection {
  /** Whose events these are: from the handshake, or said beforehand for a file that has none. */
  userId: string | undefined;
  /** The creator's handle on Kick, from the handshake. */
  kickUsername = "";
  readonly #now: (() => number) | undefined;
  #occurrences = new Occurrences();
  #latest = 0;

  /** `now`: the time of arrival, for a live connection. A file has none: the events' own times stand in for it. */
  constructor(options: { readonly userId?: string; readonly now?: () => number } = {}) {
    this.userId = options.userId || undefined;
    this.#now = options.now;
  }

  connected(userId: string, kickUsername: string): void {
    this.userId = userId;
    this.kickUsername = kickUsername;
    this.#occurrences = new Occurrences();
  }

  ordinal(identity: string, occurredAt: string): number {
    this.#latest = Math.max(this.#latest, this.#now?.() ?? Date.parse(occurredAt));
    return this.#occurrences.ordinal(identity, this.#latest);
  }
}

/** What a handshake is read as. */
export const handshake = other("handshake");

const types: ReadonlySet<string> = new Set<EventType>(["donation", "subscription", "follow", "raid", "host"]);
const exact: ReadonlySet<string> = new Set(["amount"]);

/** Reads one frame as Tuniform sends it. */
export function decodeTuniform(text: string, connection: TuniformConnection): DecodedOne {
  const frame = fieldsOf(parseExact(text, exact));
  if (frame === undefined) return unreadable("This is not a JSON object.");
  if (frame.type === "CONNECTED") return decodeConnected(frame, connection);
  if (typeof frame.type !== "string") return unreadable("It has no type.");
  if (!types.has(frame.type)) return other(`type ${JSON.stringify(frame.type.slice(0, 40))}`);
  return decodeEvent(frame, frame.type as EventType, text, connection);
}

function decodeConnected(frame: Fields, connection: TuniformConnection): DecodedOne {
  const userId = integerOf(frame.user_id);
  if (userId === undefined) return unreadable("The handshake has no user_id.");
  connection.connected(String(userId), textOf(frame.kick_username));
  return handshake;
}

function decodeEvent(frame: Fields, type: EventType, raw: string, connection: TuniformConnection): DecodedOne {
  if (connection.userId === undefined) {
    return unreadable("Nothing says whose event this is: no handshake with a user_id came before it.");
  }
  const occurredAt = instantOf(frame.timestamp);
  if (occurredAt === undefined) return unreadable("It has no timestamp, which is part of its identity.");
  const amount = amountOf(frame);
  if (type === "donation" && amount === null) return unreadable("The donation has no readable amount and currency.");
  if (amount !== null && amount.minor < 0) return unreadable("The amount is below zero.");

  const identity = identityHash(frame, amount, occurredAt);
  const ordinal = connection.ordinal(identity, occurredAt);
  const subscription = type === "subscription";
  const event = streamEvent({
    type,
    origin: `tuniform:${connection.userId}`,
    externalId: ordinal === 1 ? identity : `${identity}-${ordinal}`,
    occurredAt,
    name: textOrNull(frame.sender_username),
    message: textOf(frame.message),
    amount: type === "donation" || subscription || amount?.minor !== 0 ? amount : null,
    tier: textOrNull(frame.tier),
    period: textOrNull(frame.period),
    duration: integerOf(frame.duration) ?? null,
    streak: subscription ? (integerOf(frame.streak) ?? null) : integerOf(frame.streak) || null,
    avatarUrl: webAddressOf(frame.sender_avatar),
    ttsUrl: frame.have_tts === false ? null : webAddressOf(frame.tts_url),
    voiceUrl: frame.have_voice_message === false ? null : webAddressOf(frame.voice_message),
    kickUsername: textOrNull(frame.kick_username),
  });
  return { status: "event", event, raw };
}

function amountOf(frame: Fields): Money | null {
  const money = parseMoney(textOf(frame.amount), textOf(frame.currency).trim());
  return typeof money === "string" ? null : money;
}

/** A hash over all documented fields: "50.0" and "50.00", "+01:00" and "Z" are spellings, not differences. */
function identityHash(frame: Fields, amount: Money | null, occurredAt: string): string {
  const facts = [
    textOf(frame.sender_username),
    textOf(frame.sender_avatar),
    amount?.value ?? textOf(frame.amount),
    amount?.currency ?? textOf(frame.currency),
    textOf(frame.type),
    textOf(frame.tier),
    integerOf(frame.duration) ?? "",
    textOf(frame.period),
    integerOf(frame.streak) ?? 0,
    textOf(frame.receiver_username),
    textOf(frame.receiver_display_name),
    textOf(frame.receiver_avatar),
    textOf(frame.message),
    textOf(frame.kick_username),
    textOf(frame.tts_url),
    frame.have_tts === true,
    textOf(frame.voice_message),
    frame.have_voice_message === true,
    occurredAt,
  ];
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 32);
}

import { type EventType, eventTypes, streamEvent } from "../../core/event.ts";
import { parseMoney } from "../../core/money.ts";
import { type Fields, fieldsOf, instantOf, integerOf, textOf } from "../../intake/fields.ts";
import { encodeEvent, isSaid } from "./encode.ts";

/** Whose list it is, as `GET /v1/me` says. */
export interface Receiver {
  readonly userId: string;
  readonly slug: string;
  readonly title: string;
}

export function receiverOf(me: unknown): Receiver | undefined {
  const channel = fieldsOf(fieldsOf(me)?.channel);
  const id = integerOf(channel?.id);
  if (channel === undefined || id === undefined) return undefined;
  return { userId: String(id), slug: textOf(channel.slug), title: textOf(channel.title) };
}

/**
 * The frame that a Tipwire's `/ws` sends for an event of its `GET /v1/channels/{slug}/events`: an event is the same one
 * wherever it is read. `undefined`: it sends none for it, or showed it again.
 */
export function frameOf(record: Fields, receiver: Receiver): string | undefined {
  const type = eventTypes.find((known) => known === record.type);
  if (type === undefined || record.kind !== "event" || !isSaid(textOf(record.arrival), type)) return undefined;
  return encodeEvent(eventOf(record, type), receiver);
}

function eventOf(record: Fields, type: EventType) {
  const text = (key: string) => (typeof record[key] === "string" ? record[key] : null);
  const money = fieldsOf(record.amount);
  const amount = parseMoney(textOf(money?.value), textOf(money?.currency));
  return streamEvent({
    type,
    origin: "",
    externalId: "",
    occurredAt: instantOf(record.occurredAt) ?? "",
    name: text("name"),
    anonymous: record.anonymous === true,
    message: textOf(record.message),
    messageKind: record.messageKind === "audio" ? "audio" : "text",
    amount: typeof amount === "string" ? null : amount,
    tier: text("tier"),
    period: text("period"),
    duration: integerOf(record.duration) ?? null,
    streak: integerOf(record.streak) ?? null,
    avatarUrl: text("avatarUrl"),
    ttsUrl: text("ttsUrl"),
    voiceUrl: text("voiceUrl"),
    kickUsername: text("kickUsername"),
  });
}

import { z } from "zod";
import { isoTime } from "../../core/clock.ts";
import { currencyExponent } from "../../core/currencies.ts";
import { Refused } from "../../core/errors.ts";
import { eventTypes, type RecordKind, type StreamEvent, streamEvent } from "../../core/event.ts";
import { type Money, type MoneyFault, parseMoney } from "../../core/money.ts";
import { identityText, readAs, text } from "../../intake/schema.ts";

const identity = identityText(200);
const url = text(0, 2048).refine(
  (address) => /^https?:\/\//i.test(address) && URL.canParse(address),
  "must be an http or https address",
);
const money = z.union([
  text(0, 40),
  z.number().transform(String),
  z.object({ value: text(0, 40), currency: text(0, 10), exponent: z.number().int().min(0).max(12) }),
]);
const time = text(0, 40).refine(
  (iso) => /^\d{4}-\d\d-\d\dT/.test(iso) && isInstant(Date.parse(iso)),
  "must be an ISO 8601 time",
);

/** Years outside 0000 to 9999, where an offset may lead, have a longer text than every program expects. */
function isInstant(ms: number): boolean {
  return !Number.isNaN(ms) && isoTime(ms).length === 24;
}

const newEvent = z.object({
  type: z.enum(eventTypes).default("donation"),
  origin: identity.refine((origin) => !origin.startsWith("replay:"), "must not begin with replay:").optional(),
  externalId: identity.optional(),
  occurredAt: time.optional(),
  name: text(0, 500).nullish(),
  anonymous: z.boolean().optional(),
  message: text(0, 16_384).nullish(),
  messageKind: z.enum(["text", "audio"]).optional(),
  amount: money.nullish(),
  currency: text(0, 10).optional(),
  currencyExponent: z.number().int().min(0).max(12).optional(),
  fee: money.nullish(),
  net: money.nullish(),
  stated: money.nullish(),
  tier: text(0, 200).nullish(),
  period: text(0, 200).nullish(),
  duration: z.number().int().min(0).max(2_147_483_647).nullish(),
  streak: z.number().int().min(0).max(2_147_483_647).nullish(),
  avatarUrl: url.nullish(),
  ttsUrl: url.nullish(),
  voiceUrl: url.nullish(),
  kickUsername: text(0, 200).nullish(),
  test: z.boolean().optional(),
});

/** What is wrong with an amount has a code of its own. */
const codes = { amount: "amount_invalid", fee: "amount_invalid", net: "amount_invalid" } as const;

export interface EventDefaults {
  readonly origin: string;
  readonly externalId: string;
  /** Milliseconds. */
  readonly now: number;
}

/** The body of POST as an event. Throws `Refused` with what is wrong. */
export function decodeNewEvent(body: unknown, defaults: EventDefaults): StreamEvent {
  const given = readAs(newEvent, body, codes);
  if (given.type === "donation" && (given.amount == null || (typeof given.amount === "string" && !given.currency))) {
    throw new Refused("amount_missing");
  }
  const read = (field: string, amount: typeof given.amount) => readMoney(field, amount, given);
  const { currency: _, currencyExponent: __, ...facts } = given;
  const orNull = <T>(value: T | null | undefined) => value ?? null;
  return streamEvent({
    ...facts,
    origin: given.origin ?? defaults.origin,
    externalId: given.externalId ?? defaults.externalId,
    occurredAt: isoTime(given.occurredAt === undefined ? defaults.now : Date.parse(given.occurredAt)),
    name: given.anonymous === true ? null : orNull(given.name),
    anonymous: given.anonymous ?? !given.name?.trim(),
    message: given.message ?? "",
    messageKind: given.messageKind ?? "text",
    test: given.test ?? false,
    amount: read("amount", given.amount),
    fee: read("fee", given.fee),
    net: read("net", given.net),
    stated: read("stated", given.stated),
    tier: orNull(given.tier),
    period: orNull(given.period),
    duration: orNull(given.duration),
    streak: orNull(given.streak),
    avatarUrl: orNull(given.avatarUrl),
    ttsUrl: orNull(given.ttsUrl),
    voiceUrl: orNull(given.voiceUrl),
    kickUsername: orNull(given.kickUsername),
  });
}

/** A line of an export. */
export interface ExportedRecord {
  readonly kind: RecordKind;
  readonly event: StreamEvent;
  readonly place: { readonly id: string; readonly receivedAt: number };
}

const exported = z.object({
  kind: z.enum(["event", "replay"]).default("event"),
  id: text(0, 40).default(""),
  receivedAt: time.optional(),
});

/** A line of `tipwire export`, or any line with POST's fields. Throws `Refused`. */
export function decodeExported(body: unknown, defaults: EventDefaults): ExportedRecord {
  const { kind, id, receivedAt } = readAs(exported, body);
  const event = decodeNewEvent(body, defaults);
  // A log's time never runs backwards, so a file must not take it into the future.
  const received = receivedAt === undefined ? defaults.now : Math.min(Date.parse(receivedAt), defaults.now);
  return { kind, event, place: { id, receivedAt: received } };
}

function readMoney(
  field: string,
  amount: z.infer<typeof money> | null | undefined,
  given: { readonly currency?: string | undefined; readonly currencyExponent?: number | undefined },
): Money | null {
  if (amount == null) return null;
  const object = typeof amount === "object" ? amount : undefined;
  const value = typeof amount === "object" ? amount.value : amount;
  const currency = object?.currency ?? given.currency;
  if (currency === undefined) throw new Refused("amount_missing", `The ${field} needs a currency.`);
  const exponent = object?.exponent ?? given.currencyExponent;
  if (currencyExponent(currency.toUpperCase()) === undefined && exponent === undefined) {
    throw new Refused("currency_unknown");
  }
  const result = parseMoney(value, currency, exponent === undefined ? {} : { exponent });
  if (typeof result === "string") throw new Refused(moneyErrors[result]);
  // An amount that an earlier GET gave may be finer than its currency; one that a person types may not.
  const finest = Math.max(exponent ?? 0, currencyExponent(result.currency) ?? 0);
  if (result.exponent > finest) throw new Refused("amount_too_precise");
  if (result.minor < 0 || (field === "amount" && result.minor === 0)) throw new Refused("amount_invalid");
  return result;
}

const moneyErrors = {
  "not-a-decimal": "amount_invalid",
  "too-large": "amount_too_large",
  "too-precise": "amount_too_precise",
  "bad-code": "currency_unknown",
} as const satisfies Record<MoneyFault, string>;

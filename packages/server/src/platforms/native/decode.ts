import { z } from "zod";
import { isoTime } from "../../core/clock.ts";
import { currencyExponent } from "../../core/currencies.ts";
import { Refused } from "../../core/errors.ts";
import { eventTypes, type RecordKind, type StreamEvent, streamEvent } from "../../core/event.ts";
import { type Money, type MoneyFault, parseMoney } from "../../core/money.ts";

const identity = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), "must be text without control characters");
const url = z
  .string()
  .max(2048)
  .refine((text) => /^https?:\/\//i.test(text) && URL.canParse(text), "must be an http or https address");
const money = z.union([
  z.string().max(40),
  z.number().transform(String),
  z.object({ value: z.string().max(40), currency: z.string().max(10), exponent: z.number().int().min(0).max(12) }),
]);
const time = z
  .string()
  .max(40)
  .refine((text) => /^\d{4}-\d\d-\d\dT/.test(text) && isInstant(Date.parse(text)), "must be an ISO 8601 time");

/** Years outside 0000 to 9999, where an offset may lead, have a longer text than every program expects. */
function isInstant(ms: number): boolean {
  return !Number.isNaN(ms) && isoTime(ms).length === 24;
}

const newEvent = z.object({
  type: z.enum(eventTypes).default("donation"),
  origin: identity.refine((text) => !text.startsWith("replay:"), "must not begin with replay:").optional(),
  externalId: identity.optional(),
  occurredAt: time.optional(),
  name: z.string().max(500).nullish(),
  anonymous: z.boolean().optional(),
  message: z.string().max(16_384).nullish(),
  messageKind: z.enum(["text", "audio"]).optional(),
  amount: money.nullish(),
  currency: z.string().max(10).optional(),
  currencyExponent: z.number().int().min(0).max(12).optional(),
  fee: money.nullish(),
  net: money.nullish(),
  stated: money.nullish(),
  tier: z.string().max(200).nullish(),
  period: z.string().max(200).nullish(),
  duration: z.number().int().min(0).max(2_147_483_647).nullish(),
  streak: z.number().int().min(0).max(2_147_483_647).nullish(),
  avatarUrl: url.nullish(),
  ttsUrl: url.nullish(),
  voiceUrl: url.nullish(),
  kickUsername: z.string().max(200).nullish(),
  test: z.boolean().optional(),
});

export interface EventDefaults {
  readonly origin: string;
  readonly externalId: string;
  /** Milliseconds. */
  readonly now: number;
}

/** The body of POST as an event. Throws `Refused` with what is wrong. */
export function decodeNewEvent(body: unknown, defaults: EventDefaults): StreamEvent {
  const given = parsed(newEvent, body);
  if (given.type === "donation" && (given.amount == null || (typeof given.amount === "string" && !given.currency))) {
    throw new Refused("amount_missing");
  }
  const read = (field: string, amount: typeof given.amount) => readMoney(field, amount, given);
  const { currency: _, currencyExponent: __, ...facts } = given;
  const text = <T>(value: T | null | undefined) => value ?? null;
  return streamEvent({
    ...facts,
    origin: given.origin ?? defaults.origin,
    externalId: given.externalId ?? defaults.externalId,
    occurredAt: isoTime(given.occurredAt === undefined ? defaults.now : Date.parse(given.occurredAt)),
    name: given.anonymous === true ? null : text(given.name),
    anonymous: given.anonymous ?? !given.name?.trim(),
    message: given.message ?? "",
    messageKind: given.messageKind ?? "text",
    test: given.test ?? false,
    amount: read("amount", given.amount),
    fee: read("fee", given.fee),
    net: read("net", given.net),
    stated: read("stated", given.stated),
    tier: text(given.tier),
    period: text(given.period),
    duration: text(given.duration),
    streak: text(given.streak),
    avatarUrl: text(given.avatarUrl),
    ttsUrl: text(given.ttsUrl),
    voiceUrl: text(given.voiceUrl),
    kickUsername: text(given.kickUsername),
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
  id: z.string().max(40).default(""),
  receivedAt: time.optional(),
});

/** A line of `tipwire export`, or any line with POST's fields. Throws `Refused`. */
export function decodeExported(body: unknown, defaults: EventDefaults): ExportedRecord {
  const { kind, id, receivedAt } = parsed(exported, body);
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

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.join(".") ?? "";
  if (path === "") throw new Refused("body_invalid", "The body is not a JSON object.");
  if (path === "amount" || path === "fee" || path === "net") throw new Refused("amount_invalid");
  throw new Refused("field_invalid", `${path}: ${issue?.message ?? "is not of the documented form"}.`);
}

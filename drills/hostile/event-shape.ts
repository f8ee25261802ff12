import type { Money, TipwireEvent } from "@tipwire/client";

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string";
const textOrNull: Check = (value) => value === null || typeof value === "string";
const flag: Check = (value) => typeof value === "boolean";
const wholeOrNull: Check = (value) => value === null || Number.isSafeInteger(value);
const instant: Check = (value) =>
  typeof value === "string" &&
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) &&
  !Number.isNaN(Date.parse(value));
const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === "string" && pattern.test(value);
const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(value as string);
const identity: Check = (value) =>
  typeof value === "string" &&
  value.length > 0 &&
  value.length <= 200 &&
  value.isWellFormed() &&
  !/\p{Cc}/u.test(value);
const address: Check = (value) => value === null || (typeof value === "string" && /^https?:\/\//i.test(value));

/** The value says the same as the integer, to the digit. */
const money: Check = (value) => {
  if (value === null) return true;
  const { value: decimal, minor, exponent, currency } = value as Money;
  if (!Number.isSafeInteger(minor) || minor < 0 || !Number.isSafeInteger(exponent) || exponent < 0) return false;
  if (Object.keys(value as Money).length !== 4 || !/^[A-Z0-9]{2,10}$/.test(currency)) return false;
  const digits = String(minor).padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  return decimal === (exponent === 0 ? whole : `${whole}.${digits.slice(-exponent)}`);
};

/** Every field of docs/protocol.md, and what it says of it. */
const fields: Readonly<Record<keyof TipwireEvent, Check>> = {
  id: matches(/^e[a-z0-9]{23}$/),
  cursor: matches(/^[a-z0-9]{8}\.[a-z0-9]{1,10}\.[a-z0-9]{1,10}\.[a-z0-9]{6}$/),
  kind: oneOf("event", "replay"),
  arrival: oneOf("live", "late", "import"),
  receivedAt: instant,
  replayOf: (value) => value === null || matches(/^e[a-z0-9]{23}$/)(value),
  type: oneOf("donation", "subscription", "follow", "raid", "host", "custom"),
  origin: identity,
  externalId: identity,
  occurredAt: instant,
  name: (value) => value === null || (typeof value === "string" && value !== "" && value.trim() === value),
  anonymous: flag,
  message: (value) => typeof value === "string" && value.trim() === value,
  messageKind: oneOf("text", "audio"),
  amount: money,
  fee: money,
  net: money,
  stated: money,
  tier: textOrNull,
  period: textOrNull,
  duration: wholeOrNull,
  streak: wholeOrNull,
  avatarUrl: address,
  ttsUrl: address,
  voiceUrl: address,
  kickUsername: textOrNull,
  test: flag,
};

/** What is wrong with an event as a poll gave it; `undefined` when it is what the docs describe. */
export function shapeFault(event: Record<string, unknown>): string | undefined {
  const unknown = Object.keys(event).find((key) => !(key in fields));
  if (unknown !== undefined) return `there is a field ${unknown}`;
  for (const [name, check] of Object.entries(fields)) {
    if (!(name in event) || !check(event[name])) return `${name} is ${JSON.stringify(event[name])?.slice(0, 200)}`;
  }
  if (event["type"] === "donation" && event["amount"] === null) return "a donation without an amount";
  if ((event["kind"] === "replay") !== (event["replayOf"] !== null)) return "kind and replayOf disagree";
  if (event["anonymous"] === true && !text(event["name"] ?? "")) return "an anonymous name";
  return undefined;
}

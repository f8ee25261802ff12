import type { EventType, NewEvent } from "@tipwire/client";
import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { WrongUse } from "./faults.ts";
import { given } from "./given.ts";

const types: readonly EventType[] = ["donation", "subscription", "follow", "raid", "host", "custom"];

export const send = command({
  name: "send",
  args: ["SLUG"],
  summary: "Store an event in a channel and show it everywhere.",
  details: `For example: tipwire send main --name Ada --amount 5.00 --currency EUR --message "Hello!"
The same --external-id again is the same event: it is stored and shown once.`,
  flags: {
    name: { value: "N", help: "Who gave; without it anonymous." },
    amount: { value: "5.00", help: "What was given." },
    currency: { value: "USD", help: "Its ISO 4217 code." },
    message: { value: "M", help: "What they wrote." },
    type: { value: "T", help: `${types.join(", ")}. Usually donation.` },
    test: { help: "A trial: shown, but counted nowhere." },
    "external-id": { value: "X", help: "Your own id of this event." },
    origin: { value: "O", help: "Where that id is from; without it your key." },
    "occurred-at": { value: "TIME", help: "When it happened, ISO 8601; without it now." },
    anonymous: { help: "Hide the name." },
    tier: { value: "T", help: "Of a subscription." },
    period: { value: "P", help: "Of a subscription: monthly, for example." },
    duration: { value: "DAYS", help: "Of a subscription." },
    streak: { value: "N", help: "Months of a subscription in a row." },
    fee: { value: "0.30", help: "What the platform keeps, in the same currency." },
    net: { value: "4.70", help: "What the creator gets." },
    "message-kind": { value: "text|audio", help: "audio: the message is the address of a recording." },
    "avatar-url": { value: "URL", help: "A picture of the giver." },
    "tts-url": { value: "URL", help: "The message read aloud." },
    "voice-url": { value: "URL", help: "A voice message." },
    "kick-username": { value: "NAME", help: "The giver's name on Kick." },
  },
  async run({ args: [slug], flags, context, say, paint }) {
    const event: NewEvent = given({
      type: oneOf("type", types, flags.type),
      name: flags.name,
      amount: flags.amount,
      currency: flags.currency,
      message: flags.message,
      messageKind: oneOf("message-kind", ["text", "audio"], flags["message-kind"]),
      externalId: flags["external-id"],
      origin: flags.origin,
      occurredAt: flags["occurred-at"],
      tier: flags.tier,
      period: flags.period,
      duration: whole("duration", flags.duration),
      streak: whole("streak", flags.streak),
      fee: flags.fee,
      net: flags.net,
      avatarUrl: flags["avatar-url"],
      ttsUrl: flags["tts-url"],
      voiceUrl: flags["voice-url"],
      kickUsername: flags["kick-username"],
      anonymous: flags.anonymous || undefined,
      test: flags.test || undefined,
    });
    const stored = await connect(context).send(slug, event, { idempotencyKey: crypto.randomUUID() });
    const isNew = stored.status === "stored";
    const said = isNew ? paint("green", "Stored:") : `${paint("yellow", "Already there:")} nothing was stored again;`;
    say(stored, `${said} ${stored.id}\n`);
    return 0;
  },
});

function oneOf<const Choice extends string>(
  flag: string,
  choices: readonly Choice[],
  text: string | undefined,
): Choice | undefined {
  if (text === undefined) return undefined;
  const choice = choices.find((each) => each === text);
  if (choice === undefined) throw new WrongUse(`--${flag} must be one of ${choices.join(", ")}, not "${text}".`);
  return choice;
}

function whole(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new WrongUse(`--${flag} must be a whole number, not "${text}".`);
  return Number(text);
}

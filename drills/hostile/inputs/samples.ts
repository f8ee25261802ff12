import { readFileSync } from "node:fs";
import { join } from "node:path";

const donation = {
  type: "donation",
  origin: "shop:7",
  externalId: "order-1",
  occurredAt: "2026-04-11T17:00:00+01:00",
  name: "Zoë",
  anonymous: false,
  message: "Hello!\nSecond line",
  messageKind: "text",
  amount: "15.000",
  currency: "TND",
  fee: "1.5",
  net: "13.5",
  stated: { value: "4.80", currency: "EUR", exponent: 2, minor: 480 },
  avatarUrl: "https://media.example/a.png",
  kickUsername: "zoe_kick",
  test: false,
};
const subscription = {
  type: "subscription",
  externalId: "s-1",
  name: "Bo",
  amount: { value: "5.00", currency: "USD", exponent: 2, minor: 500 },
  tier: "Gold",
  period: "monthly",
  duration: 30,
  streak: 3,
  ttsUrl: "https://media.example/t.mp3",
  voiceUrl: "https://media.example/v.webm",
};
/** One of each type that POST takes. */
export const bodies: readonly Record<string, unknown>[] = [
  donation,
  subscription,
  { type: "follow", name: "Cy" },
  { type: "raid", name: "Di", message: "all of us" },
  { type: "custom", message: "A wheel was spun." },
  { externalId: "order-2", name: "Ada", amount: 5, currency: "USD", currencyExponent: 2 },
];

const fixtures = join(import.meta.dir, "../../../packages/server/test/fixtures");
const linesOf = (file: string) => readFileSync(join(fixtures, file), "utf8").trim().split("\n");
/** Lines of what each platform sends and of our own export, by the format in which `import` takes them. */
export const platformLines = {
  donationalerts: [
    ...linesOf("donationalerts-push.jsonl"),
    JSON.stringify(JSON.parse(readFileSync(join(fixtures, "donationalerts-list.json"), "utf8"))),
  ],
  pally: linesOf("pally-tips.jsonl"),
  tuniform: linesOf("tuniform-session.jsonl"),
  jsonl: [
    JSON.stringify({
      kind: "event",
      id: "e4k0zq8v1m7xw2chd0000001",
      receivedAt: "2026-04-11T16:00:00.250Z",
      ...donation,
    }),
    JSON.stringify({
      kind: "replay",
      id: "ez81n5c0y6p3t9ajb0000002",
      receivedAt: "2026-04-11T16:00:01.250Z",
      ...donation,
    }),
    JSON.stringify(subscription),
  ],
} as const;

import { z } from "zod";
import type { eventTypes } from "../core/event.ts";
import { tiers } from "./alert.ts";
import { usualBorders } from "./borders.ts";
import { lookSettings } from "./look.ts";
import { starterWords } from "./starter-words.ts";

const amount = z.string().regex(/^\d{1,12}(\.\d{1,8})?$/, "must be a decimal number such as 5 or 2.50");
const currency = z.string().regex(/^[A-Z0-9]{2,10}$/, "must be a currency code such as USD");
const amounts = z.record(currency, amount);
const word = z.string().trim().min(1).max(100);

const variation = z.strictObject({
  name: z.string().trim().min(1).max(60),
  when: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("exact"), amount, currency }),
    z.strictObject({ kind: z.literal("first-time") }),
    z.strictObject({ kind: z.literal("biggest") }),
    z.strictObject({ kind: z.literal("random") }),
  ]),
  tier: z.enum(tiers).optional(),
  weight: z.number().int().min(1).max(1000).default(1),
});

const who = z.strictObject({
  kinds: z.strictObject({
    donation: z.boolean().default(true),
    subscription: z.boolean().default(true),
    follow: z.boolean().default(true),
    raid: z.boolean().default(true),
    host: z.boolean().default(true),
    custom: z.boolean().default(true),
  } satisfies Record<(typeof eventTypes)[number], unknown>),
  showFrom: amounts.default({}),
  soundFrom: amounts.default({}),
  tiers: z.record(currency, z.tuple([amount, amount, amount])).default({ ...usualBorders } as never),
  variations: z.array(variation).max(50).default([]),
});

const safety = z.strictObject({
  mildWords: z.array(word).max(1000).default(starterWords.mild),
  strongWords: z.array(word).max(1000).default(starterWords.strong),
  blockedNames: z.array(word).max(1000).default([]),
  links: z.enum(["remove", "keep"]).default("remove"),
  review: z.enum(["off", "flagged", "all"]).default("flagged"),
  undecidedAfterSeconds: z.number().int().min(5).max(3600).default(60),
  undecided: z.enum(["show-without-message", "show", "reject"]).default("show-without-message"),
});

const seconds = (usual: number) => z.number().min(1).max(60).default(usual);
const time = z.strictObject({
  least: z.strictObject({ small: seconds(5), medium: seconds(7), big: seconds(9), huge: seconds(12) }).prefault({}),
  most: z.number().min(5).max(120).default(30),
  pause: z.number().min(0).max(30).default(1),
});

const late = z.strictObject({
  lateAfterSeconds: z.number().int().min(10).max(86_400).default(120),
  late: z.enum(["play", "sum-up", "count-only"]).default("sum-up"),
  mergeOver: z.number().int().min(1).max(1000).nullable().default(5),
  holdWhileHidden: z.boolean().default(true),
  holdUntilLive: z.boolean().default(false),
});

/** Everything that a stage can be told, with what it is unless told otherwise. */
export const stageSettings = z.strictObject({
  who: who.prefault({ kinds: {} }),
  safety: safety.prefault({}),
  time: time.prefault({}),
  late: late.prefault({}),
  soundScreen: z.number().int().nullable().default(null),
  look: lookSettings.prefault({}),
});

export type StageSettings = z.infer<typeof stageSettings>;
export type Variation = z.infer<typeof variation>;

/** Conditions of variations, the one that decides first where several fit. */
export const variationKinds = [
  "exact",
  "first-time",
  "biggest",
  "random",
] as const satisfies Variation["when"]["kind"][];

export const usualSettings: StageSettings = stageSettings.parse({});

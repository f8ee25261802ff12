import { mutateJson, pick, word } from "../mutate.ts";
import { administering, inPath, type PathOf, reading, ruledPath } from "./administering.ts";
import type { Kind } from "./input.ts";
import { inAddress } from "./mutated-request.ts";
import { ours, request } from "./request.ts";

function stage(rest: string): PathOf {
  return (world, random) => `/v1/channels/${world.staged.slug}/stages/${inPath(random, "main")}${rest}`;
}

const controls: readonly Readonly<Record<string, unknown>>[] = [
  { action: "pause" },
  { action: "resume" },
  { action: "clear" },
  { action: "panic" },
  { action: "undo" },
  { action: "skip", alert: "1" },
  { action: "again", alert: "1", when: "now" },
  { action: "reorder", alerts: ["1", "2"] },
  { action: "approve", alert: "1", outcome: "hide-name" },
  { action: "reject", alert: "1" },
  { action: "hide", alert: "1", what: "hide-message" },
  { action: "mute", muted: true },
  { action: "volume", volume: 50 },
  { action: "calm", queue: "count-only" },
];

/** Alerts: overlays and their links, stages, their settings and what steers them. */
export const stageKinds: readonly Kind[] = [
  {
    name: "overlay: create",
    authenticated: true,
    share: 3,
    most: 200,
    make: administering("POST", (world, random) => ruledPath(world, random, "/overlays"), {
      screen: "Second",
      stage: "main",
    }),
  },
  {
    name: "overlay: new link",
    authenticated: true,
    share: 4,
    most: 500,
    make: administering(
      "POST",
      ({ staged }, random) => `/v1/channels/${staged.renewing}/overlays/${inPath(random, staged.renewed)}/rotate`,
      { graceSeconds: 3600 },
    ),
  },
  {
    name: "overlay: remove",
    authenticated: true,
    share: 4,
    most: 500,
    make: ({ staged, ruler }, random) => {
      const path = `/v1/channels/${staged.doomed}/overlays/${inPath(random, staged.spare.take())}`;
      return ours(request("DELETE", path, ruler));
    },
  },
  {
    name: "overlays, stages: read",
    authenticated: true,
    share: 6,
    most: 5000,
    make: reading(
      (world, random) => {
        const channel = `/v1/channels/${inPath(random, world.staged.slug)}`;
        const places = ["overlays", "stages", "stages/main", "stages/main/settings", "stages/main/keys", "audit"];
        return `${channel}/${pick(random, places)}`;
      },
      (world) => world.ruler,
    ),
  },
  {
    name: "stage: receipts",
    authenticated: true,
    share: 5,
    make: reading(
      (world, random) => {
        const id = inPath(random, pick(random, world.eventIds));
        return `/v1/channels/${world.read.slug}/events/${id}/receipts`;
      },
      (world) => world.key,
    ),
  },
  {
    name: "stage: control",
    authenticated: true,
    share: 15,
    most: 20_000,
    make: (world, random) => {
      const key = random.chance(0.5) ? world.staged.controlKey : world.ruler;
      const body = mutateJson(random, pick(random, controls));
      return ours(request("POST", stage("/control")(world, random), key, body));
    },
  },
  {
    name: "stage: settings",
    authenticated: true,
    share: 10,
    most: 10_000,
    make: (world, random) => {
      const draft = administering("PATCH", stage("/settings"), pick(random, settings));
      return draft(world, random);
    },
  },
  {
    name: "stage: put settings on stream",
    authenticated: true,
    share: 3,
    most: 500,
    make: (world, random) =>
      ours(
        request(
          "POST",
          stage("/settings/publish")(world, random),
          world.ruler,
          random.chance(0.5) ? "{}" : word(random),
        ),
      ),
  },
  {
    name: "stage: keys",
    authenticated: true,
    share: 3,
    most: 300,
    make: administering("POST", stage("/keys"), { name: "Deck", action: "pause" }),
  },
  {
    name: "stage: revoke a key",
    authenticated: true,
    share: 2,
    most: 300,
    make: ({ staged, ruler }, random) => {
      const path = `/v1/channels/${staged.doomed}/stages/main/keys/${inPath(random, staged.spareKeys.take())}`;
      return ours(request("DELETE", path, ruler));
    },
  },
  {
    name: "stage: remove",
    authenticated: true,
    share: 2,
    most: 300,
    make: ({ staged, ruler }, random) => {
      const path = `/v1/channels/${staged.doomed}/stages/${inPath(random, staged.spareStages.take())}`;
      return ours(request("DELETE", path, ruler));
    },
  },
  {
    name: "stage: one address, one action",
    authenticated: true,
    share: 5,
    most: 5000,
    make: reading(
      (world, random) => {
        const path = pick(random, world.staged.actions);
        return random.chance(0.7) ? path : `/v1/do/${inAddress(random, word(random)) || "x"}`;
      },
      () => null,
      [["x", "1"]],
      (_, random) => (random.chance(0.2) ? [["Sec-Purpose", "prefetch"]] : []),
    ),
  },
];

const settings: readonly Readonly<Record<string, unknown>>[] = [
  {
    who: {
      kinds: { donation: true, subscription: true, follow: true, raid: true, host: true, custom: true },
      showFrom: { USD: "1" },
      soundFrom: { USD: "2" },
      tiers: { USD: ["5", "20", "100"] },
      variations: [{ name: "hundred", when: { kind: "exact", amount: "100", currency: "USD" }, weight: 1 }],
    },
  },
  {
    safety: {
      mildWords: ["darn"],
      strongWords: ["awful"],
      blockedNames: ["mallory"],
      links: "remove",
      review: "flagged",
      undecidedAfterSeconds: 60,
      undecided: "reject",
    },
  },
  { time: { least: { small: 5, medium: 6, big: 7, huge: 8 }, most: 30, pause: 1 } },
  {
    late: { lateAfterSeconds: 60, late: "sum-up", mergeOver: 10, holdWhileHidden: true, holdUntilLive: false },
    soundScreen: null,
  },
];

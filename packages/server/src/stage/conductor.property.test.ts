import { afterAll, expect, test } from "bun:test";
import fc from "fast-check";
import { Random } from "../../test/random.ts";
import type { SimulatedNode } from "../../test/simulated-node.ts";
import type { SimulatedPage } from "../../test/simulated-page.ts";
import { StageDatabase, type StageWorld } from "../../test/stage-world.ts";
import { type Alert, isOpen } from "./alert.ts";
import type { Step } from "./receipts.ts";
import { usualSettings } from "./settings.ts";

/** Interleavings of everything that may go wrong; `npm run drill -- --stage` asks for more. */
const runs = Number(process.env["TIPWIRE_STAGE_RUNS"] ?? 60);

/** Held for review. */
const strongWords = ["bastard"];

/** Without a doorbell nodes hear of a change when they look, every two seconds. */
const tellWithin = 2700;

const database = new StageDatabase();
afterAll(() => database.close());

type Deed =
  | {
      readonly do: "send";
      readonly test: boolean;
      readonly late: boolean;
      readonly minor: number;
      readonly message: string;
    }
  | { readonly do: "open"; readonly screen: number; readonly habit: SimulatedPage["habit"]; readonly obs: boolean }
  | {
      readonly do: "close" | "hide" | "reveal" | "freeze" | "thaw" | "disconnect" | "cut";
      readonly page: number;
      readonly back: number;
    }
  | { readonly do: "kill" | "crash" | "start" | "freeze-node" | "thaw-node"; readonly node: number }
  | { readonly do: "stream"; readonly page: number; readonly streaming: boolean | null }
  | { readonly do: (typeof controls)[number] | "replay"; readonly alert: number }
  | { readonly do: "pass"; readonly ms: number };

const controls = [
  ...(["pause", "resume", "skip", "panic", "calm", "clear", "undo"] as const),
  ...(["again", "approve", "reject", "reorder"] as const),
];

const nat = fc.nat({ max: 20 });
const habit = fc.constantFrom<SimulatedPage["habit"]>(
  "sound",
  "never-starts",
  "never-finishes",
  "fails",
  "dies-on-show",
);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 9000 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      test: fc.boolean(),
      late: fc.boolean(),
      minor: fc.constantFrom(100, 1000, 20_000),
      // The second one is held for review.
      message: fc.constantFrom("", "bastard", "hello"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("open" as const),
      screen: fc.nat({ max: 1 }),
      habit: fc.oneof({ weight: 4, arbitrary: fc.constant("sound" as const) }, { weight: 1, arbitrary: habit }),
      obs: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("close", "hide", "reveal", "freeze", "thaw", "disconnect", "cut"),
      page: nat,
      back: fc.integer({ min: 100, max: 60_000 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("kill", "crash", "start", "freeze-node", "thaw-node"), node: nat }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("stream"), page: nat, streaming: fc.constantFrom(true, false, null) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom(...controls, "replay"), alert: nat }) },
) as fc.Arbitrary<Deed>;

const final: ReadonlySet<Step> = new Set<Step>([
  "shown",
  "skipped",
  "expired",
  "failed",
  "rejected",
  "merged",
  "summarised",
  "silent",
]);

test("any interleaving: one leader a screen, never stuck, one final state for every alert, and receipts that tell", async () => {
  const world = fc.record({
    seed: fc.nat(),
    lostRings: fc.constantFrom(0, 0.3, 1),
    storeDelay: fc.constantFrom(0, 30),
    holdUntilLive: fc.boolean(),
    mended: fc.boolean(),
    deeds: fc.array(deed, { minLength: 5, maxLength: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(world, async ({ seed, lostRings, storeDelay, holdUntilLive, mended, deeds }) => {
      const settings = {
        late: { ...usualSettings.late, holdUntilLive },
        safety: { ...usualSettings.safety, strongWords },
      };
      const wish = { nodes: 2, screens: 2, lostRings, storeDelay, settings };
      const stage = await database.world(new Random(seed), wish);
      try {
        await stage.open(0);
        await stage.open(1);
        for (const each of deeds) await perform(stage, each);
        await heal(stage, mended);
        await checkFinalStates(stage);
        await checkRest(stage);
        expect(await stage.counted()).toBe(deeds.filter((each) => each.do === "send" && !each.test).length);
        checkLeaders(stage);
      } finally {
        stage.stop();
      }
    }),
    { numRuns: runs, ...(process.env["TIPWIRE_SEED"] && { seed: Number(process.env["TIPWIRE_SEED"]) }) },
  );
}, 600_000);

async function perform(stage: StageWorld, given: Deed): Promise<void> {
  const living = stage.livingNodes;
  switch (given.do) {
    case "pass":
      return stage.pass(given.ms);
    case "send":
      await stage.send(given);
      return;
    case "replay": {
      const event = stage.events[given.alert % Math.max(1, stage.events.length)];
      return event === undefined ? undefined : stage.replay(event);
    }
    case "open":
      await stage.open(given.screen, given);
      return;
    case "kill":
      living[given.node % Math.max(1, living.length)]?.die();
      return;
    case "crash":
      crash(stage, living[given.node % Math.max(1, living.length)]);
      return;
    case "start":
      if (living.length < 3) stage.startNode();
      return;
    case "freeze-node":
      living[given.node % Math.max(1, living.length)]?.freeze();
      return;
    case "thaw-node":
      for (const node of living) node.thaw();
      return;
    case "stream":
      stage.pages[given.page % stage.pages.length]?.setStreaming(given.streaming);
      return;
    case "close":
    case "hide":
    case "reveal":
    case "freeze":
    case "thaw":
    case "disconnect":
    case "cut":
      return trouble(
        stage.pages.filter(({ isOpen }) => isOpen),
        given,
      );
    default:
      await steer(stage, given.do, given.alert);
  }
}

/** The machine dies, with everything that ran on it. */
function crash(stage: StageWorld, node: SimulatedNode | undefined): void {
  const pages = stage.pages.filter((page) => page.node === node);
  node?.die();
  for (const page of pages) page.close();
}

function trouble(pages: readonly SimulatedPage[], given: Extract<Deed, { readonly back: number }>): void {
  const page = pages[given.page % Math.max(1, pages.length)];
  if (given.do === "close") page?.close();
  else if (given.do === "hide") page?.setVisible(false);
  else if (given.do === "reveal") page?.setVisible(true);
  else if (given.do === "freeze") page?.freeze();
  else if (given.do === "thaw") page?.thaw();
  else if (given.do === "cut") page?.cut(given.back);
  else page?.disconnect(given.back);
}

async function steer(stage: StageWorld, action: (typeof controls)[number], index: number): Promise<void> {
  const alerts = [...(await stage.alerts()).values()];
  const held = alerts.filter(({ state }) => state === "held");
  const some = action === "approve" || action === "reject" ? held : alerts;
  const alert = some[index % Math.max(1, some.length)]?.id ?? "none";
  const isEven = index % 2 === 0;
  switch (action) {
    case "calm":
      await stage.control({ action, queue: isEven ? "keep" : "count-only" });
      return;
    case "again":
      await stage.control({ action, alert, when: isEven ? "now" : "in-turn" });
      return;
    case "approve":
      await stage.control({ action, alert, outcome: isEven ? "hide-name" : "show" });
      return;
    case "reject":
      await stage.control({ action, alert });
      return;
    case "reorder":
      await stage.control({ action, alerts: [alert] });
      return;
    default:
      await stage.control({ action });
  }
}

/** Everything is there again. Whatever is open has to come to its end then, within a lease for each; without `mended` pages go on breaking the rules. */
async function heal(stage: StageWorld, mended: boolean): Promise<void> {
  for (const node of stage.livingNodes) node.thaw();
  if (stage.livingNodes.length === 0) stage.startNode();
  for (const page of stage.pages) {
    if (mended && page.habit !== "sound") page.close();
    if (page.isFrozen) page.thaw();
    page.setVisible(true);
    page.setStreaming(true);
  }
  for (const screen of [0, 1]) (await stage.open(screen)).setStreaming(true);
  await stage.control({ action: "calm", queue: "keep" });
  await stage.control({ action: "resume" });
  const alerts = [...(await stage.alerts()).values()];
  const waiting = alerts.filter((alert) => isOpen(alert)).length;
  await stage.pass(60_000 + waiting * 45_000);
}

async function checkFinalStates(stage: StageWorld): Promise<void> {
  const alerts = await stage.alerts();
  const open = [...alerts.values()].filter((alert) => isOpen(alert));
  expect(open.map(({ id, state }) => [id, state])).toEqual([]);
  for (const event of stage.events) {
    const receipts = await stage.receipts(event);
    const own = [...alerts.values()].filter((alert) => alert.event === event);
    expect(own.length).toBeGreaterThan(0);
    for (const alert of own)
      checkReceipts(
        stage,
        alert,
        receipts.filter((each) => each.alert === alert.id),
      );
  }
}

/** Nobody has anything left to say to the stage. */
async function checkRest(stage: StageWorld): Promise<void> {
  const version = async () => (await database.store.stages.view(stage.stage, []))?.version;
  const before = await version();
  await stage.pass(5000);
  expect(await version()).toBe(before);
}

function checkReceipts(stage: StageWorld, alert: Alert, receipts: readonly { readonly step: Step }[]): void {
  const steps = receipts.map(({ step }) => step);
  const undone = steps.filter((step) => step === "undone").length;
  const ends = steps.filter((step) => final.has(step)).length - undone;
  expect({ alert: alert.id, ends, steps }).toMatchObject({ ends: 1 });
  expect(steps.findLast((step) => final.has(step))).toBe(alert.state as Step);
  expect(alert.begun).toBeLessThanOrEqual(2 + undone);
  expect(alert.leases).toBeLessThanOrEqual(3 + undone);
  const all = stage.pages.flatMap(({ played }) => played).filter(({ showing }) => showing.startsWith(`${alert.id}~`));
  const told = steps.filter((step) => step === "started").length;
  expect({ alert: alert.id, steps, isTrue: told <= all.length }).toMatchObject({ isTrue: true });
  for (const screen of new Set(stage.pages.map((page) => page.screen))) {
    const pages = stage.pages.filter((page) => page.screen === screen);
    const begun = pages.flatMap(({ played }) => played).filter(({ showing }) => showing.startsWith(`${alert.id}~`));
    const isExplained = steps.includes("again") || steps.includes("lost") || steps.includes("undone");
    if (!isExplained) expect({ alert: alert.id, begun: begun.length <= 1, steps }).toMatchObject({ begun: true });
  }
  if (alert.state === "shown") {
    const played = stage.pages
      .flatMap((page) => page.played)
      .filter(({ showing }) => showing.startsWith(`${alert.id}~`));
    expect(played.length).toBeGreaterThan(0);
  }
}

/** Two pages of a screen never play at once for longer than it takes to hear of it, while both can hear. */
function checkLeaders(stage: StageWorld): void {
  for (const screen of new Set(stage.pages.map((page) => page.screen))) {
    const played = stage.pages
      .filter((page) => page.screen === screen)
      .flatMap((page) => page.played.map((each) => ({ page, ...each })));
    for (const [index, a] of played.entries()) {
      for (const b of played.slice(index + 1)) {
        if (a.page === b.page) continue;
        const [from, to] = [Math.max(a.from, b.from), Math.min(a.to, b.to)];
        expect(longestHearing(a.page, b.page, from, to)).toBeLessThanOrEqual(tellWithin);
      }
    }
  }
}

/** The longest stretch from `from` to `to` in which both pages were connected and awake, milliseconds. */
function longestHearing(a: SimulatedPage, b: SimulatedPage, from: number, to: number): number {
  let longest = 0;
  for (const one of a.hearing) {
    for (const other of b.hearing) {
      const stretch = Math.min(to, one.to, other.to) - Math.max(from, one.from, other.from);
      longest = Math.max(longest, stretch);
    }
  }
  return longest;
}

import type { ReceiptInfo } from "@tipwire/client";
import { chromiumPath } from "../packages/server/test/chromium.ts";
import { Random } from "../packages/server/test/random.ts";
import { CannotRunHere } from "./disk/strace.ts";
import type { Flags } from "./flags.ts";
import { pause } from "./pause.ts";
import { StageDrillWorld } from "./stage/stage-world.ts";
import { table } from "./table.ts";

const victims = ["server", "browser", "both"] as const;
type Victim = (typeof victims)[number];

/** Nobody waits longer for an alert whose server and browser are there again, milliseconds. */
const overWithin = 90_000;

interface Round {
  readonly victim: Victim;
  /** The alert was not over yet when the kill came. */
  readonly isMidway: boolean;
  readonly seen: number;
  readonly steps: readonly string[];
  /** From the kill to the alert's final state. */
  readonly ms: number;
}

/**
 * Donations on a screen while the server, the browser or both are killed in mid-alert. Every donation is seen by somebody who
 * looks at the page itself, once, or twice with a receipt that says why.
 */
export const stageDrill = {
  name: "stage",
  flag: "stage",
  help: `On the screen: kill -9 of the server, the browser, or both, in mid-alert, N times. One node keeps SQLite, several PostgreSQL.
--kills N (15)  --nodes N (1)  --seed S (random)`,

  async run(flags: Flags, print: (line: string) => void): Promise<boolean> {
    flags.has("stage");
    const kills = flags.number("kills", 15, 1);
    const nodes = flags.number("nodes", 1, 1);
    const seed = flags.number("seed", Math.floor(Math.random() * 2 ** 31));
    flags.refuseOthers();
    if (chromiumPath === undefined) throw new CannotRunHere("there is no Chromium");
    print(`drill stage: seed ${seed}, ${kills} kills, ${nodes === 1 ? "SQLite" : `${nodes} nodes on PostgreSQL`}`);
    const random = new Random(seed);
    await using world = await StageDrillWorld.start(nodes, random.fork());
    const rounds: Round[] = [];
    for (let number = 1; number <= kills; number++) rounds.push(await round(world, number, random.fork()));
    return report(rounds, print);
  },
};

async function round(world: StageDrillWorld, number: number, random: Random): Promise<Round> {
  const { slug } = StageDrillWorld;
  const name = `Donor ${number}`;
  const sender = random.below(world.nodes.length);
  const { id } = await world.api(sender).send(slug, { name, amount: "5.00", currency: "EUR" });
  await pause(random.between(20, 3200));
  const isMidway = !isOver(await world.api(sender).receipts(slug, id));
  const victim = victims[random.below(victims.length)] ?? "both";
  const node = world.nodes[random.below(world.nodes.length)];
  const killedAt = performance.now();
  await Promise.all([
    victim === "browser" ? undefined : node?.restart("kill"),
    victim === "server" ? undefined : world.browser.restart(),
  ]);
  let receipts: readonly ReceiptInfo[] = [];
  while (!isOver(receipts) && performance.now() - killedAt < overWithin) {
    await pause(50);
    receipts = await world.api(sender).receipts(slug, id);
  }
  const ms = performance.now() - killedAt;
  return { victim, isMidway, seen: world.seen.get(name) ?? 0, steps: receipts.map(({ step }) => step), ms };
}

function isOver(receipts: readonly ReceiptInfo[]): boolean {
  return receipts.some(({ step }) => ["shown", "skipped", "expired", "failed", "silent"].includes(step));
}

function report(rounds: readonly Round[], print: (line: string) => void): boolean {
  const of = (victim: Victim) => rounds.filter((each) => each.victim === victim);
  print("");
  print(
    table([
      [
        "killed",
        "times",
        "in mid-alert",
        "shown once",
        "again, and told why",
        "again, untold",
        "never",
        "longest wait",
      ],
      ...victims.map((victim) => row(victim, of(victim))),
    ]),
  );
  print("");
  const broken = rounds.filter((each) => !isShown(each) || isMissing(each) || isUntold(each));
  for (const { victim, seen, steps } of broken) print(`broken (${victim}): seen ${seen} times, ${steps.join(" → ")}`);
  const midway = rounds.filter(({ isMidway }) => isMidway).length;
  const provesTooLittle = midway < rounds.length * 0.9;
  if (provesTooLittle)
    print(`Only ${midway} of ${rounds.length} kills fell into an alert: this run proves too little.`);
  return broken.length === 0 && !provesTooLittle;
}

function row(victim: Victim, rounds: readonly Round[]): readonly (string | number)[] {
  const count = (is: (round: Round) => boolean) => rounds.filter(is).length;
  const longest = Math.max(0, ...rounds.map(({ ms }) => ms));
  return [
    victim,
    rounds.length,
    count(({ isMidway }) => isMidway),
    count(({ seen }) => seen === 1),
    count((each) => each.seen > 1 && !isUntold(each)),
    count(isUntold),
    count(isMissing),
    `${(longest / 1000).toFixed(1)} s`,
  ];
}

function isShown({ steps }: Round): boolean {
  return steps.includes("shown");
}

function isMissing({ seen }: Round): boolean {
  return seen === 0;
}

function isUntold({ seen, steps }: Round): boolean {
  return seen > 1 && !steps.includes("again") && !steps.includes("lost");
}

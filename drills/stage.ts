import type { ReceiptInfo } from "@tipwire/client";
import { chromiumPath } from "../packages/server/test/chromium.ts";
import { Random } from "../packages/server/test/random.ts";
import { CannotRunHere } from "./disk/strace.ts";
import { FlagInvalid, type Flags } from "./flags.ts";
import { pause } from "./pause.ts";
import { StageDrillWorld } from "./stage/stage-world.ts";
import { table } from "./table.ts";

const victims = ["server", "browser", "both"] as const;
type Fault = (typeof victims)[number] | "frozen server" | "nothing";

/** Of all rounds so many leave everything alone: whatever a fault before broke is found by them. */
const undisturbed = 0.3;

/** A frozen node is believed dead after five seconds, and comes back after that; milliseconds. */
const frozenFor = [6000, 12_000] as const;

/** Nobody waits longer for an alert whose server and browser are there again, milliseconds. */
const overWithin = 90_000;

interface Round {
  readonly fault: Fault;
  /** The alert was not over yet when the fault came. */
  readonly isMidway: boolean;
  readonly seen: number;
  readonly steps: readonly string[];
  /** From the fault to the alert's final state. */
  readonly ms: number;
}

/**
 * Donations on a screen while the server, the browser or both are killed in mid-alert, or a node is frozen until others take it for
 * dead. Every donation is seen by somebody who looks at the page itself, once, or again with a receipt that says why, and ends
 * in one final state.
 */
export const stageDrill = {
  name: "stage",
  flag: "stage",
  help: `On the screen: kill -9 of the server, the browser, or both, in mid-alert, N times. One node keeps SQLite, several PostgreSQL.
--kills N (15)  --nodes N (1)  --freezes N of a node (0)  --pooler: PgBouncer before PostgreSQL  --seed S (random)`,

  async run(flags: Flags, print: (line: string) => void): Promise<boolean> {
    flags.has("stage");
    const kills = flags.number("kills", 15, 1);
    const nodes = flags.number("nodes", 1, 1);
    const freezes = flags.number("freezes", 0);
    const pooled = flags.has("pooler");
    const seed = flags.number("seed", Math.floor(Math.random() * 2 ** 31));
    flags.refuseOthers();
    if (nodes === 1 && (freezes > 0 || pooled)) throw new FlagInvalid("--freezes and --pooler need several --nodes.");
    if (chromiumPath === undefined) throw new CannotRunHere("there is no Chromium");
    const store = nodes === 1 ? "SQLite" : `${nodes} nodes on PostgreSQL${pooled ? " behind PgBouncer" : ""}`;
    print(`drill stage: seed ${seed}, ${kills} kills, ${freezes} freezes, ${store}`);
    const random = new Random(seed);
    await using world = await StageDrillWorld.start(nodes, pooled, random.fork());
    const rounds: Round[] = [];
    for (const fault of schedule(kills, freezes, random.fork())) {
      rounds.push(await round(world, rounds.length + 1, fault, random.fork()));
    }
    return report(rounds, print);
  },
};

/** The faults in any order, and rounds without one between them. */
function schedule(kills: number, freezes: number, random: Random): readonly Fault[] {
  const killed = Array.from({ length: kills }, () => victims[random.below(victims.length)] ?? "both");
  const frozen = Array.from({ length: freezes }, () => "frozen server" as const);
  const alone = Array.from({ length: Math.ceil((kills + freezes) * undisturbed) }, () => "nothing" as const);
  return [...killed, ...frozen, ...alone]
    .map((fault) => ({ fault, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ fault }) => fault);
}

async function round(world: StageDrillWorld, number: number, fault: Fault, random: Random): Promise<Round> {
  const { slug } = StageDrillWorld;
  const name = `Donor ${number}`;
  const sender = random.below(world.nodes.length);
  const { id } = await world.api(sender).send(slug, { name, amount: "5.00", currency: "EUR" });
  await pause(random.between(20, 3200));
  const isMidway = !isOver(await world.api(sender).receipts(slug, id));
  const leading = fault === "frozen server" && random.chance(0.7) ? world.seen.get(name)?.at(-1) : undefined;
  const node = world.nodes[leading ?? random.below(world.nodes.length)];
  const from = performance.now();
  if (fault === "frozen server") await node?.freeze(random.between(...frozenFor));
  else if (fault !== "nothing") {
    await Promise.all([
      fault === "browser" ? undefined : node?.restart("kill"),
      fault === "server" ? undefined : world.browser.restart(),
    ]);
  }
  let receipts: readonly ReceiptInfo[] = [];
  while (!isOver(receipts) && performance.now() - from < overWithin) {
    await pause(50);
    receipts = await world.api(sender).receipts(slug, id);
  }
  const ms = performance.now() - from;
  return { fault, isMidway, seen: world.seen.get(name)?.length ?? 0, steps: receipts.map(({ step }) => step), ms };
}

function isOver(receipts: readonly ReceiptInfo[]): boolean {
  return receipts.some(isFinal);
}

function isFinal({ step }: Pick<ReceiptInfo, "step">): boolean {
  return ["shown", "skipped", "expired", "failed", "silent"].includes(step);
}

function report(rounds: readonly Round[], print: (line: string) => void): boolean {
  const of = (fault: Fault) => rounds.filter((each) => each.fault === fault);
  const faults = [...victims, "frozen server" as const, "nothing" as const].filter((fault) => of(fault).length > 0);
  print("");
  print(
    table([
      [
        "killed, or frozen",
        "times",
        "in mid-alert",
        "shown once",
        "again, and told why",
        "again, untold",
        "never",
        "longest wait",
      ],
      ...faults.map((fault) => row(fault, of(fault))),
    ]),
  );
  print("");
  const broken = rounds.filter((each) => !isShown(each) || isMissing(each) || isUntold(each) || !endsOnce(each));
  for (const { fault, seen, steps } of broken) print(`broken (${fault}): seen ${seen} times, ${steps.join(" → ")}`);
  const disturbed = rounds.filter(({ fault }) => fault !== "nothing");
  const midway = disturbed.filter(({ isMidway }) => isMidway).length;
  const provesTooLittle = midway < disturbed.length * 0.9;
  if (provesTooLittle)
    print(`Only ${midway} of ${disturbed.length} faults fell into an alert: this run proves too little.`);
  return broken.length === 0 && !provesTooLittle;
}

function row(fault: Fault, rounds: readonly Round[]): readonly (string | number)[] {
  const count = (is: (round: Round) => boolean) => rounds.filter(is).length;
  const longest = Math.max(0, ...rounds.map(({ ms }) => ms));
  return [
    fault,
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

function endsOnce({ steps }: Round): boolean {
  return steps.filter((step) => isFinal({ step })).length === 1;
}

function isMissing({ seen }: Round): boolean {
  return seen === 0;
}

function isUntold({ seen, steps }: Round): boolean {
  return seen > 1 && !steps.includes("again") && !steps.includes("lost");
}

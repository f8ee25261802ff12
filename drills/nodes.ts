import { PostgresServer } from "../packages/server/test/postgres-server.ts";
import { Random } from "../packages/server/test/random.ts";
import { FlagInvalid, type Flags } from "./flags.ts";
import { caughtUp } from "./followers/caught-up.ts";
import type { Kill } from "./ledger.ts";
import { MachineWatch, type Stretch } from "./machine.ts";
import { type FaultKind, Faults, faultKinds } from "./nodes/faults.ts";
import { handsOver, revocationIsHeard } from "./nodes/goodbyes.ts";
import { judgeWorld } from "./nodes/judgement.ts";
import { promotionTrial } from "./nodes/promotion.ts";
import type { Delivery, TimedFollower } from "./nodes/timed-follower.ts";
import { NodesWorld } from "./nodes/world.ts";
import { pause } from "./pause.ts";
import { table } from "./table.ts";
import { isClean, kinds } from "./verdict.ts";

/** What a delivery may take while the database and the follower's connection are there, milliseconds. */
const delayAtMost = 2500;
const revokedWithin = 2000;
const lateShown = 20;

/**
 * Several nodes on one PostgreSQL: whatever dies, freezes or goes silent between and under them, nobody loses a record, gets
 * one twice, out of order, or one that was never sent, and nobody waits.
 */
export const nodesDrill = {
  name: "nodes",
  flag: "nodes",
  help: `Several nodes on one PostgreSQL: nodes killed, the database stopped, doorbells killed, frozen, half-open; standbys promoted.
--nodes N (3)  --kills N (30)  --promotions N of each kind (1)  --frozen SECONDS (6)  --seed S (random)
--channels N (20)  --rate EVENTS/S (200)`,

  async run(flags: Flags, print: (line: string) => void): Promise<boolean> {
    const nodes = flags.number("nodes", 3, 1);
    const kills = flags.number("kills", 30);
    const promotions = flags.number("promotions", 1);
    const frozen = flags.number("frozen", 6) * 1000;
    const seed = flags.number("seed", Math.floor(Math.random() * 2 ** 31));
    const channels = flags.number("channels", 20, 1);
    const rate = flags.number("rate", 200, 1);
    flags.refuseOthers();
    if (channels > 60) throw new FlagInvalid("At most 60 channels: Bun's fetch has 256 requests open at once.");
    print(`drill nodes: seed ${seed}, ${nodes} nodes, ${kills} kills, ${channels} channels, ${rate} events/s`);
    const random = new Random(seed);
    const begun = performance.now();
    let passed = await underFaults({ nodes, channels, rate, kills, frozen, random: random.fork() }, print);
    for (const synchronous of [true, false]) {
      for (let number = 1; number <= promotions; number++) {
        print("");
        const trial = await promotionTrial({ nodes, channels, rate, synchronous, random: random.fork() });
        print(`promotion ${number} of a standby, ${synchronous ? "synchronous" : "asynchronous"}: ${trial.said}`);
        passed &&= trial.passed;
      }
    }
    print(`${((performance.now() - begun) / 1000).toFixed(1)} s`);
    return passed;
  },
};

interface FaultsOptions {
  readonly nodes: number;
  readonly channels: number;
  readonly rate: number;
  readonly kills: number;
  readonly frozen: number;
  readonly random: Random;
}

async function underFaults(options: FaultsOptions, print: (line: string) => void): Promise<boolean> {
  const { random } = options;
  const postgres = await PostgresServer.start();
  try {
    await using machine = new MachineWatch();
    await using world = await NodesWorld.start({ ...options, postgres, random: random.fork() });
    const revoked = await revocationIsHeard(world);
    world.begin();
    const faults = new Faults(world, postgres, random.fork(), options.frozen);
    for (const kind of schedule(options.kills, random.fork())) {
      await pause(random.between(30, 350));
      await faults.inject(kind);
    }
    await faults.thawed();
    const handedOver = await handsOver(world);
    const logs = await world.finish();
    await caughtUp(world.followers, logs);
    await Promise.all(world.followers.map((follower) => follower.stop()));
    return report({ world, faults, logs, revoked, handedOver, standstills: await machine.standstills(), print });
  } finally {
    await postgres.drop();
  }
}

/** Each kind of fault among the kills, in any order. */
function schedule(kills: number, random: Random): readonly FaultKind[] {
  const often: Readonly<Record<FaultKind, number>> = {
    "kill -9 of a node": kills,
    "a node stopped as a deploy does": kills / 15,
    "PostgreSQL stopped at once": kills / 10,
    "doorbell connections killed": kills / 10,
    "a doorbell connection frozen": kills / 30,
    "doorbell connections half-open": kills / 15,
  };
  const all = faultKinds.flatMap((kind) => Array.from({ length: Math.ceil(often[kind]) }, () => kind));
  return all
    .map((kind) => ({ kind, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ kind }) => kind);
}

interface Outcome {
  readonly world: NodesWorld;
  readonly faults: Faults;
  readonly logs: Awaited<ReturnType<NodesWorld["finish"]>>;
  /** Milliseconds until each node had closed the revoked key's socket. */
  readonly revoked: readonly number[];
  readonly handedOver: string | undefined;
  readonly standstills: readonly Stretch[];
  readonly print: (line: string) => void;
}

function report({ world, faults, logs, revoked, handedOver, standstills, print }: Outcome): boolean {
  const { ledger, followers, outages, slugs } = world;
  const { inLogs, perKind, records } = judgeWorld(world, logs);
  const deliveries = new Map(
    followers.map((follower) => [follower, follower.deliveries(ledger, outages, standstills)]),
  );
  const delays = new Map(
    perKind.map(({ kind, some }) => [
      kind,
      some.flatMap((follower) => deliveries.get(follower)?.map(({ delay }) => delay) ?? []).sort((a, b) => a - b),
    ]),
  );
  const count = (of: (follower: (typeof followers)[number]) => number, some = followers) =>
    some.reduce((total, follower) => total + of(follower), 0);

  for (const kind of faultKinds) print(`${String(faults.counts.get(kind)).padStart(5)}  ${kind}`);
  print(
    `appends in flight at each kill, at the killed node / never answered, of which stored:\n${killLines(faults.kills)}`,
  );
  print("");
  print(
    table([
      ["", "count", "records", "connections", ...kinds, "delay p50, ms", "p99", "most"],
      ["log", `${slugs.length} channels`, records, "", ...kinds.map((kind) => inLogs[kind]), "", "", ""],
      ...perKind.map(({ kind, some, violations }) => [
        kind,
        `${some.length} followers`,
        count(({ names }) => names.length, some),
        count(({ connections }) => connections, some),
        ...kinds.map((each) => violations[each]),
        ...[0.5, 0.99, 1].map((part) => quantile(delays.get(kind) ?? [], part).toFixed(0)),
      ]),
    ]),
  );
  print("");
  const late = [...delays.values()].flat().filter((ms) => ms > delayAtMost).length;
  const resets = count((follower) => follower.resets);
  const hits = faults.kills.filter(({ unanswered }) => unanswered > 0).length;
  print(`${ledger.entries.length} events sent, ${ledger.acknowledged} acknowledged, ${records} records in the log`);
  print(
    `later than ${delayAtMost} ms while database, connection and machine were there: ${late}; cursors refused: ${resets}`,
  );
  print(standing(standstills));
  for (const line of lateLines(deliveries, faults)) print(line);
  print(`${faults.kills.length} kills, ${hits} of them with appends unacknowledged in flight`);
  print(`a revoked key's sockets were closed after ${revoked.map((ms) => `${ms.toFixed(0)} ms`).join(", ")}`);
  print(`a stopping node: ${handedOver ?? "said reconnect, and its followers went on elsewhere"}`);
  const wrongs = [
    ![inLogs, ...perKind.map(({ violations }) => violations)].every(isClean) && "a promise was broken: see the table",
    late > 0 && "records came late",
    resets > 0 && "a cursor was refused although nothing was lost",
    records !== ledger.acknowledged && "log and ledger differ in length",
    hits < faults.kills.length * 0.9 && "fewer than nine kills in ten found an append in flight",
    revoked.some((ms) => ms > revokedWithin) && "a revoked key went on working",
    faults.stuck > 0 && `${faults.stuck} nodes did not stop when they were asked to`,
    handedOver !== undefined && "a stopping node did not hand over",
  ].filter((wrong) => wrong !== false);
  for (const wrong of wrongs) print(`Wrong: ${wrong}.`);
  return wrongs.length === 0;
}

/** Delays do not count while the machine itself stands still, so it is told how long it did. */
function standing(standstills: readonly Stretch[]): string {
  if (standstills.length === 0) return "the machine itself never stood still";
  const seconds = standstills.map(({ from, to }) => (to - from) / 1000);
  const all = seconds.reduce((sum, each) => sum + each, 0);
  return `the machine itself stood still ${standstills.length} times, ${all.toFixed(1)} s in all, at most ${Math.max(...seconds).toFixed(1)} s; no delay counts then`;
}

/** What came late, what a follower got at once as one; at most so many. */
function lateLines(deliveries: ReadonlyMap<TimedFollower, readonly Delivery[]>, faults: Faults): readonly string[] {
  return [...deliveries]
    .flatMap(([{ kind, channel }, all]) => {
      const late = all.filter(({ delay }) => delay > delayAtMost);
      const batches = [...Map.groupBy(late, ({ at }) => Math.round(at / 100)).values()];
      return batches.map((batch) => {
        const { at, delay } = batch.reduce((most, each) => (each.delay > most.delay ? each : most));
        const before = faults.begun.filter((fault) => fault.at > at - delay - 6000 && fault.at < at);
        const during = before
          .map((fault) => `${fault.kind} ${((at - fault.at) / 1000).toFixed(1)} s before`)
          .join(", ");
        return `  ${kind} on channel ${channel}: ${batch.length} records, up to ${delay.toFixed(0)} ms; ${during || "nothing was done to them"}`;
      });
    })
    .slice(0, lateShown);
}

function killLines(kills: readonly Kill[]): string {
  const cells = kills.map(
    ({ inFlight, unanswered, storedUnanswered }) => `${inFlight}/${unanswered}/${storedUnanswered}`,
  );
  const lines = Array.from({ length: Math.ceil(cells.length / 15) }, (_, i) => cells.slice(i * 15, i * 15 + 15));
  return lines.map((line, i) => `  ${String(i * 15 + 1).padStart(4)}  ${line.join("  ")}`).join("\n");
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

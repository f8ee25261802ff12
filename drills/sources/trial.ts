import type { TipwireEvent } from "@tipwire/client";
import { noFaults } from "../../packages/server/src/sandbox/faults.ts";
import type { PostgresServer } from "../../packages/server/test/postgres-server.ts";
import type { Random } from "../../packages/server/test/random.ts";
import { DrillApi } from "../api.ts";
import { pause } from "../pause.ts";
import { type FaultKind, Faults, faultsFor, kill } from "./faults.ts";
import { Giver } from "./giver.ts";
import { type Gap, history, isSound, type Judgement, judge, underWay } from "./judgement.ts";
import type { DrilledPlatform } from "./platforms.ts";
import { channel, type DrilledConnection, SourcesWorld } from "./world.ts";

export interface TrialOptions {
  readonly platform: DrilledPlatform;
  /** Without it there is one node, on its own SQLite. */
  readonly postgres?: PostgresServer;
  readonly nodes: number;
  /** At least so many, and so many a second as long as there are faults. */
  readonly donations: number;
  readonly rate: number;
  readonly faults: number;
  /** How many are given in a row at the end, each frame of them twice and every other out of its place. */
  readonly flood: number;
  readonly random: Random;
}

export interface TrialOutcome {
  readonly storm: Judgement;
  readonly flood: Judgement;
  readonly faults: ReadonlyMap<FaultKind, number>;
  /** What the sandbox did, by its own count. */
  readonly done: Readonly<Record<string, number>>;
  /** Whether tokens were refused for good and the creator logged in again, with donations given in between. */
  readonly wasLockedOut: boolean;
  /** At each kill, how many donations that had just been sent came in only after it, or never. */
  readonly underWay: readonly number[];
  readonly gaps: readonly Gap[];
  readonly connection: DrilledConnection;
  readonly milliseconds: number;
}

/** Given before anybody connects: history. */
const before = 20;

/** How long everything that was given may take to come in once nothing goes wrong any more, and what is too much; milliseconds. */
const settledWithin = 90_000;
const duplicatesWithin = 1500;

/** One platform on one store: connected, everything done to it while donations are given, and judged. */
export async function sourceTrial(options: TrialOptions): Promise<TrialOutcome> {
  const { platform, donations, rate, random } = options;
  const begun = performance.now();
  await using world = await SourcesWorld.start({ ...options, random: random.fork() });
  const { sandbox } = world;
  const giver = new Giver({ sandbox, creator: "ana", donations, rate, random: random.fork() });
  await sandbox.donate({ creator: "ana", amount: "1.00", currency: "USD", message: history, count: before });
  const connectedAt = Date.now();
  await platform.connect(world);
  await world.until("it is live", ({ status }) => status === "live", 20_000);

  const faults = new Faults(world, platform, giver, random.fork());
  await sandbox.faults(platform.steady);
  const giving = giver.give();
  // Whatever ends the trial before it is awaited is what is told.
  giving.catch(() => undefined);
  for (const kind of schedule(faultsFor(platform), options.faults, random.fork())) {
    await liveAgain(world);
    await pause(random.between(100, 3000));
    await faults.inject(kind);
  }
  giver.finish();
  await giving;
  await sandbox.faults(noFaults);
  world.line.cut();
  const storm = await settled(world, platform, connectedAt, settledWithin);
  const wasLockedOut = platform.logIn !== undefined && (await lockedOut(world, giver, platform.logIn));

  await sandbox.faults({ ...noFaults, ...platform.flood });
  for (let left = options.flood, part = 0; left > 0; left -= floodPart, part++) {
    const count = Math.min(left, floodPart);
    await sandbox.donate({ creator: "ana", amount: "1.00", currency: "USD", message: `flood ${part}`, count });
  }
  await sandbox.faults(noFaults);
  // Whoever has a list reads it anew, and finds in it what has come in already.
  if (platform.hasHistory) world.line.cut();
  const flood = await settled(world, platform, connectedAt, isSound(storm) ? settledWithin : 0);
  const { log } = await bothLogs(world);
  return {
    storm,
    flood,
    faults: faults.counts,
    done: (await sandbox.state()).counts,
    wasLockedOut,
    underWay: faults.kills.map((at) => underWay(giver.sentAt, log, at)),
    gaps: world.gaps,
    connection: await world.connection(),
    milliseconds: performance.now() - begun,
  };
}

const floodPart = 500;

/** Refreshes are refused, and only the creator can mend it: the connection says so, and goes on once she has logged in again. */
async function lockedOut(
  world: SourcesWorld,
  giver: Giver,
  logIn: (world: SourcesWorld) => Promise<void>,
): Promise<boolean> {
  await world.sandbox.faults({ ...noFaults, refuseRefresh: 1 });
  await world.sandbox.now({ expireTokens: true });
  world.line.cut();
  await world.until("its authorization is missing", ({ status }) => status === "needs-authorization", settledWithin);
  await giver.giveSome();
  await world.sandbox.faults(noFaults);
  await logIn(world);
  await world.until("it is live after a login", ({ status }) => status === "live", settledWithin);
  return true;
}

/** A fault finds something to break where there is a connection; but what the platform asks for may take long. */
async function liveAgain(world: SourcesWorld): Promise<void> {
  await world.until("it is live again", ({ status }) => status === "live", 15_000).catch(() => undefined);
}

/** Over and over, each round in an order of its own, kills thrice; the last one is a kill. */
function schedule(kinds: readonly FaultKind[], count: number, random: Random): readonly FaultKind[] {
  const round: readonly FaultKind[] = [kill, kill, ...kinds];
  const rounds = Array.from({ length: Math.ceil(count / round.length) }, () =>
    round
      .map((kind) => ({ kind, place: random.next() }))
      .sort((a, b) => a.place - b.place)
      .map(({ kind }) => kind),
  );
  return [...rounds.flat().slice(0, Math.max(0, count - 1)), ...(count > 0 ? [kill] : [])];
}

/** The logs compared when nothing is missing any more, and a little later, so that what comes too often has come. */
async function settled(
  world: SourcesWorld,
  platform: DrilledPlatform,
  connectedAt: number,
  within: number,
): Promise<Judgement> {
  const look = async () => {
    await world.connection();
    const { given, log } = await bothLogs(world);
    if (platform.hasHistory) return judge(given, log, []);
    // What was given before anybody listened is nobody's loss.
    return judge(
      given.filter(({ receivedAt }) => Date.parse(receivedAt) >= connectedAt),
      log,
      world.gaps,
    );
  };
  for (const deadline = performance.now() + within; performance.now() < deadline; await pause(200)) {
    const { lost } = await look();
    if (lost.length === 0 && (await world.connection()).status === "live") break;
  }
  await pause(duplicatesWithin);
  return look();
}

async function bothLogs({ sandbox, first }: SourcesWorld): Promise<{
  readonly given: readonly TipwireEvent[];
  readonly log: readonly TipwireEvent[];
}> {
  const outside = new DrillApi({ url: sandbox.url, key: sandbox.ana.streamToken });
  return { given: await outside.events(sandbox.ana.slug), log: await first.api.events(channel) };
}

export function passed({ storm, flood, underWay }: TrialOutcome): boolean {
  const hits = underWay.filter((count) => count > 0).length;
  return isSound(storm) && isSound(flood) && hits >= underWay.length * 0.9;
}

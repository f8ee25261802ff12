import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "../packages/server/test/random.ts";
import { Disk, type Loss, losses } from "./disk/disk.ts";
import {
  type Finding,
  faultKinds,
  isHalfBegun,
  judgeServer,
  judgeStore,
  materialise,
  type Promised,
  sumFaults,
} from "./disk/found-state.ts";
import { Recording, recordedCalls, type Step } from "./disk/recording.ts";
import { needStrace, underStrace } from "./disk/strace.ts";
import { type Told, toldIn } from "./disk/told.ts";
import { environment, TracedServer } from "./disk/traced-server.ts";
import { Feeder } from "./feeder.ts";
import type { Flags } from "./flags.ts";
import { Follower } from "./followers/follower.ts";
import { sse } from "./followers/sse.ts";
import { Ledger } from "./ledger.ts";
import { pause } from "./pause.ts";
import { table } from "./table.ts";

type Print = (line: string) => void;

const channelCount = 12;
/** The recorded runs: acknowledged appends after which each ends, and how. Enough to cross checkpoints in each. */
const runs = [
  { events: 2200, end: "stop" },
  { events: 2800, end: "kill -9" },
  { events: 4800, end: "stop" },
] as const;

/**
 * The power goes: the real program's writes and syncs are recorded under a feeder, cut at random places, and each state
 * that a disk may then hold is opened. What had been acknowledged must be there.
 */
export const powerLossDrill = {
  name: "power-loss",
  flag: "power-loss",
  help: `The power goes at N random places of a recording of everything that the program wrote, synced and answered.
--cuts N (200)  --seed S (random)  --keep leaves the recording and the states in place.  Needs strace.`,

  async run(flags: Flags, print: Print): Promise<boolean> {
    const cuts = flags.number("cuts", 200, 10);
    const seed = flags.number("seed", Math.floor(Math.random() * 2 ** 31));
    const keep = flags.has("keep");
    flags.has("power-loss");
    flags.refuseOthers();
    needStrace();
    print(`drill power-loss: seed ${seed}, ${cuts} cuts`);
    const random = new Random(seed);
    const base = mkdtempSync(join(tmpdir(), "tipwire-power-"));
    const clean = () => {
      if (!keep) rmSync(base, { recursive: true, force: true });
    };
    process.once("exit", clean);
    try {
      const began = performance.now();
      const { recording, nameOf } = await recordServer(base, random.fork(), print);
      const complete = isComplete(recording.steps, base, print);
      const cutting = { steps: recording.steps, base, nameOf, served: true };
      const program = await cutAndJudge(
        cutting,
        chooseCuts(recording.steps, cuts, random.fork()),
        random.fork(),
        print,
      );
      const ownCuts = Math.max(20, Math.ceil(cuts / 4));
      const full = await selfCheck(base, "FULL", ownCuts, random.fork(), print);
      const off = await selfCheck(base, "OFF", ownCuts, random.fork(), print);

      print("");
      print(
        table([
          header,
          ...program.rows,
          total("the program, all cuts", program),
          total("a bare store, synced", full),
          total("a bare store, synchronous=OFF", off),
        ]),
      );
      print("");
      print(`seed ${seed}, ${cuts} cuts, ${((performance.now() - began) / 1000).toFixed(0)} s`);
      print(
        `told to somebody (acknowledgements, channels, frames to a follower), checked against the syncs before: ${program.early.checked}; acknowledgements checked against what the cuts left: ${program.checked}`,
      );
      print(`violations: ${program.violations} (early: ${program.early.count})`);
      const isMeaningful = program.unsynced >= cuts / 3;
      if (!isMeaningful) print("Too few cuts found something unsynced in the database: this run proves too little.");
      const isRed = off.violations > 0 && off.early.count > 0;
      print(
        isRed
          ? "Without syncs the same drill finds losses, as it must."
          : "Without syncs nothing was lost: this drill proves nothing.",
      );
      if (program.halfBegun > 0)
        print(`Note: ${program.halfBegun} cuts left a first start half begun, and no link was shown by the next one.`);
      return complete && isMeaningful && isRed && program.violations === 0 && full.violations === 0;
    } finally {
      clean();
      process.off("exit", clean);
    }
  },
};

interface Recorded {
  readonly recording: Recording;
  /** The event to which an acknowledgement's cursor belongs. */
  readonly nameOf: (cursor: string) => string | undefined;
}

/** Runs of the program on a directory that is not there at first. */
async function recordServer(base: string, random: Random, print: Print): Promise<Recorded> {
  const dataDir = join(base, "share", "tipwire");
  const recording = new Recording(base);
  const ledger = new Ledger();
  const slugs = Array.from({ length: channelCount }, (_, i) => `drill-${i}`);
  // Below the ports that systems give out by themselves.
  const port = 20_000 + random.below(10_000);
  let feeder: Feeder | undefined;
  for (const [number, { events, end }] of runs.entries()) {
    const output = join(base, `run-${number}.strace`);
    const server = new TracedServer(base, dataDir, { calls: recordedCalls, output }, port);
    if (!(await server.listens)) throw new Error(`The program did not start:\n${server.output}`);
    const { url, key } = server;
    if (number === 0) await createChannels(server, slugs);
    const follower = new Follower("sse", 0, sse, { url, slug: "drill-0", key, streamToken: "", random: random.fork() });
    follower.start();
    if (feeder === undefined) {
      feeder = new Feeder({ url, key, slugs, rate: 500, random: random.fork() }, ledger);
      feeder.start();
    }
    while (ledger.acknowledged < events) await pause(5);
    if (end === "stop") {
      await feeder.finish(30_000);
      feeder = undefined;
      const code = await server.stop();
      if (code !== 0) throw new Error(`The program ended with ${code}:\n${server.output}`);
    } else {
      server.end();
      await server.exited(10_000);
    }
    await follower.stop();
    recording.read(output);
    rmSync(output);
  }
  const byCursor = new Map(ledger.entries.map(({ cursor, name }) => [cursor, name]));
  const steps = recording.steps;
  const acknowledged = toldIn(steps).filter(({ what }) => what === "acknowledged").length;
  if (acknowledged < ledger.acknowledged)
    throw new Error(`The recorder saw ${acknowledged} of ${ledger.acknowledged} acknowledgements.`);
  const count = (kind: Step["kind"]) => steps.filter((step) => step.kind === kind).length;
  const written = steps.reduce((sum, step) => sum + (step.kind === "write" ? step.bytes.length : 0), 0);
  const checkpoints = new Set(checkpointSyncs(steps)).size;
  print(
    `recorded: ${runs.length} runs (${runs.map(({ end }) => end).join(", ")}), ${ledger.acknowledged} acknowledged appends, ${count("write")} writes (${(written / 1e6).toFixed(0)} MB), ${count("sync")} syncs, ${checkpoints} of them end a checkpoint`,
  );
  if (checkpoints < 5) throw new Error("The recording crosses too few checkpoints.");
  // An answer that the kill kept from the feeder came again with the same cursor.
  return { recording, nameOf: (cursor) => byCursor.get(cursor) };
}

async function createChannels({ url, key }: TracedServer, slugs: readonly string[]): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  for (const slug of slugs) {
    const response = await fetch(`${url}/v1/channels`, { method: "POST", headers, body: JSON.stringify({ slug }) });
    if (!response.ok) throw new Error(`No channel: ${response.status} ${await response.text()}`);
  }
}

/** Places where the database file was synced after something had been carried over into it. */
function checkpointSyncs(steps: readonly Step[]): readonly number[] {
  return steps.flatMap((step, at) => (step.kind === "sync" && step.path.endsWith("tipwire.db") ? [at] : []));
}

/** Whether what was recorded gives the very files that are there, to the byte. */
function isComplete(steps: readonly Step[], base: string, print: Print): boolean {
  const disk = new Disk(base);
  for (const step of steps) disk.take(step);
  const { files } = disk.cut("none lost", new Random(0));
  const there = readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const same = (path: string) => Buffer.compare(files.get(path) ?? new Uint8Array(), readFileSync(path)) === 0;
  const differing = [...new Set([...there, ...files.keys()])].filter(
    (path) => !files.has(path) || !there.includes(path) || !same(path),
  );
  if (differing.length > 0) print(`The recording does not give what is there: ${differing.join(", ")}`);
  else print(`the recording gives the files that the program left, to the byte: ${there.length} files`);
  return differing.length === 0;
}

interface Cut {
  /** So many steps have happened. */
  readonly at: number;
  readonly where: (typeof places)[number];
  readonly loss: Loss;
}

const places = ["first start", "checkpoint", "stop and start", "after an answer", "anywhere"] as const;

function chooseCuts(steps: readonly Step[], count: number, random: Random): readonly Cut[] {
  const find = (from: number, matches: (step: Step) => boolean) =>
    steps.findIndex((step, at) => at >= from && matches(step));
  const says = (text: string) => (step: Step) => step.kind === "said" && step.text.includes(text);
  const welcome = find(0, says("Listening on"));
  const stopping = find(0, says("Stopping"));
  const again = find(stopping, says("Listening on"));
  const lastStop = find(again, says("Stopping"));
  const answers = toldIn(steps).map(({ at }) => at);
  const carried = steps.flatMap((step, at) => (step.kind === "write" && step.path.endsWith("tipwire.db") ? [at] : []));
  const chosen = (some: readonly number[]) => some[random.below(some.length)] ?? 0;
  const from: Record<Cut["where"], () => number> = {
    "first start": () => random.below(welcome + 1),
    checkpoint: () => chosen(carried) + 1,
    "stop and start": () =>
      random.chance(0.7)
        ? stopping + random.below(again - stopping)
        : lastStop + random.below(steps.length - lastStop + 1),
    "after an answer": () => chosen(answers) + 1,
    anywhere: () => random.below(steps.length + 1),
  };
  const shares = [0.15, 0.2, 0.1, 0.15, 0.4];
  const cuts = places.flatMap((where, i) =>
    Array.from({ length: Math.round(count * (shares[i] ?? 0)) }, (_, number) => ({
      at: from[where](),
      where,
      loss: losses[number % losses.length] as Loss,
    })),
  );
  return cuts.sort((a, b) => a.at - b.at);
}

interface Cutting {
  readonly steps: readonly Step[];
  readonly base: string;
  readonly nameOf: Recorded["nameOf"];
  /** Whether the program, too, is started on each state. */
  readonly served: boolean;
}

interface Outcome {
  readonly rows: readonly (readonly (string | number)[])[];
  readonly cuts: number;
  /** Cuts that found something unsynced in the database or its write-ahead log. */
  readonly unsynced: number;
  /** Acknowledgements that had to be there, over all cuts. */
  readonly checked: number;
  /** What was told to somebody before it was synced. */
  readonly early: { readonly checked: number; readonly count: number };
  readonly findings: readonly Finding[];
  readonly violations: number;
  readonly halfBegun: number;
}

interface Judged extends Cut {
  readonly unsynced: number;
  readonly acknowledged: number;
  readonly findings: readonly Finding[];
  readonly halfBegun: boolean;
}

async function cutAndJudge(cutting: Cutting, cuts: readonly Cut[], random: Random, print: Print): Promise<Outcome> {
  const { steps, base, nameOf } = cutting;
  const told = new Map(Map.groupBy(toldIn(steps), ({ at }) => at));
  const disk = new Disk(base);
  const promised = { acknowledged: new Map<string, string>(), shown: new Set<string>(), channels: new Set<string>() };
  const early = { checked: 0, count: 0 };
  const databases = databasesIn(steps);
  const judged: Judged[] = [];
  const judging = new Set<Promise<void>>();
  let next = 0;
  for (let at = 0; at <= steps.length; at++) {
    for (let cut = cuts[next]; cut?.at === at; cut = cuts[++next]) {
      const state = join(base, `state-${next}`);
      const acknowledged = new Map(promised.acknowledged);
      const then: Promised = { acknowledged, shown: new Set(promised.shown), channels: new Set(promised.channels) };
      const work = judge(disk, cut, then, state, cutting, random.fork()).then((each) => {
        judged.push(each);
        judging.delete(work);
        for (const { words } of each.findings)
          if (words.length > 0 && cutting.served)
            print(`cut at step ${each.at} (${each.where}, ${each.loss}): ${words.join("; ")}`);
      });
      judging.add(work);
      while (judging.size > Math.max(1, cpus().length)) await Promise.race(judging);
    }
    const step = steps[at];
    if (step === undefined) break;
    for (const each of told.get(at) ?? []) {
      early.checked++;
      if (!databases.every((path) => disk.isDurable(path))) early.count++;
      note(each, promised, nameOf);
    }
    disk.take(step);
  }
  await Promise.all(judging);
  return outcome(judged, early);
}

/** The files on which an acknowledgement rests. */
function databasesIn(steps: readonly Step[]): readonly string[] {
  const paths = new Set(steps.flatMap((step) => (step.kind === "file" ? [step.path] : [])));
  return [...paths].filter((path) => /tipwire\.db(-wal)?$/.test(path));
}

function note(
  told: Told,
  promised: { acknowledged: Map<string, string>; shown: Set<string>; channels: Set<string> },
  nameOf: Recorded["nameOf"],
): void {
  if (told.what === "channel") promised.channels.add(told.slug);
  else if (told.what === "shown") promised.shown.add(told.name);
  else promised.acknowledged.set(told.id, nameOf(told.cursor) ?? "");
}

async function judge(
  disk: Disk,
  cut: Cut,
  promised: Promised,
  state: string,
  cutting: Cutting,
  random: Random,
): Promise<Judged> {
  const { base, served } = cutting;
  const found = disk.cut(cut.loss, random);
  const unsynced = databasesIn(cutting.steps).reduce((sum, path) => sum + disk.unsyncedOf(path), 0);
  const inner =
    databasesIn(cutting.steps)[0]
      ?.slice(base.length)
      .replace(/\/[^/]+$/, "") ?? "";
  const copies = served ? [`${state}-store`, `${state}-server`] : [`${state}-store`];
  for (const copy of copies) materialise(found, base, copy, random);
  const findings = [await judgeStore(join(state.concat("-store"), inner), promised)];
  if (served) findings.push(await judgeServer(join(state.concat("-server"), inner), promised));
  const halfBegun = served && isHalfBegun(join(state.concat("-server"), inner));
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
  return { ...cut, unsynced, acknowledged: promised.acknowledged.size, findings, halfBegun };
}

const header = ["cut", "cuts", "unsynced", "acknowledged", ...faultKinds, "early"];

function outcome(judged: readonly Judged[], early: Outcome["early"]): Outcome {
  const findings = judged.flatMap((each) => each.findings);
  const sum = (some: readonly Judged[]) => some.reduce((total, { acknowledged }) => total + acknowledged, 0);
  const rowOf = (name: string, some: readonly Judged[]) => {
    const faults = sumFaults(some.flatMap((each) => each.findings));
    return [
      name,
      some.length,
      some.filter(({ unsynced }) => unsynced > 0).length,
      sum(some),
      ...faultKinds.map((kind) => faults[kind]),
      "",
    ];
  };
  const faults = sumFaults(findings);
  return {
    rows: [
      ...places.map((where) =>
        rowOf(
          where,
          judged.filter((each) => each.where === where),
        ),
      ),
      ...losses.map((loss) =>
        rowOf(
          `  ${loss}`,
          judged.filter((each) => each.loss === loss),
        ),
      ),
    ],
    cuts: judged.length,
    unsynced: judged.filter(({ unsynced }) => unsynced > 0).length,
    checked: sum(judged),
    early,
    findings,
    violations: faultKinds.reduce((count, kind) => count + faults[kind], early.count),
    halfBegun: judged.filter((each) => each.halfBegun).length,
  };
}

function total(name: string, { cuts, unsynced, checked, findings, early }: Outcome): readonly (string | number)[] {
  const faults = sumFaults(findings);
  return [name, cuts, unsynced, checked, ...faultKinds.map((kind) => faults[kind]), early.count];
}

/** The same recorder and the same cuts over a store that syncs, and over one that does not. */
async function selfCheck(
  base: string,
  synchronous: "FULL" | "OFF",
  count: number,
  random: Random,
  print: Print,
): Promise<Outcome> {
  const own = join(base, `self-${synchronous}`);
  mkdirSync(own);
  const output = join(base, `${synchronous}.strace`);
  const script = join(import.meta.dir, "disk/append-acknowledged.ts");
  const child = Bun.spawn(
    [
      ...underStrace({ calls: recordedCalls, output }),
      process.execPath,
      "--no-env-file",
      script,
      own,
      synchronous,
      "700",
    ],
    { cwd: own, env: environment(), stdin: "ignore", stdout: "pipe", stderr: "inherit" },
  );
  await Promise.all([new Response(child.stdout).text(), child.exited]);
  const recording = new Recording(own);
  recording.read(output);
  const { steps } = recording;
  const cuts = Array.from(
    { length: count },
    (_, i): Cut => ({
      at: random.below(steps.length + 1),
      where: "anywhere",
      loss: losses[i % losses.length] as Loss,
    }),
  ).sort((a, b) => a.at - b.at);
  return cutAndJudge({ steps, base: own, nameOf: (cursor) => cursor, served: false }, cuts, random, print);
}

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { startProgram } from "../packages/server/test/program.ts";
import { type End, type FaultRun, faultRun, type Plan } from "./disk/fault-run.ts";
import { fullDisk } from "./disk/full-disk.ts";
import { needStrace } from "./disk/strace.ts";
import type { Flags } from "./flags.ts";
import { table } from "./table.ts";

type Print = (line: string) => void;

/** A row of the table: plans of one kind. */
interface Series {
  readonly name: string;
  readonly plans: readonly Plan[];
}

const errors = ["EIO", "ENOSPC"] as const;
/** How many writes in a row fail when there is no space. */
const outage = 30;
const ends: readonly End[] = ["refused to start", "stopped by itself", "went on", "untouched"];

/**
 * The disk refuses: the k-th sync and the k-th write fail, for every k. Nothing acknowledged may be missing, whoever is
 * refused is told so plainly, and it goes on by itself, except after a sync that failed.
 */
export const diskFaultsDrill = {
  name: "disk-faults",
  flag: "disk-faults",
  help: `EIO and ENOSPC on the k-th sync and on the k-th write, for every k up to 100; at the start, at checkpoints; a full disk.
--every N (1) takes every N-th k only  --from K (1) begins there.  Needs strace; the full disk needs to mount one.`,

  async run(flags: Flags, print: Print): Promise<boolean> {
    const every = flags.number("every", 1, 1);
    const from = flags.number("from", 1, 1);
    flags.has("disk-faults");
    flags.refuseOthers();
    needStrace();
    print(`drill disk-faults: every ${every}. of 100 from ${from}`);
    const began = performance.now();
    const rows: (readonly (string | number)[])[] = [];
    let violations = 0;
    let proven = true;
    const all: FaultRun[] = [];
    const base = mkdtempSync(join(tmpdir(), "tipwire-faults-"));
    process.once("exit", () => rmSync(base, { recursive: true, force: true }));
    const template = await begunDirectory(join(base, "data"));
    for (const { name, plans } of allSeries(from, every, template)) {
      const runs = await inLanes(plans, async (plan) => {
        const run = await faultRun(plan);
        for (const words of run.wrong) print(`${plan.call} ${plan.error} at ${plan.when}: ${words}`);
        return run;
      });
      const touched = runs.filter(({ injected }) => injected > 0);
      if (touched.length === 0) {
        print(`${name}: no call failed, this proves nothing.`);
        proven = false;
      }
      violations += sum(runs, ({ wrong }) => wrong.length);
      rows.push([name, ...cells(runs)]);
      all.push(...runs);
    }
    const full = await fullDisk(print);
    violations += full.wrong.length;
    for (const words of full.wrong) print(`a full disk: ${words}`);

    print("");
    print(
      table([
        ["the k-th call fails", "runs", "failed calls", ...ends, "acknowledged", "refused", "unready", "violations"],
        ...rows,
        ["all", ...cells(all)],
      ]),
    );
    print("");
    print(full.said);
    print(
      `${((performance.now() - began) / 1000).toFixed(0)} s; acknowledgements checked: ${sum(all, ({ acknowledged }) => acknowledged) + full.acknowledged}; violations: ${violations}`,
    );
    return proven && violations === 0;
  },
};

/** A data directory as a first start and an ordinary stop leave it. */
async function begunDirectory(dataDir: string): Promise<string> {
  mkdirSync(dataDir);
  const program = await startProgram({ dataDir });
  await program.stop();
  return dataDir;
}

function allSeries(from: number, every: number, template: string): readonly Series[] {
  const ks: number[] = [];
  for (let k = from; k <= 100; k += every) ks.push(k);
  const some = <T>(list: readonly T[]) => list.filter((_, i) => every === 1 || i % 3 === from % 3);
  const perError = (
    name: (error: Plan["error"]) => string,
    plans: (error: Plan["error"]) => readonly Plan[],
  ): Series[] => errors.map((error) => ({ name: name(error), plans: plans(error) }));
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
  return [
    ...perError(
      (error) => `sync, ${error}`,
      (error) => ks.map((k) => ({ call: "fsync", error, when: `${k}`, appends: 120, restarts: true })),
    ),
    ...perError(
      (error) => `first start: ${writes(error)}`,
      (error) => ks.map((k) => ({ ...onWrite(error, k), appends: 10 })),
    ),
    ...perError(
      (error) => `later: ${writes(error)}`,
      (error) => ks.map((k) => ({ ...onWrite(error, k), appends: 30, template })),
    ),
    {
      name: "sync of the database file",
      plans: some(errors.flatMap((error) => upTo(4).map((k) => atCheckpoint("fsync", error, `${k}`)))),
    },
    {
      name: "write at a checkpoint",
      plans: some(
        errors.flatMap((error) => [25, 30, 40].map((k) => atCheckpoint("pwrite64", error, `${k}..${k + 3}`))),
      ),
    },
    {
      name: "another call at the start",
      plans: some(
        ["mkdir", "openat", "ftruncate", "write", "rename", "unlink"].flatMap((call) =>
          errors.flatMap((error) =>
            upTo(call === "openat" ? 12 : 4).map(
              (k): Plan => ({ call, error, when: `${k}`, appends: 5, restarts: true }),
            ),
          ),
        ),
      ),
    },
  ];
}

function writes(error: Plan["error"]): string {
  return error === "EIO" ? "a write, EIO" : `${outage} writes, ENOSPC`;
}

function onWrite(error: Plan["error"], k: number): Omit<Plan, "appends"> {
  const when = error === "EIO" ? `${k}` : `${k}..${k + outage - 1}`;
  return { call: "pwrite64", error, when, restarts: k % 5 === 0 };
}

/** Enough transactions that the write-ahead log is carried over. */
function atCheckpoint(call: string, error: Plan["error"], when: string): Plan {
  return { call, error, when, files: ["tipwire.db"], appends: 560, restarts: true };
}

function cells(runs: readonly FaultRun[]): readonly (string | number)[] {
  return [
    runs.length,
    sum(runs, ({ injected }) => injected),
    ...ends.map((end) => runs.filter((run) => run.end === end).length),
    sum(runs, ({ acknowledged }) => acknowledged),
    sum(runs, ({ refused }) => refused),
    sum(runs, ({ unready }) => unready),
    sum(runs, ({ wrong }) => wrong.length),
  ];
}

function sum(runs: readonly FaultRun[], of: (run: FaultRun) => number): number {
  return runs.reduce((total, run) => total + of(run), 0);
}

/** A few at a time. */
async function inLanes<T, U>(work: readonly T[], each: (item: T) => Promise<U>): Promise<readonly U[]> {
  const done: U[] = [];
  let next = 0;
  const lane = async () => {
    for (let item = work[next++]; item !== undefined; item = work[next++]) done.push(await each(item));
  };
  await Promise.all(Array.from({ length: Math.max(2, cpus().length + 1) }, lane));
  return done;
}

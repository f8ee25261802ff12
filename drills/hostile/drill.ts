import { startProgram } from "../../packages/server/test/program.ts";
import { Random } from "../../packages/server/test/random.ts";
import type { Flags } from "../flags.ts";
import { table } from "../table.ts";
import { Addresses } from "./addresses.ts";
import { Canary } from "./canary.ts";
import { HttpLane } from "./http-lane.ts";
import type { FramesInput, HttpInput, Input, Kind } from "./inputs/input.ts";
import { kinds } from "./inputs/kinds.ts";
import { judgeHttp, judgeSocket } from "./judge.ts";
import { leftOpen, type MemoryFigure, settledMemory } from "./memory.ts";
import { converse } from "./socket-lane.ts";
import { readEveryLog } from "./sound-log.ts";
import { type Verdict, wrong } from "./verdict.ts";
import { createWorld, newRuler, restock, type World } from "./world.ts";

const lanes = 48;
/** So many inputs fill what fills once: SQLite's cache of 16 MB, and what the allocators keep. */
const longestWarmUp = 500_000;
const usualSeed = () => Math.floor(Math.random() * 2 ** 31);
const memoryLimit = 20 * 1024 * 1024;
/** How long any answer may take, milliseconds. */
const patience = 10_000;
/** How many inputs each address must have had. */
const leastOfEach = 10;
/** Of so many by somebody whose key is good, some must be taken: otherwise it is not good any more. */
const someOf = 500;
/** Sources are connected to by hostile input too; they must not find the real platforms. */
const nobody = "127.0.0.1:9";
const nobodyElse = [
  ...["--pally-url", `ws://${nobody}`, "--tuniform-url", `ws://${nobody}/ws`, "--app-id", "1", "--api-key", "k"],
  ...["--da-authorization-url", `http://${nobody}/oauth/authorize`, "--da-token-url", `http://${nobody}/oauth/token`],
  ...["--da-api-base-url", `http://${nobody}/api/v1`, "--da-centrifugo-url", `ws://${nobody}/connection/websocket`],
];

/** One row of the table, as it fills. */
interface Tally {
  readonly kind: Kind;
  readonly random: Random;
  left: number;
  done: number;
  taken: number;
  readonly refusals: Map<string, number>;
}

/** Hostile input: the running program is given what no client would send, most of it by people whose keys are good. */
export const hostileDrill = {
  name: "hostile",
  flag: "hostile",
  help: `Hostile input, N requests, messages and handshakes.
--hostile N (100000)  --seed S (random)  --only TEXT (kinds whose names have it)`,

  async run(flags: Flags, print: (line: string) => void): Promise<boolean> {
    const count = flags.number("hostile", 100_000, 1000);
    const seed = flags.number("seed", usualSeed());
    const only = flags.text("only") ?? "";
    flags.refuseOthers();
    const chosen = kinds.filter(({ name }) => name.includes(only));
    const addresses = await Addresses.ofTheServer();
    const program = await startProgram({ args: ["--log", "json", "--log-level", "error", ...nobodyElse] });
    try {
      const world = await createWorld(program, lanes);
      const random = new Random(seed);
      print(`drill hostile: seed ${seed}, ${count} inputs, ${chosen.length} kinds, ${lanes} connections at a time`);

      const warm = new Run(
        world,
        chosen,
        Math.max(10_000, Math.min(longestWarmUp, count / 2)),
        random.fork(),
        addresses,
      );
      await warm.finish();
      const before = await settledMemory(world.url, 6);
      const canary = new Canary(world);
      canary.start();
      const begun = performance.now();
      const run = new Run(world, chosen, count, random.fork(), addresses);
      const elapsed = () => (performance.now() - begun) / 1000;
      const timer = setInterval(() => print(`  ${run.done} inputs, ${elapsed().toFixed(0)} s`), 60_000);
      await run.finish().finally(() => clearInterval(timer));
      const seconds = elapsed();
      const canaryFindings = await canary.finish();
      const after = await settledMemory(world.url, 30, before);
      const open = await leftOpen(world.url);
      const log = await readEveryLog(world.url, program.key);

      print("");
      print(run.table());
      print("");
      print(run.refusals());
      print("");
      const faults = [
        ...log.faults,
        ...canaryFindings.faults,
        ...open.map((series) => `still open though nobody is there: ${series}`),
        ...program
          .output()
          .split("\n")
          .filter((line) => line.includes('"level":"ERROR"')),
        ...(run.authenticatedShare >= 0.5 ? [] : ["less than half of the inputs began as valid authenticated traffic"]),
        ...(only === "" ? addresses.neglected(leastOfEach) : []),
        ...run.allRefused(),
        ...memoryFaults(before, after),
        ...warm.faults,
        ...run.faults,
      ];
      print(
        `${run.done} inputs in ${seconds.toFixed(1)} s (${(run.done / seconds).toFixed(0)}/s), ${(run.authenticatedShare * 100).toFixed(1)} % of them valid authenticated traffic, mutated`,
      );
      print(`addresses: ${addresses.count}, each tried at least ${addresses.least} times`);
      print(
        `canary: ${canaryFindings.posted} events posted, ${canaryFindings.received} received over ${canaryFindings.connections} connection`,
      );
      print(`log: ${log.records} records in ${log.channels} channels read back, ${log.faults.length} faults`);
      print(
        `memory after ${warm.done} inputs to warm up and a pause: ${shown(before)}; after the run and a pause: ${shown(after)}`,
      );
      print(`faults: ${faults.length}`);
      for (const fault of faults.slice(0, 20)) print(`  ${fault.slice(0, 600)}`);
      return faults.length === 0;
    } finally {
      await program.stop();
    }
  },
};

function memoryFaults(before: MemoryFigure, after: MemoryFigure): string[] {
  const grown = (name: "resident" | "heap") =>
    after[name] - before[name] > memoryLimit ? [`${name} memory grew by ${mb(after[name] - before[name])}`] : [];
  return [...grown("resident"), ...grown("heap")];
}

function shown({ resident, heap }: MemoryFigure): string {
  return `${mb(resident)} resident, ${mb(heap)} heap`;
}

function mb(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** So many inputs, spread over the kinds, each kind drawing from a sequence of its own. */
class Run {
  readonly faults: string[] = [];
  readonly #world: World;
  readonly #addresses: Addresses;
  readonly #tallies: readonly Tally[];
  readonly #random: Random;
  readonly #running: Promise<unknown>;
  #renewing: Promise<unknown> | undefined;

  constructor(world: World, chosen: readonly Kind[], count: number, random: Random, addresses: Addresses) {
    this.#world = world;
    this.#addresses = addresses;
    this.#random = random.fork();
    const shares = chosen.reduce((sum, { share }) => sum + share, 0);
    const tallies = chosen.map((kind): Tally => {
      const left = Math.min(
        kind.most ?? Number.POSITIVE_INFINITY,
        Math.max(100, Math.round((count * kind.share) / shares)),
      );
      return { kind, random: random.fork(), left, done: 0, taken: 0, refusals: new Map() };
    });
    // What those with a limit leave over goes to the first, which is the one that stores most.
    const first = tallies[0];
    if (first !== undefined) first.left += Math.max(0, count - tallies.reduce((sum, { left }) => sum + left, 0));
    this.#tallies = tallies;
    this.#running = Promise.all(Array.from({ length: lanes }, () => this.#lane()));
  }

  async finish(): Promise<void> {
    await this.#running;
  }

  get done(): number {
    return this.#tallies.reduce((sum, { done }) => sum + done, 0);
  }

  get authenticatedShare(): number {
    const authenticated = this.#tallies.filter(({ kind }) => kind.authenticated);
    return authenticated.reduce((sum, { done }) => sum + done, 0) / this.done;
  }

  allRefused(): readonly string[] {
    const refused = this.#tallies.filter(
      ({ kind, done, taken }) => kind.authenticated && done >= someOf && taken === 0,
    );
    return refused.map(({ kind, done }) => `${kind.name}: of ${done} none was taken`);
  }

  table(): string {
    return table([
      ["endpoint or type of message", "inputs", "taken", "refused"],
      ...this.#tallies.map(({ kind, done, taken, refusals }) => [
        kind.authenticated ? kind.name : `${kind.name} (without a key)`,
        done,
        taken,
        [...refusals.values()].reduce((sum, each) => sum + each, 0),
      ]),
    ]);
  }

  /** How often each code, status or close was the answer. */
  refusals(): string {
    const all = new Map<string, number>();
    for (const { refusals } of this.#tallies) {
      for (const [by, count] of refusals) all.set(by, (all.get(by) ?? 0) + count);
    }
    const sorted = [...all].sort(([, a], [, b]) => b - a);
    return table([["refused by", "times"], ...sorted]);
  }

  async #lane(): Promise<void> {
    const lane = new HttpLane(this.#world.port);
    for (let tally = this.#next(); tally !== undefined; tally = this.#next()) {
      await restock(this.#world);
      const input = tally.kind.make(this.#world, tally.random);
      this.#addresses.note(input);
      const count = input.via === "socket" ? Math.min(input.count, tally.left) : 1;
      tally.left -= count;
      const began = performance.now();
      const verdict = await this.#try(input, lane);
      tally.done += count;
      if (verdict.kind === "taken") tally.taken += count;
      else if (verdict.kind === "refused") {
        tally.refusals.set(verdict.by, (tally.refusals.get(verdict.by) ?? 0) + count);
        if (verdict.by === "token_revoked") await this.#renewRuler();
      } else if (this.faults.length < 1000) {
        const bytes = input.via === "http" ? input.bytes : Buffer.concat([input.handshake, ...input.frames]);
        this.faults.push(
          `${tally.kind.name}: ${verdict.why} (${(performance.now() - began).toFixed(0)} ms): ${JSON.stringify(bytes.toString("latin1").slice(0, 700))}`,
        );
      }
    }
    lane.hangUp();
  }

  /** The kinds take turns by how much is left of each. */
  #next(): Tally | undefined {
    let sum = 0;
    for (const { left } of this.#tallies) sum += left;
    if (sum <= 0) return undefined;
    let at = this.#random.below(sum);
    for (const tally of this.#tallies) {
      at -= tally.left;
      if (at < 0) return tally;
    }
    return undefined;
  }

  async #try(input: Input, lane: HttpLane): Promise<Verdict> {
    return input.via === "http" ? this.#tryHttp(input, lane) : this.#trySocket(input);
  }

  async #tryHttp(input: HttpInput, lane: HttpLane): Promise<Verdict> {
    const mayBeSilent = input.answers === "raw" || input.mayWait === true;
    const outcome = await lane.exchange(input.bytes, mayBeSilent ? 30 : patience, input.head);
    // After an answer of our own the connection is as good as new; after anything else nobody knows what it takes for what.
    if (input.answers === "raw" || typeof outcome === "string" || outcome.body.length === 0) lane.hangUp();
    return judgeHttp(input, outcome);
  }

  async #trySocket(input: FramesInput): Promise<Verdict> {
    try {
      return judgeSocket(input, await converse(this.#world.port, input, patience));
    } catch (fault) {
      return wrong(String(fault));
    }
  }

  /** A ruler may revoke the very key that rules; another takes its place. */
  #renewRuler(): Promise<unknown> {
    const { url, administrator } = this.#world;
    this.#renewing ??= newRuler(url, administrator)
      .then((key) => {
        this.#world.ruler = key;
      })
      .finally(() => {
        this.#renewing = undefined;
      });
    return this.#renewing;
  }
}

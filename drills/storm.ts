import { join } from "node:path";
import { guardPart } from "../bench/bench.ts";
import { type Spread, shown, spread } from "../bench/rounds.ts";
import { Worker } from "../bench/worker.ts";
import { Random } from "../packages/server/test/random.ts";
import { Feeder } from "./feeder.ts";
import { FlagInvalid, type Flags } from "./flags.ts";
import { type Entry, Ledger } from "./ledger.ts";
import { pause } from "./pause.ts";
import { sendToEach } from "./send-to-each.ts";
import { DrilledServer } from "./server.ts";
import type { Account } from "./storm/client.ts";
import { Crowd } from "./storm/crowd.ts";
import { table } from "./table.ts";
import { isClean, judgeLog, kinds, sum } from "./verdict.ts";

const goals = { timesBare: 2, alertMs: 1000 };
/** What two cores reach that the clients share with the server: more than half of their time is the clients'. */
const reachedTimesBare = 4;

/** Each channel has so many records before the first storm, and each follower has forgotten so many when it comes back. */
const forgotten = 2;
/** How long nobody is in, of bare Bun; what the real program needs to start is about as long. */
const bareAwayMs = 400;
const clientProcesses = 4;

/**
 * The server goes away under 10,000 followers, by kill -9 and in good order, and all come back at once with their cursors
 * while events keep being sent. A bare server that says nothing takes the same clients back beside it.
 */
export const stormDrill = {
  name: "storm",
  flag: "storm",
  help: `10,000 followers come back at once with their cursors, while events keep being sent, beside bare Bun.
--storm  --rounds N (10: kill -9 and clean restart in turn)  --followers N (10000)  --channels N (5000)  --rate EVENTS/S (200)
--seed S (random)  --guard asks for 0.7 of what is reached: ${reachedTimesBare} times bare Bun instead of the goal.`,

  async run(flags: Flags, print: (line: string) => void): Promise<boolean | "too-slow"> {
    flags.text("storm");
    const rounds = flags.number("rounds", 10, 5);
    const followers = flags.number("followers", 10_000, 1);
    const channels = flags.number("channels", Math.ceil(followers / 2), 1);
    const rate = flags.number("rate", 200, 1);
    const seed = flags.number("seed", Math.floor(Math.random() * 2 ** 31));
    const guard = flags.has("guard");
    const timesBare = guard ? reachedTimesBare / guardPart : goals.timesBare;
    const alertMs = guard ? goals.alertMs / guardPart : goals.alertMs;
    flags.refuseOthers();
    if (followers > 10_000) throw new FlagInvalid("At most 10,000 followers: a process may open 20,000 files.");
    print(
      `drill storm: seed ${seed}, ${rounds} rounds, ${followers} followers on ${channels} channels, ${rate} events/s`,
    );

    const random = new Random(seed);
    await using server = await DrilledServer.start(random.fork());
    await using crowd = new Crowd(clientProcesses);
    const made = await server.api.createChannels(channels);
    const slugs = made.map(({ slug }) => slug);
    const ledger = new Ledger();
    await sendToEach(server, slugs, ledger, forgotten);
    // Native with Authorization and Tuniform with `after`, by turns on every channel.
    const accounts = Array.from({ length: followers }, (_, i): Account => {
      const channel = i % channels;
      const tongue = (i + Math.floor(i / channels)) % 2 === 0 ? "native" : "tuniform";
      return { tongue, channel, token: made[channel]?.streamToken ?? "" };
    });
    await crowd.join("tipwire", server.port, accounts);
    await using bare = new BareServer(server.port + 1);
    await bare.start();
    const silent = accounts.map((account): Account => ({ ...account, tongue: "bare" }));
    await crowd.join("bare", bare.port, silent);

    const ours: Storm[] = [];
    const theirs: number[] = [];
    for (let i = 0; i < rounds; i++) {
      const how = i % 2 === 0 ? "kill" : "clean";
      const storm = async () => {
        const feeder = new Feeder({ url: server.url, key: server.key, slugs, rate, random: random.fork() }, ledger);
        ours.push(await stormOn(server, how, crowd, feeder, ledger));
      };
      // Who goes first alternates too.
      if (i % 4 < 2) await storm();
      theirs.push(await stormOnBare(bare, crowd));
      if (i % 4 >= 2) await storm();
    }
    await pause(500);

    const standing = await crowd.standing("tipwire");
    const logs = await server.api.logs(slugs);
    const judged = await crowd.judge("tipwire", logs);
    const inLogs = sum(logs.map((log, channel) => judgeLog(log, ledger.ofChannel(channel))));
    print("");
    print(
      table([
        ["milliseconds from the first socket accepted", "kill -9", "clean restart", "bare Bun"],
        ["until all were connected", ...perWay(ours, ({ greetedMs }) => greetedMs), shown(spread(theirs), 0)],
        ["until all had caught up", ...perWay(ours, ({ caughtUpMs }) => caughtUpMs), ""],
        [
          "times what bare Bun needs beside it",
          ...perWay(ours, ({ caughtUpMs }, i) => caughtUpMs / (theirs[i] ?? 0), 2),
          "1",
        ],
        ["an alert sent meanwhile, p50", ...perWay(ours, ({ delays }) => quantile(delays, 0.5)), ""],
        ["an alert sent meanwhile, p99", ...perWay(ours, ({ delays }) => quantile(delays, 0.99)), ""],
        ["its acknowledgement, p50", ...perWay(ours, ({ answers }) => quantile(answers, 0.5)), ""],
        ["its acknowledgement, p99", ...perWay(ours, ({ answers }) => quantile(answers, 0.99)), ""],
        ["processor time of the server, its start included", ...perWay(ours, ({ cpuMs }) => cpuMs), ""],
        ["from the signal to all caught up", ...perWay(ours, ({ sinceSignalMs }) => sinceSignalMs), ""],
      ]),
    );
    print(`${rounds} storms beside as many on bare Bun, alternating; median (least to most)\n`);
    print(
      table([
        ["", "count", "records", ...kinds],
        [
          "log",
          `${channels} channels`,
          logs.reduce((count, { length }) => count + length, 0),
          ...kinds.map((kind) => inLogs[kind]),
        ],
        ["followers", `${judged.followers}`, judged.records, ...kinds.map((kind) => judged.violations[kind])],
      ]),
    );
    if (judged.example !== undefined) print(`for example: ${judged.example}`);
    print(`records that were caught up on, a storm: ${shown(spread(ours.map(({ caughtUpOn }) => caughtUpOn)), 0)}`);
    print(
      `closes: ${standing.closes.map(([code, count]) => `${code} ${count} times`).join(", ")}; cursors refused: ${standing.resets}`,
    );

    const ratio = spread(ours.map(({ caughtUpMs }, i) => caughtUpMs / (theirs[i] ?? 0)));
    const alerts = ours.flatMap(({ delays }) => delays);
    const p99 = quantile(alerts, 0.99);
    print(
      `\nback and caught up in ${shown(ratio, 2)} times what bare Bun needs to accept them; goal: at most ${goals.timesBare}`,
    );
    print(
      `${alerts.length} alerts arrived during the storms, p99 ${p99.toFixed(0)} ms; goal: at most ${goals.alertMs} ms`,
    );
    if (guard) print(`asked for: ${timesBare.toFixed(1)} times, ${alertMs.toFixed(0)} ms`);
    const sound = isClean(judged.violations) && isClean(inLogs) && standing.resets === 0;
    const complete = judged.followers === followers && alerts.length > 0;
    if (!sound || !complete) return false;
    return ratio.median <= timesBare && p99 <= alertMs ? true : "too-slow";
  },
};

interface Storm {
  readonly how: "kill" | "clean";
  readonly greetedMs: number;
  readonly caughtUpMs: number;
  readonly sinceSignalMs: number;
  readonly caughtUpOn: number;
  /** Of alerts that were sent before all had caught up, at those who were back by then. */
  readonly delays: readonly number[];
  /** Of the same alerts, until they were acknowledged. */
  readonly answers: readonly number[];
  /** Of the server, from its start until all were connected. */
  readonly cpuMs: number;
}

async function stormOn(
  server: DrilledServer,
  how: "kill" | "clean",
  crowd: Crowd,
  feeder: Feeder,
  ledger: Ledger,
): Promise<Storm> {
  const before = ledger.entries.length;
  feeder.start();
  await pause(300);
  await crowd.brace("tipwire", forgotten);
  const signalAt = shared(performance.now());
  await server.restart(how);
  await crowd.allGreeted("tipwire", 60_000);
  const { processorMs } = server;
  await pause(1000);
  await feeder.finish(30_000);
  const sent = ledger.entries.slice(before);
  const times = sent.map(({ name, acknowledgedAt }) => [name, shared(acknowledgedAt ?? 0)] as const);
  const { firstOpenedAt, greetedAt, caughtUpAt, caughtUpOn } = await crowd.back("tipwire", times);
  const alerts = sentBetween(sent, firstOpenedAt, caughtUpAt);
  const delays = await crowd.delays("tipwire", alerts);
  const acknowledgedAt = new Map(times);
  return {
    how,
    greetedMs: greetedAt - firstOpenedAt,
    caughtUpMs: caughtUpAt - firstOpenedAt,
    sinceSignalMs: caughtUpAt - signalAt,
    caughtUpOn,
    delays,
    answers: alerts.map(([name, sentAt]) => (acknowledgedAt.get(name) ?? 0) - sentAt),
    cpuMs: processorMs,
  };
}

/** An event that was sent while nobody was in counts from when somebody was. */
function sentBetween(entries: readonly Entry[], from: number, to: number): [string, number][] {
  return entries
    .filter(({ acknowledgedAt }) => shared(acknowledgedAt ?? 0) >= from)
    .map(({ name, sentAt }): [string, number] => [name, Math.max(from, shared(sentAt))])
    .filter(([, sentAt]) => sentAt <= to);
}

async function stormOnBare(bare: BareServer, crowd: Crowd): Promise<number> {
  await crowd.brace("bare", 0);
  bare.kill();
  await pause(bareAwayMs);
  await bare.start();
  await crowd.allGreeted("bare", 60_000);
  const { firstOpenedAt, greetedAt } = await crowd.back("bare", []);
  return greetedAt - firstOpenedAt;
}

class BareServer implements AsyncDisposable {
  readonly port: number;
  #worker: Worker | undefined;

  constructor(port: number) {
    this.port = port;
  }

  async start(): Promise<void> {
    const worker = new Worker(join(import.meta.dir, "storm/bare-server.ts"));
    this.#worker = worker;
    // The one that was killed may not have let go of the port.
    while (!(await worker.ask<boolean>("listen", this.port))) await pause(50);
  }

  kill(): void {
    if (this.#worker !== undefined) process.kill(this.#worker.pid, "SIGKILL");
    this.#worker = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.[Symbol.asyncDispose]();
  }
}

/** Milliseconds of this process as those that all processes share. */
function shared(now: number): number {
  return performance.timeOrigin + now;
}

function perWay(storms: readonly Storm[], value: (storm: Storm, i: number) => number, decimals = 0): readonly string[] {
  const values = storms.map((storm, i) => ({ how: storm.how, value: value(storm, i) }));
  const of = (way: Storm["how"]): Spread => spread(values.filter(({ how }) => how === way).map((each) => each.value));
  return [shown(of("kill"), decimals), shown(of("clean"), decimals)];
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

import { guardPart } from "../bench/bench.ts";
import { shown, spread } from "../bench/rounds.ts";
import { Random } from "../packages/server/test/random.ts";
import type { Flags } from "./flags.ts";
import { Ledger } from "./ledger.ts";
import { pause } from "./pause.ts";
import { DrilledServer } from "./server.ts";
import { SlowReader } from "./slow-reader/slow-reader.ts";
import type { Account, Tongue } from "./storm/client.ts";
import { Crowd } from "./storm/crowd.ts";
import { table } from "./table.ts";
import { isClean, judgeFollower, judgeLog, kinds, sum } from "./verdict.ts";

const goals = { timesBaseline: 1.5, grownMB: 24, outstandingMB: 16 };
/** As long as a message may be (16,384 characters), each of three bytes: the event comes near to the 64 KB of a body. */
const padding = "€".repeat(16_300);
const largeBytes = Buffer.byteLength(padding);
/** What the kernel takes off the server's hands before a reader looks slow. */
const kernelMB = 4.5;
const largeCount = Math.ceil(((goals.outstandingMB + kernelMB) * 2 ** 20) / largeBytes);
const stallSeconds = 12;
/** Of a round: before it is measured, and while. */
const settleMs = 500;

/**
 * Two of a channel's followers stop reading with more than 16 MB outstanding each. The others must not notice, the
 * server must not grow, and the two must in the end have everything: read late but in time, or closed and resumed.
 */
export const slowReaderDrill = {
  name: "slow-reader",
  flag: "slow-reader",
  help: `Two followers, WebSocket and SSE, stop reading with 16 MB outstanding each: the others' p99, memory, their own events.
--slow-reader  --rounds N (7, each without and with them)  --followers N (200)  --rate EVENTS/S (100)  --seconds S (2, a round)
--seed S (random)  --guard asks for 0.7 of the goal for the p99`,

  async run(flags: Flags, print: (line: string) => void): Promise<boolean | "too-slow"> {
    flags.text("slow-reader");
    const rounds = flags.number("rounds", 7, 5);
    const followers = flags.number("followers", 200, 3);
    const rate = flags.number("rate", 100, 1);
    const seconds = flags.number("seconds", 2, 0.5);
    const seed = flags.number("seed", Math.floor(Math.random() * 2 ** 31));
    const timesBaseline = flags.has("guard") ? goals.timesBaseline / guardPart : goals.timesBaseline;
    flags.refuseOthers();
    print(`drill slow-reader: seed ${seed}, ${rounds} rounds of both, ${followers} followers, ${rate} events/s`);

    const random = new Random(seed);
    await using server = await DrilledServer.start(random.fork(), { args: ["--stall-seconds", String(stallSeconds)] });
    await using crowd = new Crowd(1);
    const [channel] = await server.api.createChannels(1);
    if (channel === undefined) throw new Error("no channel");
    const token = channel.streamToken;
    const tongues: readonly Tongue[] = ["native", "sse", "tuniform"];
    const accounts = Array.from({ length: followers }, (_, i): Account => {
      return { tongue: tongues[i % tongues.length] ?? "native", channel: 0, token };
    });
    await crowd.join("others", server.port, accounts);
    const ledger = new Ledger();
    const sender = new Sender(server, channel.slug, ledger);
    await sender.steady(rate, 1);
    const start = ledger.entries.at(-1)?.cursor ?? "oldest";

    // While everybody follows: two stop, and then it comes thick.
    const slow = (["native", "sse"] as const).map(
      (tongue) => new SlowReader({ tongue, channel: 0, token }, server.port, start),
    );
    for (const reader of slow) await reader.connect();
    const filled = await sender.large(largeCount);
    const outstanding = filled.bytes / 2 ** 20;
    await untilRead(crowd, ledger, followers);
    const inTime: boolean[] = [];
    for (const reader of slow) inTime.push(await readAll(reader, ledger, start));
    print(
      `${largeCount} events of ${(filled.bytes / largeCount / 1024).toFixed(0)} KB each to everyone in ${(filled.ms / 1000).toFixed(1)} s, then read by the two: ${inTime.every(Boolean) ? "everything" : "NOT everything"}`,
    );

    const baseline: Round[] = [];
    const beside: Round[] = [];
    for (let i = 0; i < rounds; i++) {
      const without = async () => {
        await pause(settleMs);
        baseline.push(await measure(server, crowd, sender, rate, seconds));
      };
      const withSlow = async () => {
        // Back to where they stood before the large ones, and no further.
        for (const reader of slow) {
          rewind(reader, start);
          await reader.connect();
        }
        await pause(settleMs);
        beside.push(await measure(server, crowd, sender, rate, seconds));
        for (const reader of slow) inTime.push(await readAll(reader, ledger, start));
      };
      // Who goes first alternates too.
      await (i % 2 === 0 ? without() : withSlow());
      await (i % 2 === 0 ? withSlow() : without());
    }

    const late = await tooLate(slow, sender, ledger, start, print);
    await untilRead(crowd, ledger, followers);
    const [log = []] = await server.api.logs([channel.slug]);
    const judged = await crowd.judge("others", [log]);
    const inLog = judgeLog(log, ledger.ofChannel(0));
    const from = log.findIndex(({ cursor }) => cursor === start) + 1;
    const ofSlow = sum(slow.map((reader) => judgeFollower(reader, log.slice(from), [])));
    const resets = slow.reduce((count, reader) => count + reader.resets, 0);

    print("");
    const ms = (all: readonly Round[], of: (round: Round) => number) => shown(spread(all.map(of)), 1);
    print(
      table([
        ["", "without", "with two slow readers"],
        ["delivery p50, ms", ms(baseline, ({ p50 }) => p50), ms(beside, ({ p50 }) => p50)],
        ["delivery p99, ms", ms(baseline, ({ p99 }) => p99), ms(beside, ({ p99 }) => p99)],
        ["largest resident memory, MB", ms(baseline, ({ peakMB }) => peakMB), ms(beside, ({ peakMB }) => peakMB)],
      ]),
    );
    print(`${rounds} rounds of each, alternating; median (least to most)\n`);
    const row = (name: string, records: number, found: Record<(typeof kinds)[number], number>) => [
      name,
      records,
      ...kinds.map((kind) => found[kind]),
    ];
    print(
      table([
        ["", "records", ...kinds],
        row("log", log.length, inLog),
        row(`${judged.followers} followers`, judged.records, judged.violations),
        row(
          "slow readers in the end",
          slow.reduce((count, { names }) => count + names.length, 0),
          ofSlow,
        ),
      ]),
    );
    if (judged.example !== undefined) print(`for example: ${judged.example}`);

    const ratio = spread(beside.map(({ p99 }, i) => p99 / (baseline[i]?.p99 ?? 0)));
    const median = (all: readonly Round[]) => spread(all.map(({ peakMB }) => peakMB)).median;
    const grown = median(beside) - median(baseline);
    print("");
    print(
      `the others' p99: ${shown(ratio, 2)} times the baseline; goal: at most ${goals.timesBaseline}${timesBaseline > goals.timesBaseline ? `, asked for: ${timesBaseline.toFixed(2)}` : ""}`,
    );
    print(`memory: ${grown.toFixed(1)} MB more with the slow readers; goal: at most ${goals.grownMB} MB`);
    print(`outstanding for each slow reader: ${outstanding.toFixed(1)} MB; at least ${goals.outstandingMB}`);
    print(
      `read late but in time: ${inTime.filter(Boolean).length} of ${inTime.length} readings ended with every event in order`,
    );
    const sound = [judged.violations, inLog, ofSlow].every(isClean) && resets === 0;
    const complete = outstanding >= goals.outstandingMB && judged.followers === followers;
    if (!sound || !complete || grown > goals.grownMB) return false;
    return inTime.every(Boolean) && late && ratio.median <= timesBaseline ? true : "too-slow";
  },
};

interface Round {
  /** Milliseconds from the sending to an arrival. */
  readonly p50: number;
  readonly p99: number;
  /** The server's largest resident memory, MB. */
  readonly peakMB: number;
}

async function measure(
  server: DrilledServer,
  crowd: Crowd,
  sender: Sender,
  rate: number,
  seconds: number,
): Promise<Round> {
  let peak = 0;
  const looking = setInterval(() => {
    peak = Math.max(peak, server.memory);
  }, 50);
  const sent = await sender.steady(rate, seconds);
  await pause(200);
  clearInterval(looking);
  const delays = [...(await crowd.delays("others", sent))].sort((a, b) => a - b);
  const quantile = (part: number) => delays[Math.floor((delays.length - 1) * part)] ?? Number.NaN;
  return { p50: quantile(0.5), p99: quantile(0.99), peakMB: peak / 2 ** 20 };
}

/** They read nothing for longer than they may: the server lets them go, and they come back with their cursors. */
async function tooLate(
  slow: readonly SlowReader[],
  sender: Sender,
  ledger: Ledger,
  start: string,
  print: (line: string) => void,
): Promise<boolean> {
  for (const reader of slow) {
    rewind(reader, start);
    await reader.connect();
  }
  await sender.steady(20, stallSeconds + 3);
  let kept = true;
  for (const reader of slow) {
    const ended = await reader.readToEnd(10_000);
    const had = reader.names.length;
    const word = reader.account.tongue === "sse" ? "the stream's end" : `close code ${reader.closedWith}`;
    const told = ended && reader.mayComeBack;
    await reader.connect();
    const all = await readAll(reader, ledger, start);
    kept &&= told && all;
    print(
      `${reader.account.tongue}, reading again after ${stallSeconds + 3} s (it may be ${stallSeconds}): ${had} events and ${ended ? word : "NO END"}; resumed by its cursor: ${all ? "everything" : "NOT everything"}`,
    );
  }
  return kept;
}

/** Everything after `start`, in order, on the connection that it has; then it hangs up. */
async function readAll(reader: SlowReader, ledger: Ledger, start: string): Promise<boolean> {
  const all = ledger.entries.filter(({ cursor }) => cursor !== undefined);
  const expected = all.slice(all.findIndex(({ cursor }) => cursor === start) + 1);
  await reader.readOn(expected.length, 20_000);
  reader.hangUp();
  return reader.names.length === expected.length && expected.every(({ cursor }, i) => reader.cursors[i] === cursor);
}

function rewind(reader: SlowReader, start: string): void {
  reader.names.length = 0;
  reader.cursors.length = 0;
  reader.after = start;
}

async function untilRead(crowd: Crowd, ledger: Ledger, followers: number): Promise<void> {
  for (const deadline = performance.now() + 20_000; performance.now() < deadline; await pause(20)) {
    if ((await crowd.standing("others")).records >= ledger.entries.length * followers) return;
  }
}

/** Sends one after the other, so that their order is known. */
class Sender {
  readonly #server: DrilledServer;
  readonly #slug: string;
  readonly #ledger: Ledger;

  constructor(server: DrilledServer, slug: string, ledger: Ledger) {
    this.#server = server;
    this.#slug = slug;
    this.#ledger = ledger;
  }

  /** At a rate; gives what was sent when, in milliseconds that all processes share. */
  async steady(rate: number, seconds: number): Promise<readonly (readonly [string, number])[]> {
    const begun = performance.now();
    const sent: (readonly [string, number])[] = [];
    for (let i = 0; i < rate * seconds; i++) {
      const wait = begun + (i * 1000) / rate - performance.now();
      if (wait > 0) await pause(wait);
      sent.push([await this.#send(""), performance.timeOrigin + (this.#ledger.entries.at(-1)?.sentAt ?? 0)]);
    }
    return sent;
  }

  async large(count: number): Promise<{ readonly bytes: number; readonly ms: number }> {
    const begun = performance.now();
    for (let i = 0; i < count; i++) await this.#send(` ${padding}`);
    return { bytes: count * largeBytes, ms: performance.now() - begun };
  }

  async #send(padding: string): Promise<string> {
    const entry = this.#ledger.add(0);
    entry.sentAt = performance.now();
    this.#ledger.acknowledge(
      entry,
      await this.#server.api.send(this.#slug, entry.name, entry.name + padding),
      "stored",
    );
    return entry.name;
  }
}

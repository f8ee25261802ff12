import { join } from "node:path";
import { Random } from "../packages/server/test/random.ts";
import { Feeder } from "./feeder.ts";
import { FlagInvalid, type Flags } from "./flags.ts";
import { Ledger } from "./ledger.ts";
import { pause } from "./pause.ts";
import { sendToEach } from "./send-to-each.ts";
import { DrilledServer } from "./server.ts";
import { type Look, slopePerMinute } from "./soak/slope.ts";
import type { Account, Tongue } from "./storm/client.ts";
import { Crowd, type Standing } from "./storm/crowd.ts";
import { table } from "./table.ts";
import { isClean, judgeLog, kinds, sum } from "./verdict.ts";

const clientProcesses = 4;
/** Part of the sockets that leave, and come back with their cursors within two seconds, each minute. */
const churnPerMinute = 0.05;
/** Seconds between two looks, each after a collection: what comes and goes between collections would hide what stays. */
const lookEvery = 10;
/** Milliseconds that a collection and giving back its pages may take. */
const collectedAfter = 1000;
/** Events to each channel beforehand: enough to fill the caches that a server in use has filled, SQLite's 16 MB above all. */
const sentBefore = 4;
/** What may be added over the second half of the time, at the slope: the looks themselves waver by so much. */
const bounds = { megabytes: 6, files: 60 };

/** Many sockets for a long time, coming and going, while events are sent: nothing is lost and nothing grows. */
export const soakDrill = {
  name: "soak",
  flag: "soak",
  help: `10,000 sockets for a while, 5 % of them leaving and coming back each minute: memory and open files stay flat.
--soak MINUTES (3)  --sockets N (10000)  --channels N (5000)  --rate EVENTS/S (50)  --seed S (random)`,

  async run(flags: Flags, print: (line: string) => void): Promise<boolean> {
    const minutes = flags.number("soak", 3, 0.2);
    const sockets = flags.number("sockets", 10_000, 20);
    const channels = flags.number("channels", Math.ceil(sockets / 2), 1);
    const rate = flags.number("rate", 50, 1);
    const seed = flags.number("seed", Math.floor(Math.random() * 2 ** 31));
    flags.refuseOthers();
    if (sockets > 10_000) throw new FlagInvalid("At most 10,000 sockets: a process may open 20,000 files.");
    print(`drill soak: seed ${seed}, ${minutes} minutes, ${sockets} sockets on ${channels} channels, ${rate} events/s`);

    const random = new Random(seed);
    await using server = await DrilledServer.start(random.fork(), {
      preload: join(import.meta.dir, "soak/collect.ts"),
    });
    await using crowd = new Crowd(clientProcesses);
    await crowd.seed(seed);
    const made = await server.api.createChannels(channels);
    const slugs = made.map(({ slug }) => slug);
    const accounts = Array.from({ length: sockets }, (_, i): Account => {
      const channel = i % channels;
      return { tongue: tongueOf(i, channels), channel, token: made[channel]?.streamToken ?? "" };
    });
    const ledger = new Ledger();
    await sendToEach(server, slugs, ledger, sentBefore);
    await crowd.join("all", server.port, accounts);
    const feeder = new Feeder({ url: server.url, key: server.key, slugs, rate, random: random.fork() }, ledger);
    feeder.start();

    const watched = await watch(server, crowd, minutes * 60, (sockets * churnPerMinute) / 60, print);
    await feeder.finish(30_000);
    await crowd.allGreeted("all", 30_000);
    await pause(500);

    const logs = await server.api.logs(slugs);
    const judged = await crowd.judge("all", logs);
    const inLogs = sum(logs.map((log, channel) => judgeLog(log, ledger.ofChannel(channel))));
    const standing = await crowd.standing("all");
    const records = logs.reduce((count, { length }) => count + length, 0);
    print("");
    print(
      table([
        ["", "count", "records", ...kinds],
        ["log", `${channels} channels`, records, ...kinds.map((kind) => inLogs[kind])],
        ["followers", `${judged.followers}`, judged.records, ...kinds.map((kind) => judged.violations[kind])],
      ]),
    );
    if (judged.example !== undefined) print(`for example: ${judged.example}`);
    print(`${watched.left} times a socket left and came back; ${refusals(standing)}`);
    const flat = judgeSlopes(watched, minutes, print);
    const sound = isClean(judged.violations) && isClean(inLogs) && standing.resets === 0;
    if (!sound) print("A promise was broken: see the table.");
    return sound && flat && judged.followers === sockets && records === ledger.acknowledged;
  },
};

/** One in twenty reads an event stream, the others are halved, and mixed on every channel. */
function tongueOf(i: number, channels: number): Tongue {
  if (i % 20 === 7) return "sse";
  return (i + Math.floor(i / channels)) % 2 === 0 ? "native" : "tuniform";
}

interface Watched {
  /** Megabytes. */
  readonly memory: readonly Look[];
  readonly files: readonly Look[];
  readonly left: number;
}

async function watch(
  server: DrilledServer,
  crowd: Crowd,
  seconds: number,
  churnPerSecond: number,
  print: (line: string) => void,
): Promise<Watched> {
  const memory: Look[] = [];
  const files: Look[] = [];
  const begun = performance.now();
  const now = () => (performance.now() - begun) / 1000;
  let left = 0;
  let owed = 0;
  let churnedAt = 0;
  let printedAt = 0;
  while (now() < seconds) {
    await pause(1000);
    owed += (now() - churnedAt) * churnPerSecond;
    churnedAt = now();
    const count = Math.floor(owed);
    owed -= count;
    left += await crowd.churn("all", count);
    const at = now();
    if (at - (memory.at(-1)?.at ?? 0) < lookEvery) continue;
    process.kill(server.pid, "SIGUSR2");
    await pause(collectedAfter);
    memory.push({ at, value: server.memory / 1024 / 1024 });
    files.push({ at, value: server.openFiles });
    if (at - printedAt < Math.max(20, seconds / 20)) continue;
    printedAt = at;
    const { greeted, members } = await crowd.standing("all");
    print(
      `${at.toFixed(0).padStart(6)} s  ${memory.at(-1)?.value.toFixed(1)} MB  ${files.at(-1)?.value} files  ${greeted} of ${members} connected`,
    );
  }
  return { memory, files, left };
}

function judgeSlopes({ memory, files }: Watched, minutes: number, print: (line: string) => void): boolean {
  const half = minutes / 2;
  const isFlat = (what: string, looks: readonly Look[], unit: string, most: number) => {
    const kept = looks.filter(({ at }) => at > half * 60);
    const grown = slopePerMinute(kept);
    print(
      `${what}: ${grown.toFixed(1)} ${unit} a minute over the second half (${kept.length} looks); bound: ${(most / half).toFixed(1)}, that is ${most} over that time`,
    );
    return grown * half <= most;
  };
  const keeps = isFlat("memory after a collection", memory, "MB", bounds.megabytes);
  return isFlat("open files", files, "files", bounds.files) && keeps;
}

function refusals({ closes, resets }: Standing): string {
  return `closed by the server: ${closes.map(([code, count]) => `${code} ${count} times`).join(", ") || "none"}; cursors refused: ${resets}`;
}

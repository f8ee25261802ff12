import { Random } from "../packages/server/test/random.ts";
import { Feeder } from "./feeder.ts";
import { FlagInvalid, type Flags } from "./flags.ts";
import { caughtUp } from "./followers/caught-up.ts";
import { Follower } from "./followers/follower.ts";
import { followerKinds } from "./followers/kinds.ts";
import { type Kill, Ledger } from "./ledger.ts";
import { caughtUpWithSending, momentWithinBurst } from "./moment.ts";
import { pause } from "./pause.ts";
import { DrilledServer } from "./server.ts";
import { table } from "./table.ts";
import { isClean, judgeFollower, judgeLog, kinds, sum, type Violations } from "./verdict.ts";

/**
 * Once, always: a feeder with its own ledger, and on every channel one follower of each kind, while the server is
 * killed again and again. Nobody may lose a record, get one twice, out of order, or one that was never sent.
 */
export const killsDrill = {
  name: "kills",
  flag: "kills",
  help: `Once, always (the drill that runs when no other is named): kill -9 and restart, N times.
--kills N (20)  --seed S (random)  --channels N (20)  --rate EVENTS/S (200)  --followers ${Object.keys(followerKinds).join(",")}
--keep leaves the data directory in place.`,

  async run(flags: Flags, print: (line: string) => void): Promise<boolean> {
    const kills = flags.number("kills", 20);
    const seed = flags.number("seed", Math.floor(Math.random() * 2 ** 31));
    const channelCount = flags.number("channels", 20, 1);
    const rate = flags.number("rate", 200, 1);
    const chosen = flags.text("followers")?.split(",") ?? Object.keys(followerKinds);
    const keep = flags.has("keep");
    flags.refuseOthers();
    if (channelCount > 60) throw new FlagInvalid("At most 60 channels: Bun's fetch has 256 requests open at once.");
    print(
      `drill kills: seed ${seed}, ${kills} kills, ${channelCount} channels, ${rate} events/s, ${chosen.join(" + ")}`,
    );

    const random = new Random(seed);
    await using server = await DrilledServer.start(random.fork(), { keep });
    const channels = await server.api.createChannels(channelCount);
    const { url, key } = server;
    const slugs = channels.map(({ slug }) => slug);
    const ledger = new Ledger();
    const feeder = new Feeder({ url, key, slugs, rate, random: random.fork() }, ledger);
    const followers = channels.flatMap(({ slug, streamToken }, channel) =>
      chosen.map((kind) => {
        const sessions = followerKinds[kind] ?? [];
        const session = sessions[channel % sessions.length];
        if (session === undefined) throw new Error(`There is no kind of follower "${kind}".`);
        return new Follower(kind, channel, session, { url, slug, key, streamToken, random: random.fork() });
      }),
    );
    for (const follower of followers) follower.start();
    feeder.start();

    const begun = performance.now();
    const done = await killAgainAndAgain(kills, server, feeder, random.fork(), print);
    await feeder.finish(30_000);
    const logs = await server.api.logs(slugs);
    await caughtUp(followers, logs);
    await Promise.all(followers.map((follower) => follower.stop()));
    const seconds = (performance.now() - begun) / 1000;

    const entries = slugs.map((_, channel) => ledger.ofChannel(channel));
    const inLogs = sum(logs.map((log, channel) => judgeLog(log, entries[channel] ?? [])));
    const perKind = chosen.map((kind) => {
      const some = followers.filter((follower) => follower.kind === kind);
      const judged = some.map((each) => judgeFollower(each, logs[each.channel] ?? [], entries[each.channel] ?? []));
      return { kind, some, violations: sum(judged) };
    });
    const records = logs.reduce((count, log) => count + log.length, 0);
    const resets = followers.reduce((count, follower) => count + follower.resets, 0);
    const counted = await Promise.all(logs.map(({ length }, channel) => countIs(server, slugs[channel] ?? "", length)));
    const miscounted = counted.filter((right) => !right).length;

    print("");
    print(
      table([
        ["", "count", "records", "connections", ...kinds],
        ["log", `${channelCount} channels`, records, "", ...cells(inLogs)],
        ...perKind.map(({ kind, some, violations }) => [
          kind,
          `${some.length} followers`,
          some.reduce((count, { names }) => count + names.length, 0),
          some.reduce((count, { connections }) => count + connections, 0),
          ...cells(violations),
        ]),
      ]),
    );
    print("");
    return report({ ledger, done, seconds, records, resets, miscounted, inLogs, perKind, print });
  },
};

function cells(violations: Violations): number[] {
  return kinds.map((kind) => violations[kind]);
}

interface Outcome {
  readonly ledger: Ledger;
  readonly done: readonly Kill[];
  readonly seconds: number;
  readonly records: number;
  readonly resets: number;
  /** Channels whose totals count something else than their log holds. */
  readonly miscounted: number;
  readonly inLogs: Violations;
  readonly perKind: readonly { readonly violations: Violations }[];
  readonly print: (line: string) => void;
}

function report({ ledger, done, seconds, records, resets, miscounted, inLogs, perKind, print }: Outcome): boolean {
  const unanswered = done.reduce((count, kill) => count + kill.unanswered, 0);
  const storedUnanswered = done.reduce((count, kill) => count + kill.storedUnanswered, 0);
  const hits = done.filter((kill) => kill.unanswered > 0).length;
  print(`${ledger.entries.length} events sent, ${ledger.acknowledged} acknowledged, ${records} records in the log`);
  print(
    `${seconds.toFixed(1)} s, ${(ledger.entries.length / seconds).toFixed(0)} events/s; cursors refused: ${resets}; totals that miscount: ${miscounted}`,
  );
  print(
    `${done.length} kills, ${hits} of them with appends unacknowledged in flight: ${unanswered} appends, of which ${storedUnanswered} had been stored and were recognised when they came again`,
  );
  const violated =
    ![inLogs, ...perKind.map(({ violations }) => violations)].every(isClean) || resets > 0 || miscounted > 0;
  if (violated) print("A promise was broken: see the table.");
  const missed = hits < done.length * 0.9;
  if (missed) print("Fewer than nine kills in ten found an append in flight: this run proves too little.");
  const incomplete = records !== ledger.acknowledged;
  if (incomplete && !violated) print("The log and the ledger differ in length.");
  return !violated && !missed && !incomplete;
}

async function killAgainAndAgain(
  kills: number,
  server: DrilledServer,
  feeder: Feeder,
  random: Random,
  print: (line: string) => void,
): Promise<readonly Kill[]> {
  const done: Kill[] = [];
  let line: string[] = [];
  let last: Kill | undefined;
  if (kills > 0) print("appends in flight at each kill / never answered, of which stored:");
  const note = (kill: Kill) => {
    line.push(`${kill.inFlight}/${kill.unanswered}/${kill.storedUnanswered}`);
    if (line.length < 10 && kill.number < kills) return;
    print(
      `  ${String(kill.number - line.length + 1).padStart(4)}-${String(kill.number).padEnd(4)}  ${line.join("  ")}`,
    );
    line = [];
  };
  for (let number = 1; number <= kills; number++) {
    await pause(random.between(30, 450));
    // Now and then in the midst of what piled up meanwhile; but a slow machine must not fall behind for ever.
    if (random.chance(0.8)) await caughtUpWithSending(feeder);
    await momentWithinBurst(feeder, random);
    const kill = feeder.killed(number);
    await server.restart("kill");
    done.push(kill);
    // Its appends have come again by the time of the next kill.
    if (last !== undefined) note(last);
    last = kill;
  }
  if (last !== undefined) {
    await pause(500);
    note(last);
  }
  return done;
}

/** Whether the channel's totals come to count every event of its log, and none twice. */
async function countIs({ api }: DrilledServer, slug: string, count: number): Promise<boolean> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; await pause(100)) {
    const { totals } = (await api.ask("GET", `/v1/channels/${slug}`)) as { totals: { count: number; minor: number }[] };
    if (count === 0 ? totals.length === 0 : totals[0]?.count === count && totals[0].minor === count * 500) return true;
  }
  return false;
}

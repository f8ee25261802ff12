import { FaultProxy } from "../../packages/server/test/fault-proxy.ts";
import { PostgresServer } from "../../packages/server/test/postgres-server.ts";
import type { Random } from "../../packages/server/test/random.ts";
import { caughtUp } from "../followers/caught-up.ts";
import type { Entry } from "../ledger.ts";
import { pause } from "../pause.ts";
import { isClean, judgeFollower, judgeLog, kinds, type LoggedRecord, sum } from "../verdict.ts";
import type { TimedFollower } from "./timed-follower.ts";
import { NodesWorld } from "./world.ts";

export interface PromotionOptions {
  readonly nodes: number;
  readonly channels: number;
  readonly rate: number;
  /** Whether commits wait for the standby. If not, it is cut off before the primary dies, and what came since is lost. */
  readonly synchronous: boolean;
  readonly random: Random;
}

/** The primary dies while it is fed, and a standby that streamed from it takes its place. */
export async function promotionTrial(
  options: PromotionOptions,
): Promise<{ readonly passed: boolean; readonly said: string }> {
  const { synchronous, random } = options;
  const primary = await PostgresServer.start();
  const replication = await FaultProxy.start(primary.port);
  const standby = await primary.startStandby(synchronous, replication.port);
  try {
    await using world = await NodesWorld.start({ ...options, postgres: primary, random: random.fork() });
    world.begin();
    await pause(random.between(1500, 2500));
    if (!synchronous) {
      replication.forsake();
      await pause(random.between(300, 900));
    }
    await primary.halt();
    await standby.promote();
    const promotedAt = performance.now();
    world.leadTo(standby);
    await pause(3000);
    const logs = await world.finish();
    await caughtUp(world.followers, logs);
    await Promise.all(world.followers.map((follower) => follower.stop()));
    return judge(world, logs, promotedAt, synchronous);
  } finally {
    replication.stop();
    await standby.drop();
    await primary.run();
    await primary.drop();
  }
}

/** With and without what the standby never had: only an asynchronous one may lack anything that was acknowledged. */
function judge(
  { ledger, followers, slugs }: NodesWorld,
  logs: readonly (readonly LoggedRecord[])[],
  promotedAt: number,
  synchronous: boolean,
): { readonly passed: boolean; readonly said: string } {
  const kept: Entry[][] = [];
  let gone = 0;
  for (const [channel, log] of logs.entries()) {
    const there = new Set(log.map(({ name }) => name));
    const entries = ledger.ofChannel(channel);
    const isGone = ({ name, acknowledgedAt }: Entry) =>
      acknowledgedAt !== undefined && acknowledgedAt <= promotedAt && !there.has(name);
    kept.push(entries.filter((entry) => !isGone(entry)));
    gone += entries.filter(isGone).length;
  }
  const judged = followers.map((follower) => ({
    follower,
    ...inThisHistory(follower, logs[follower.channel] ?? []),
  }));
  const inLogs = sum(logs.map((log, channel) => judgeLog(log, kept[channel] ?? [])));
  const delivered = sum(
    judged.map(({ follower, read }) => judgeFollower(read, logs[follower.channel] ?? [], kept[follower.channel] ?? [])),
  );
  const affected = judged.filter(({ affected }) => affected);
  const untold = affected.filter(({ follower }) => follower.resets === 0).length;
  const told = judged.filter(({ follower, affected }) => !affected && follower.resets > 0).length;
  const records = logs.reduce((count, log) => count + log.length, 0);
  const found = (violations: typeof inLogs) => kinds.map((kind) => `${violations[kind]} ${kind}`).join(", ");
  const said = [
    `${ledger.acknowledged} acknowledged, ${gone} of them gone with the primary, ${records} records in the ${slugs.length} logs`,
    `    logs: ${found(inLogs)}; ${followers.length} followers: ${found(delivered)}`,
    `    cursors whose event is gone: ${affected.length}, without a reset: ${untold}; resets of others: ${told}`,
  ].join("\n");
  const proves = synchronous ? gone === 0 && affected.length === 0 : gone > 0 && affected.length > 0;
  return { passed: isClean(inLogs) && isClean(delivered) && untold === 0 && told === 0 && proves, said };
}

/**
 * What a follower has in the end: what it got of the lost history before it was told `reset` does not count, and what came
 * again of the same millisecond counts once. `affected`: the last that it got of the former history is gone.
 */
function inThisHistory(
  follower: TimedFollower,
  log: readonly LoggedRecord[],
): { readonly read: { readonly names: string[]; readonly cursors: string[] }; readonly affected: boolean } {
  const there = new Set(log.map(({ cursor }) => cursor));
  const read = { names: [] as string[], cursors: [] as string[] };
  const seen = new Set<string>();
  let affected = false;
  for (const [i, cursor] of follower.cursors.entries()) {
    const isGone = !there.has(cursor) && (follower.times[i] ?? 0) < follower.resetAt;
    affected ||= isGone;
    const again = follower.resets > 0 && seen.has(cursor);
    if (isGone || again) continue;
    seen.add(cursor);
    read.names.push(follower.names[i] ?? "");
    read.cursors.push(cursor);
  }
  return { read, affected };
}

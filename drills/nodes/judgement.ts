import { followerKinds } from "../followers/kinds.ts";
import { judgeFollower, judgeLog, type LoggedRecord, sum, type Violations } from "../verdict.ts";
import type { TimedFollower } from "./timed-follower.ts";
import type { NodesWorld } from "./world.ts";

export interface Judgement {
  /** In all logs together. */
  readonly records: number;
  readonly inLogs: Violations;
  readonly perKind: readonly {
    readonly kind: string;
    readonly some: readonly TimedFollower[];
    readonly violations: Violations;
  }[];
}

/** Logs and followers against the feeder's ledger. */
export function judgeWorld(
  { ledger, followers, slugs }: NodesWorld,
  logs: readonly (readonly LoggedRecord[])[],
): Judgement {
  const entries = slugs.map((_, channel) => ledger.ofChannel(channel));
  const perKind = Object.keys(followerKinds).map((kind) => {
    const some = followers.filter((follower) => follower.kind === kind);
    const judged = some.map((each) => judgeFollower(each, logs[each.channel] ?? [], entries[each.channel] ?? []));
    return { kind, some, violations: sum(judged) };
  });
  return {
    records: logs.reduce((count, log) => count + log.length, 0),
    inLogs: sum(logs.map((log, channel) => judgeLog(log, entries[channel] ?? []))),
    perKind,
  };
}

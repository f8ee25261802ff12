import type { Follower } from "./followers/follower.ts";
import type { Entry } from "./ledger.ts";

/** What must not happen, counted. */
export interface Violations {
  /** Acknowledged, or in the log, but not there. */
  lost: number;
  /** There more than once. */
  duplicated: number;
  /** Before something that it comes after. */
  disordered: number;
  /** Never sent, or not what stands in the log at that cursor. */
  phantom: number;
}

/** A channel's log as read once more at the very end. */
export interface LoggedRecord {
  readonly name: string;
  readonly cursor: string;
}

export function none(): Violations {
  return { lost: 0, duplicated: 0, disordered: 0, phantom: 0 };
}

export function sum(all: readonly Violations[]): Violations {
  const total = none();
  for (const each of all) for (const kind of kinds) total[kind] += each[kind];
  return total;
}

export const kinds = ["lost", "duplicated", "disordered", "phantom"] as const satisfies readonly (keyof Violations)[];

export function isClean(violations: Violations): boolean {
  return kinds.every((kind) => violations[kind] === 0);
}

/** The log of one channel against what the feeder knows of it. */
export function judgeLog(log: readonly LoggedRecord[], entries: readonly Entry[]): Violations {
  const found = none();
  const sent = new Map(entries.map((entry) => [entry.name, entry]));
  const places = new Map<string, string>();
  let latestSending = 0;
  for (const { name, cursor } of log) {
    if (places.has(name)) found.duplicated++;
    places.set(name, cursor);
    const entry = sent.get(name);
    if (entry === undefined) {
      found.phantom++;
      continue;
    }
    // Something before it in the log was first sent after its own acknowledgement had been read.
    if (latestSending > (entry.acknowledgedAt ?? Number.POSITIVE_INFINITY)) found.disordered++;
    latestSending = Math.max(latestSending, entry.sentAt);
  }
  for (const { name, acknowledgedAt, cursor } of entries) {
    if (acknowledgedAt === undefined) continue;
    const place = places.get(name);
    if (place === undefined) found.lost++;
    else if (place !== cursor) found.phantom++;
  }
  return found;
}

/** What one follower was given against the log and the feeder's ledger of its channel. */
export function judgeFollower(
  follower: Pick<Follower, "names" | "cursors">,
  log: readonly LoggedRecord[],
  entries: readonly Entry[],
): Violations {
  const found = none();
  const places = new Map(log.map(({ cursor, name }, place) => [cursor, { name, place }]));
  const seen = new Set<string>();
  let last = -1;
  follower.names.forEach((name, i) => {
    const logged = places.get(follower.cursors[i] ?? "");
    if (logged?.name !== name) {
      found.phantom++;
    } else if (seen.has(name)) {
      found.duplicated++;
    } else {
      if (logged.place < last) found.disordered++;
      last = logged.place;
    }
    seen.add(name);
  });
  const expected = new Set(log.map(({ name }) => name));
  for (const { name, acknowledgedAt } of entries) if (acknowledgedAt !== undefined) expected.add(name);
  for (const name of expected) if (!seen.has(name)) found.lost++;
  return found;
}

import type { TipwireEvent } from "@tipwire/client";

/** Between these times nothing could be heard, milliseconds since 1970. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** What the drilled log holds against what the sandbox holds. Donations are known again by their messages. */
export interface Judgement {
  readonly given: number;
  readonly stored: number;
  /** Given, and not there. */
  readonly lost: readonly string[];
  /** Of these, what was given within a gap that was shown; only where a platform has no history. */
  readonly inGaps: number;
  /** There more than once. */
  readonly duplicated: readonly string[];
  /** Given before there was a connection and not stored as history, or the other way round. */
  readonly mistaken: readonly string[];
  /** Never given, or another amount, name or currency than what was. */
  readonly phantom: readonly string[];
}

/** What was given so shortly before the platform was last heard may still have been under way when a line was cut; milliseconds. */
const underWayFor = 50;

/** `gaps`: those that were shown; empty where everything can be read back. */
export function judge(given: readonly TipwireEvent[], log: readonly TipwireEvent[], gaps: readonly Gap[]): Judgement {
  const stored = Map.groupBy(log, ({ message }) => message);
  const wanted = new Map(given.map((event) => [event.message, event]));
  const missing = given.filter(({ message }) => !stored.has(message));
  const unexplained = missing.filter(({ receivedAt }) => !isWithin(Date.parse(receivedAt), gaps));
  return {
    given: given.length,
    stored: log.length,
    lost: unexplained.map(({ message }) => message),
    inGaps: missing.length - unexplained.length,
    duplicated: [...stored].filter(([, same]) => same.length > 1).map(([message]) => message),
    mistaken: log.filter(isMistaken).map(({ message }) => message),
    phantom: log.filter((event) => !isSameGift(event, wanted.get(event.message))).map(({ message }) => message),
  };
}

/** How long it was that nothing could be heard, milliseconds. */
export function lengthOf(gaps: readonly Gap[]): number {
  let total = 0;
  let until = 0;
  for (const { from, to } of gaps.toSorted((a, b) => a.from - b.from)) {
    total += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return total;
}

export function isSound({ lost, duplicated, mistaken, phantom }: Judgement): boolean {
  return lost.length + duplicated.length + mistaken.length + phantom.length === 0;
}

/** How long a donation may be under way before it counts as one that an earlier fault held up, milliseconds. */
const justSent = 1000;

/** How many of the donations that were just sent at `at` came in only after it: what a fault at that moment found under way. */
export function underWay(sentAt: ReadonlyMap<string, number>, log: readonly TipwireEvent[], at: number): number {
  const received = new Map(log.map(({ message, receivedAt }) => [message, Date.parse(receivedAt)]));
  const isUnderWay = ([message, sent]: readonly [string, number]) =>
    sent <= at && sent > at - justSent && (received.get(message) ?? Number.POSITIVE_INFINITY) > at;
  return [...sentAt].filter(isUnderWay).length;
}

/** What the message of everything begins with that is given before there is a connection. */
export const history = "history";

function isMistaken({ message, arrival }: TipwireEvent): boolean {
  return message.startsWith(history) !== (arrival === "import");
}

function isSameGift(stored: TipwireEvent, given: TipwireEvent | undefined): boolean {
  return given !== undefined && gift(stored) === gift(given);
}

function gift({ amount, name, anonymous, type }: TipwireEvent): string {
  return [type, amount?.value, amount?.currency, name, anonymous].join("|");
}

function isWithin(time: number, gaps: readonly Gap[]): boolean {
  return gaps.some(({ from, to }) => time >= from - underWayFor && time <= to);
}

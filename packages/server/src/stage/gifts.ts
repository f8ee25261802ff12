import type { Money } from "../core/money.ts";
import type { LogRecord } from "../core/record.ts";
import { isMore } from "./borders.ts";

/** The donations of a stream, as far as a stage has taken them in. Times are milliseconds since 1970. */
export interface Gifts {
  /** Since when they count: OBS went live, or the first one came after a long silence. */
  readonly since: number;
  readonly last: number;
  readonly biggest: Money;
}

/** Without a word from OBS another stream begins with the first donation after so long, milliseconds. */
const silence = 6 * 3_600_000;

/** When it happened where it was read back later, when it was received where it came at once; milliseconds since 1970. */
export function happenedAt({ arrival, event, receivedAt }: LogRecord): number {
  return arrival === "late" ? Date.parse(event.occurredAt) : receivedAt;
}

/**
 * What is known after `record`, and whether it is a donation that is bigger than all before it in its stream: the first one
 * has nothing to be bigger than. Tests, replays and history are none of a stream's. `onAirSince`: OBS went live, as screens said.
 */
export function withGift(
  before: Gifts | null,
  record: LogRecord,
  onAirSince: number | null,
): { readonly gifts: Gifts | null; readonly isBiggest: boolean } {
  const { kind, arrival, event } = record;
  const { amount } = event;
  const isGift = kind === "event" && arrival !== "import" && event.type === "donation" && !event.test;
  const at = happenedAt(record);
  const isEarlier = before !== null && at < before.since;
  if (!isGift || amount === null || isEarlier) return { gifts: before, isBiggest: false };
  const since = streamOf(before, at, onAirSince);
  if (before === null || since !== before.since)
    return { gifts: { since, last: at, biggest: amount }, isBiggest: false };
  const isBiggest = isMore(amount, before.biggest);
  const biggest = isBiggest ? amount : before.biggest;
  return { gifts: { since, last: Math.max(at, before.last), biggest }, isBiggest };
}

/** When the stream began to which a donation at that time belongs. */
function streamOf(before: Gifts | null, at: number, onAirSince: number | null): number {
  const began = before === null || at - before.last > silence ? at : before.since;
  return onAirSince !== null && onAirSince <= at ? Math.max(onAirSince, began) : began;
}

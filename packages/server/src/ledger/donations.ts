import type { LogRecord } from "../core/record.ts";
import type { Effect, Projection } from "../log/projection.ts";

/** Numbers each channel's donations 1, 2, 3 … in the order of the log. A replay is no further donation. */
export const donationsProjection: Projection = {
  name: "donations",
  effects: (records) => records.filter(isDonation).map(({ offset }): Effect => ({ kind: "donation", offset })),
};

/** A channel's donations by their number, without holes: a page of them costs the same wherever it lies. */
export interface DonationList {
  /** How many there are; also the newest one's number. */
  count(channel: number): Promise<number>;
  /** The donations numbered `newest` and below, newest first, at most `limit`. */
  page(channel: number, newest: number, limit: number): Promise<readonly LogRecord[]>;
}

function isDonation({ kind, event }: LogRecord): boolean {
  return kind === "event" && event.type === "donation" && event.amount !== null;
}

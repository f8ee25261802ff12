import type { LogRecord } from "../core/record.ts";
import type { Projection, TotalEffect } from "../log/projection.ts";

/** What a channel was given in one currency. */
export interface Total {
  readonly currency: string;
  readonly exponent: number;
  readonly minor: number;
  readonly count: number;
}

export interface Totals {
  ofChannel(channel: number): Promise<readonly Total[]>;
}

/** Counts every event with money once: replays and tests never. */
export const totalsProjection: Projection = {
  name: "totals",
  effects(records: readonly LogRecord[]): readonly TotalEffect[] {
    const totals = new Map<string, TotalEffect>();
    for (const record of records) {
      if (record.kind === "replay") continue;
      const { amount, test } = record.event;
      if (amount === null || test) continue;
      const key = `${amount.currency}/${amount.exponent}`;
      const sum = totals.get(key);
      totals.set(key, {
        kind: "total",
        currency: amount.currency,
        exponent: amount.exponent,
        minor: (sum?.minor ?? 0) + amount.minor,
        count: (sum?.count ?? 0) + 1,
      });
    }
    return [...totals.values()];
  },
};

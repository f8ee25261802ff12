import { table } from "../drills/table.ts";
import { type Spread, shown, spread } from "./rounds.ts";

/** Of one round, milliseconds. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
}

/** Round by round, how many milliseconds ours took on top of the bare one's. */
export function onTop(which: keyof Latencies, ours: readonly Latencies[], bare: readonly Latencies[]): Spread {
  return spread(ours.map((one, i) => one[which] - (bare[i]?.[which] ?? 0)));
}

/** A line for each, and one for the difference. */
export function latencyTable(
  ours: { readonly name: string; readonly rounds: readonly Latencies[] },
  bare: { readonly name: string; readonly rounds: readonly Latencies[] },
): string {
  const row = ({ name, rounds }: typeof ours) => [
    name,
    shown(spread(rounds.map(({ p50 }) => p50)), 2),
    shown(spread(rounds.map(({ p99 }) => p99)), 2),
  ];
  const over = (which: keyof Latencies) => shown(onTop(which, ours.rounds, bare.rounds), 2);
  return table([
    ["", "p50, milliseconds", "p99, milliseconds"],
    row(ours),
    row(bare),
    ["tipwire on top of it", over("p50"), over("p99")],
  ]);
}

/** Of several rounds: the middle one, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
  return { median, least: sorted[0] ?? 0, most: sorted.at(-1) ?? 0 };
}

/** "1.21 (1.05 to 1.33)". */
export function shown({ median, least, most }: Spread, decimals: number): string {
  return `${median.toFixed(decimals)} (${least.toFixed(decimals)} to ${most.toFixed(decimals)})`;
}

/** Rounds of several parties, one after the other; whose turn is first moves on by one each round. One list a party. */
export async function interleaved<P, T>(
  parties: readonly P[],
  rounds: number,
  round: (party: P) => Promise<T>,
): Promise<readonly T[][]> {
  const results: T[][] = parties.map(() => []);
  for (let i = 0; i < rounds; i++) {
    for (let k = 0; k < parties.length; k++) {
      const turn = (i + k) % parties.length;
      results[turn]?.push(await round(parties[turn] as P));
    }
  }
  return results;
}

/** Round by round, how `a` stands to `b`. */
export function ratios<T>(a: readonly T[] = [], b: readonly T[] = [], value: (result: T) => number): Spread {
  return spread(a.map((result, i) => value(result) / value(b[i] as T)));
}

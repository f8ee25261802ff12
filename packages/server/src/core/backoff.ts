export interface Backoff {
  /** The first wait at most, and every wait at most; milliseconds. */
  readonly first: number;
  readonly cap: number;
}

/**
 * Milliseconds to wait after so many failures in a row (1, 2, 3 …): doubling up to the cap, and drawn evenly from the upper
 * half, so that those who failed together do not come back together. `random`: from 0 up to 1.
 */
export function retryDelay(failures: number, { first, cap }: Backoff, random: () => number): number {
  const most = Math.min(cap, first * 2 ** (failures - 1));
  return Math.round((most * (1 + random())) / 2);
}

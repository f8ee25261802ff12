/** One look at a process: when (seconds), and what was seen. */
export interface Look {
  readonly at: number;
  readonly value: number;
}

/** The least-squares slope through all looks, per minute. */
export function slopePerMinute(looks: readonly Look[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const at = mean(looks.map((look) => look.at));
  const value = mean(looks.map((look) => look.value));
  const covariance = looks.reduce((sum, look) => sum + (look.at - at) * (look.value - value), 0);
  const variance = looks.reduce((sum, look) => sum + (look.at - at) ** 2, 0);
  return variance === 0 ? 0 : (covariance / variance) * 60;
}

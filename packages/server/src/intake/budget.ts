/** Requests that everybody who shares an application may send together, on all nodes, by the database's clock. */
export interface Budgets {
  /**
   * Hands out the next moment at which one request may be sent, and returns how many milliseconds to wait for it. No minute
   * holds more than `perMinute` of them. `now` stands in for the database's time, milliseconds since 1970.
   */
  reserve(name: string, perMinute: number, now?: number): Promise<number>;
}

/** A minute and what two requests may differ in how long they travel, milliseconds. */
export const budgetWindow = 61_000;

/** Slots that are further ahead than this were handed out before a clock was set back, milliseconds. */
const absurd = 3_600_000;

/**
 * The slot after `slots` (in order, milliseconds): now, unless `perMinute` of them lie within the window before that.
 * Returns the slots that matter to the next one, the new one last.
 */
export function withNextSlot(slots: readonly number[], perMinute: number, now: number): readonly number[] {
  const credible = slots.filter((slot) => slot < now + absurd).slice(-perMinute);
  const oldest = credible.length < perMinute ? undefined : credible[0];
  const last = credible.at(-1) ?? 0;
  const slot = Math.max(now, last, oldest === undefined ? 0 : oldest + budgetWindow);
  return [...credible, slot].slice(-perMinute);
}

/** Counts a client's messages in windows of ten seconds. */
export class MessageRate {
  #messages = 0;
  #since = 0;

  /** Counts one more at `now` (milliseconds): whether it is beyond `most` in its window. */
  exceeds(most: number, now: number): boolean {
    if (now - this.#since > 10_000) {
      this.#since = now;
      this.#messages = 0;
    }
    this.#messages++;
    return this.#messages > most;
  }
}

import type { Clock } from "../core/clock.ts";

/**
 * So many requests are begun in one turn of the event loop; the others wait for the next ones, in their order.
 *
 * Bun answers a new connection's first request while it accepts connections, and accepts as long as there are any: clients
 * that come back all at once, each as soon as the one before it is in, would keep timers, commits and open connections
 * waiting until the last one of them is in. Who waits here opens no further connection, so the loop goes on.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #most: number;
  #begun = 0;
  #waiting: (() => void)[] = [];

  constructor(clock: Clock, most: number) {
    this.#clock = clock;
    this.#most = most;
  }

  /** Resolves when it is this request's turn; `undefined`: it is now. */
  take(): Promise<void> | undefined {
    if (this.#begun === 0) this.#clock.soon(() => this.#next());
    if (this.#begun < this.#most) {
      this.#begun++;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #next(): void {
    const now = this.#waiting.splice(0, this.#most);
    this.#begun = now.length;
    if (this.#begun > 0) this.#clock.soon(() => this.#next());
    for (const begin of now) begin();
  }
}

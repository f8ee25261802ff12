import type { Clock } from "../core/clock.ts";

export interface HeartbeatOptions {
  readonly clock: Clock;
  /** Milliseconds from one ping to the next. */
  readonly every: number;
  /** Milliseconds in which something has to be heard after a ping. */
  readonly within: number;
  readonly ping: () => void;
  /** Nothing was heard in time. Called at most once. */
  readonly silent: () => void;
}

/** Asks the other side again and again whether it is there, at once for the first time. Whatever it says is an answer. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #stopPings: () => void;
  #cancelDeadline: (() => void) | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#stopPings = options.clock.every(options.every, () => this.#ask());
    this.#ask();
  }

  heard(): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
  }

  stop(): void {
    this.#stopPings();
    this.heard();
  }

  #ask(): void {
    const { clock, within, ping, silent } = this.#options;
    this.#cancelDeadline ??= clock.after(within, () => {
      this.stop();
      silent();
    });
    ping();
  }
}

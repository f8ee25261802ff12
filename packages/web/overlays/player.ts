import type { TipwireEvent } from "@tipwire/client";

export interface PlayerOptions {
  /** Settles when the event's alert has left the screen. */
  readonly show: (event: TipwireEvent) => Promise<void>;
  /** Called after each event: `shown` to the end, or passed over because it was imported silently. */
  readonly onSettled: (event: TipwireEvent, shown: boolean) => void;
  readonly wait: (milliseconds: number) => Promise<void>;
}

const pause = 600;

/** Shows events one after the other, in the order in which they came. */
export class Player {
  readonly #options: PlayerOptions;
  readonly #queue: TipwireEvent[] = [];
  #running = false;

  constructor(options: PlayerOptions) {
    this.#options = options;
  }

  /** Nothing is on screen or waits for it. */
  get idle(): boolean {
    return !this.#running;
  }

  add(event: TipwireEvent): void {
    this.#queue.push(event);
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) {
      const shown = event.arrival !== "import";
      if (shown) await this.#options.show(event);
      this.#options.onSettled(event, shown);
      if (shown) await this.#options.wait(pause);
    }
    this.#running = false;
  }
}

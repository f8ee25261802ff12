import type { TipwireEvent } from "@tipwire/client";

/** One alert on its way over the screen. */
export interface Show {
  /** The message's characters on each page; one page at least. */
  readonly pages: readonly number[];
  turnTo(page: number): void;
  leave(): void;
  remove(): void;
}

export interface PlayerOptions {
  readonly start: (event: TipwireEvent) => Show;
  /** Called after each event: `shown` to the end, or passed over because it was imported silently. */
  readonly onSettled: (event: TipwireEvent, shown: boolean) => void;
  /** How long each page stays, instead of by its length. */
  readonly seconds: number | undefined;
  readonly wait: (milliseconds: number) => Promise<void>;
}

const leaving = 320;
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
      if (shown) await this.#play(this.#options.start(event));
      this.#options.onSettled(event, shown);
      if (shown) await this.#options.wait(pause);
    }
    this.#running = false;
  }

  async #play(show: Show): Promise<void> {
    for (const [page, characters] of show.pages.entries()) {
      show.turnTo(page);
      await this.#options.wait(1000 * (this.#options.seconds ?? pageSeconds(characters, page)));
    }
    show.leave();
    await this.#options.wait(leaving);
    show.remove();
  }
}

/** Five seconds to notice it, then about twenty characters a second; what is on one page never stays longer than twelve. */
export function pageSeconds(characters: number, page: number): number {
  return Math.min(12, Math.max(5, (page === 0 ? 5 : 2) + characters / 20));
}

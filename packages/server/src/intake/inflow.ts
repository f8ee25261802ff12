import type { Clock } from "../core/clock.ts";
import { pause } from "../core/pause.ts";
import type { SourceSession, TakenItem } from "./source.ts";

export interface InflowOptions {
  readonly session: SourceSession;
  readonly clock: Clock;
  /** As in `NewEvent`, counted from when the platform said it, however long the store was away. */
  readonly replayAfter?: number;
}

interface Waiting extends TakenItem {
  readonly since: number;
}

/** What one taking holds at most. */
const most = 500;

/** Milliseconds from a taking that failed to the next. */
const again = 1000;

/**
 * What a platform pushes and never sends again, on its way into the log: in order, what came meanwhile together. A taking
 * that fails is repeated for as long as the run lasts.
 */
export class Inflow {
  readonly #options: InflowOptions;
  readonly #waiting: Waiting[] = [];
  #isFlowing = false;
  #flow = Promise.resolve();

  constructor(options: InflowOptions) {
    this.#options = options;
  }

  push(item: TakenItem): void {
    this.#waiting.push({ ...item, since: this.#options.clock.now() });
    if (!this.#isFlowing) this.#flow = this.#run();
  }

  /** Everything that was pushed is stored. */
  get isDry(): boolean {
    return this.#waiting.length === 0;
  }

  /** Resolves when everything is stored, or the run is over. */
  async settled(): Promise<void> {
    while (this.#isFlowing) await this.#flow;
  }

  async #run(): Promise<void> {
    const { session, clock } = this.#options;
    this.#isFlowing = true;
    while (!this.isDry && !session.signal.aborted) {
      try {
        const batch = this.#waiting.slice(0, most);
        await session.take(batch, { arrival: "live", ...this.#replays() });
        this.#waiting.splice(0, batch.length);
      } catch {
        await pause(clock, again, session.signal);
      }
    }
    this.#isFlowing = false;
  }

  /** What waited here, or was stored by a taking of which nothing was heard, is no replay for that. */
  #replays(): { readonly replayAfter?: number } {
    const { clock, replayAfter } = this.#options;
    const waited = clock.now() - (this.#waiting[0]?.since ?? 0);
    return replayAfter === undefined ? {} : { replayAfter: replayAfter + Math.max(0, waited) };
  }
}

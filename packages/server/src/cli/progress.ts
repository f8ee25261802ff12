import type { CliContext } from "./context.ts";
import { painter } from "./paint.ts";

const barWidth = 24;
const redrawEvery = 100;

/** A bar on a terminal while something takes long; nothing elsewhere. */
export class Progress {
  readonly #context: CliContext;
  readonly #total: number | undefined;
  readonly #what: string;
  readonly #startedAt: number;
  #drawnAt: number;
  #isDrawn = false;

  /** `total`: of what `show` calls done, when known. `what` is counted. */
  constructor(context: CliContext, total: number | undefined, what = "lines") {
    this.#context = context;
    this.#total = total;
    this.#what = what;
    this.#startedAt = context.now();
    // What is over at once shows no bar.
    this.#drawnAt = this.#startedAt + 400;
  }

  show(count: number, done: number, total = this.#total): void {
    const { stderr, env } = this.#context;
    const now = this.#context.now();
    if (!stderr.isTTY || now - this.#drawnAt < redrawEvery) return;
    this.#drawnAt = now;
    this.#isDrawn = true;
    const rate = Math.round(count / ((now - this.#startedAt) / 1000));
    const facts = `${count} ${this.#what}, ${rate} ${this.#what}/s`;
    if (total === undefined) return void stderr.write(`\r${facts}\u001b[K`);
    const part = Math.min(1, total === 0 ? 1 : done / total);
    const full = Math.round(part * barWidth);
    const bar = painter(stderr, env)("green", "█".repeat(full)) + "░".repeat(barWidth - full);
    stderr.write(`\r${bar} ${String(Math.floor(part * 100)).padStart(3)} %  ${facts}\u001b[K`);
  }

  end(): void {
    if (this.#isDrawn) this.#context.stderr.write("\r\u001b[K");
    this.#isDrawn = false;
  }
}

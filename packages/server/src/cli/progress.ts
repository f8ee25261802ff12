import type { CliContext } from "./context.ts";
import { painter } from "./paint.ts";

const barWidth = 24;
const redrawEvery = 100;

/** A bar on a terminal while something takes long; nothing elsewhere. */
export class Progress {
  readonly #context: CliContext;
  readonly #total: number | undefined;
  readonly #startedAt: number;
  #drawnAt: number;
  #isDrawn = false;

  /** `total`: bytes, when known. */
  constructor(context: CliContext, total: number | undefined) {
    this.#context = context;
    this.#total = total;
    this.#startedAt = context.now();
    // What is over at once shows no bar.
    this.#drawnAt = this.#startedAt + 400;
  }

  show(lines: number, bytes: number): void {
    const { stderr, env } = this.#context;
    const now = this.#context.now();
    if (!stderr.isTTY || now - this.#drawnAt < redrawEvery) return;
    this.#drawnAt = now;
    this.#isDrawn = true;
    const rate = Math.round(lines / ((now - this.#startedAt) / 1000));
    const facts = `${lines} lines, ${rate} lines/s`;
    if (this.#total === undefined) return void stderr.write(`\r${facts}\u001b[K`);
    const part = Math.min(1, this.#total === 0 ? 1 : bytes / this.#total);
    const full = Math.round(part * barWidth);
    const bar = painter(stderr, env)("green", "█".repeat(full)) + "░".repeat(barWidth - full);
    stderr.write(`\r${bar} ${String(Math.floor(part * 100)).padStart(3)} %  ${facts}\u001b[K`);
  }

  end(): void {
    if (this.#isDrawn) this.#context.stderr.write("\r\u001b[K");
    this.#isDrawn = false;
  }
}

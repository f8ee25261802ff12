import type { Clock } from "../core/clock.ts";
import type { ConnectionState } from "./connection.ts";

/** What changes in a state; `undefined` takes a fact back. */
export type StateChange = { readonly [fact in keyof ConnectionState]?: ConnectionState[fact] | undefined };

export interface StateReportOptions {
  readonly clock: Clock;
  /** What the holder before reported last. */
  readonly state: ConnectionState | undefined;
  readonly write: (state: ConnectionState) => Promise<unknown>;
  /** Told when the status is another one. */
  readonly turned: (state: ConnectionState) => void;
}

/** That it was heard is written so often at most; milliseconds. */
const heardEvery = 15_000;

/** Before a write that failed is tried again, milliseconds. */
const retryAfter = 1000;

const gapsKept = 20;

/** How a connection is, and its way into the store: one write at a time, what is said meanwhile goes along with the next. */
export class StateReport {
  readonly #options: StateReportOptions;
  #state: ConnectionState;
  #writing: Promise<void> | undefined;
  #unwritten = false;
  #writtenAt = 0;
  #retry: () => void = () => undefined;
  #isOver = false;

  constructor(options: StateReportOptions) {
    this.#options = options;
    this.#state = options.state ?? { status: "connecting", reason: "", since: options.clock.now() };
  }

  get state(): ConnectionState {
    return this.#state;
  }

  say(change: StateChange): void {
    const { clock, turned } = this.#options;
    const before = this.#state;
    const isTurn = change.status !== undefined && change.status !== before.status;
    const facts = {
      ...before,
      // It belongs to the status before.
      ...(change.status !== undefined && { retryAt: undefined }),
      ...change,
      ...(isTurn && { since: clock.now() }),
    };
    const said = Object.entries(facts).filter(([, fact]) => fact !== undefined);
    this.#state = Object.fromEntries(said) as unknown as ConnectionState;
    if (isTurn) turned(this.#state);
    this.#write();
  }

  heard(): void {
    const now = this.#options.clock.now();
    this.#state = { ...this.#state, heardAt: now };
    if (Math.abs(now - this.#writtenAt) >= heardEvery) this.#write();
  }

  gap(from: number, to: number): void {
    this.say({ gaps: [...(this.#state.gaps ?? []), { from, to }].slice(-gapsKept) });
  }

  /** Resolves when everything that was said is written, or was tried once more; nothing is tried afterwards. */
  async finish(): Promise<void> {
    this.#isOver = true;
    this.#retry();
    await this.#writing;
  }

  #write(): void {
    this.#unwritten = true;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    const { clock, write } = this.#options;
    while (this.#unwritten) {
      this.#unwritten = false;
      this.#writtenAt = clock.now();
      this.#retry();
      // The next word may never come: of a login that is not accepted any more nothing else is heard.
      await write(this.#state).catch(() => {
        if (!this.#isOver) this.#retry = clock.after(retryAfter, () => this.#write());
      });
    }
  }
}

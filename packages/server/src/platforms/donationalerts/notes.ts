import type { SourceSession } from "../../intake/source.ts";
import { retry } from "./ended.ts";
import { type Memory, memoryText, readMemory } from "./memory.ts";

/** A run's memory, written through in the order of its changes. */
export class Notes {
  readonly #session: SourceSession;
  #current: Memory;
  #written: Promise<void> = Promise.resolve();

  constructor(session: SourceSession) {
    this.#session = session;
    this.#current = readMemory(session.memory);
  }

  get current(): Memory {
    return this.#current;
  }

  /** `undefined` forgets a thing. Resolves when it is stored; throws `Ended` where another node runs this by now. */
  change(changes: { readonly [thing in keyof Memory]: Memory[thing] | undefined }): Promise<void> {
    const all = Object.entries({ ...this.#current, ...changes }).filter(([, value]) => value !== undefined);
    this.#current = Object.fromEntries(all) as Memory;
    const written = this.#written.then(() => this.#write());
    // The next write says all of this one too.
    this.#written = written.catch(() => undefined);
    return written;
  }

  async #write(): Promise<void> {
    if (!(await this.#session.remember(memoryText(this.#current)))) throw retry("Another node runs this connection.");
  }
}

import type { Random } from "../../packages/server/test/random.ts";
import type { SandboxProgram } from "../../packages/server/test/sandbox-program.ts";
import { pause } from "../pause.ts";

export interface GiverOptions {
  readonly sandbox: SandboxProgram;
  readonly creator: string;
  readonly donations: number;
  /** Over which the donations are spread, milliseconds. */
  readonly duration: number;
  readonly random: Random;
}

/** How many are given within a few milliseconds, at most. */
const burstAtMost = 6;

/** Gives donations to a creator of the sandbox, several at once. Each has a message that no other has, by which it is known again. */
export class Giver {
  readonly #options: GiverOptions;
  readonly #waiting: (() => void)[] = [];
  #given = 0;
  #fault: unknown;

  constructor(options: GiverOptions) {
    this.#options = options;
  }

  get isDone(): boolean {
    if (this.#fault !== undefined) throw this.#fault;
    return this.#given >= this.#options.donations;
  }

  /** Resolves when everything was given. */
  async giveAll(): Promise<void> {
    const { donations, duration, random } = this.#options;
    const between = (duration / donations) * ((1 + burstAtMost) / 2);
    try {
      while (this.#given < donations) {
        await pause(random.between(0.5, 1.5) * between);
        await this.give(Math.min(1 + random.below(burstAtMost), donations - this.#given));
      }
    } catch (fault) {
      this.#fault = fault;
    } finally {
      for (const begun of this.#waiting.splice(0)) begun();
    }
  }

  /** Resolves in the midst of the next burst: its first donation was just taken by the sandbox. */
  nextBurst(): Promise<void> {
    return this.isDone ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  async give(count: number): Promise<void> {
    const all = Array.from({ length: count }, () => this.#giveOne(this.#given++));
    await Promise.race(all);
    for (const begun of this.#waiting.splice(0)) begun();
    await Promise.all(all);
  }

  async #giveOne(number: number): Promise<void> {
    const { sandbox, creator, random } = this.#options;
    const cents = 1 + random.below(99_999);
    await sandbox.donate({
      creator,
      name: `Donor ${random.below(50)}`,
      anonymous: random.chance(0.1),
      amount: (cents / 100).toFixed(2),
      currency: "USD",
      message: `donation ${number}`,
    });
  }
}

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
  /** When each was sent, by its message; milliseconds since 1970. */
  readonly sentAt = new Map<string, number>();
  readonly #options: GiverOptions;
  readonly #giving = new Set<Promise<void>>();

  constructor(options: GiverOptions) {
    this.#options = options;
  }

  get isDone(): boolean {
    return this.sentAt.size >= this.#options.donations;
  }

  /** Resolves when all of them were taken by the sandbox, and those that were given beside. */
  async giveAll(): Promise<void> {
    const { donations, duration, random } = this.#options;
    const between = (duration / donations) * ((1 + burstAtMost) / 2);
    while (!this.isDone) {
      await pause(random.between(0.5, 1.5) * between);
      await this.giveSome();
    }
    await Promise.all(this.#giving);
  }

  /** Resolves in the midst of them: the first was just taken by the sandbox. */
  async giveSome(): Promise<void> {
    const some = Array.from({ length: 1 + this.#options.random.below(burstAtMost) }, () => this.#giveOne());
    await Promise.race(some);
  }

  #giveOne(): Promise<void> {
    const { sandbox, creator, random } = this.#options;
    const message = `donation ${this.sentAt.size}`;
    const cents = 1 + random.below(99_999);
    const donation = { creator, message, amount: (cents / 100).toFixed(2), currency: "USD" };
    const who = { name: `Donor ${random.below(50)}`, anonymous: random.chance(0.1) };
    this.sentAt.set(message, Date.now());
    const giving = sandbox.donate({ ...donation, ...who }).then(() => void this.#giving.delete(giving));
    this.#giving.add(giving);
    return giving;
  }
}

import type { Random } from "../../packages/server/test/random.ts";
import type { SandboxProgram } from "../../packages/server/test/sandbox-program.ts";
import { pause } from "../pause.ts";

export interface GiverOptions {
  readonly sandbox: SandboxProgram;
  readonly creator: string;
  /** At least so many. */
  readonly donations: number;
  /** A second, about. */
  readonly rate: number;
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
  #isWanted = true;

  constructor(options: GiverOptions) {
    this.#options = options;
  }

  /** Resolves when it is finished, and the sandbox has taken all of them. */
  async give(): Promise<void> {
    const { donations, rate, random } = this.#options;
    const between = (1000 / rate) * ((1 + burstAtMost) / 2);
    while (this.#isWanted || this.sentAt.size < donations) {
      await pause(random.between(0.5, 1.5) * between);
      await this.giveSome();
    }
    await Promise.all(this.#giving);
  }

  /** Nothing more is given than what is still lacking. */
  finish(): void {
    this.#isWanted = false;
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

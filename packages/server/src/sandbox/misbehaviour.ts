import type { Clock } from "../core/clock.ts";
import { damaged } from "./damage.ts";
import { type FaultName, type Faults, noFaults } from "./faults.ts";

/** A socket that can be told to misbehave at once. */
export interface Line {
  /** Ends it without regard for what is on its way. */
  breakOff(code: number): void;
  sendDamaged(): void;
}

export interface MisbehaviourParts {
  readonly clock: Clock;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
}

/** What the sandbox does wrong: its switches, who decides by them, and how often it was done. */
export class Misbehaviour {
  readonly clock: Clock;
  readonly random: () => number;
  /** Open sockets of the platforms. */
  readonly lines = new Set<Line>();
  #faults: Faults = noFaults;
  readonly #counts = new Map<string, number>();
  /** When access tokens were first seen, by the token. */
  readonly #tokens = new Map<string, number>();
  /** Access tokens that were seen until then work no more. */
  #expiredUntil = Number.NEGATIVE_INFINITY;

  constructor({ clock, random }: MisbehaviourParts) {
    this.clock = clock;
    this.random = random;
  }

  get faults(): Faults {
    return this.#faults;
  }

  /** How often each was done, by its name. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  set(some: Partial<Faults>): void {
    this.#faults = { ...this.#faults, ...some };
  }

  /** Whether it happens now; counted if it does. */
  happens(name: FaultName): boolean {
    const part = this.#faults[name];
    if (part === 0 || this.random() >= part) return false;
    this.count(name);
    return true;
  }

  count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  damaged(frame: string): string {
    return damaged(frame, this.random);
  }

  /** An access token was issued. */
  issued(token: string): void {
    this.#tokens.set(token, this.clock.now());
  }

  /** Whether a token is refused before its time. */
  isExpired(token: string): boolean {
    const now = this.clock.now();
    const since = this.#tokens.get(token) ?? now;
    this.#tokens.set(token, since);
    const { tokenLife } = this.#faults;
    if (since > this.#expiredUntil && (tokenLife === 0 || now - since < tokenLife * 1000)) return false;
    this.count("tokenLife");
    return true;
  }

  /** Every access token that was seen until now is refused from now on. */
  expireTokens(): void {
    this.#expiredUntil = this.clock.now();
  }

  closeAll(code: number): number {
    const lines = [...this.lines];
    for (const line of lines) {
      line.breakOff(code);
      this.count("close");
    }
    return lines.length;
  }

  damageAll(): number {
    for (const line of this.lines) line.sendDamaged();
    return this.lines.size;
  }
}

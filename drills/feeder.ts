import type { Random } from "../packages/server/test/random.ts";
import type { Entry, Kill, Ledger } from "./ledger.ts";
import { pause, within } from "./pause.ts";

export interface FeederOptions {
  /** `http://127.0.0.1:PORT`; asked for at every sending. */
  readonly url: string;
  readonly key: string;
  readonly slugs: readonly string[];
  /** Events a second, over all channels. */
  readonly rate: number;
  readonly random: Random;
  /** Nothing new is sent while so many are not acknowledged: Bun's fetch has 256 requests open at once, followers' too. */
  readonly openAtMost?: number;
}

/** Appends that were sent within a few milliseconds. */
export interface Burst {
  readonly size: number;
  sent: number;
  acknowledged: number;
  /** Called at every sending and every acknowledgement, in the same turn. */
  progress: (() => void) | undefined;
}

/** One sending of an append. */
interface Attempt {
  readonly url: string;
  /** The kill that found it without an answer. */
  kill: Kill | undefined;
}

/** Between two bursts; the rate decides how large each is. */
const burstEvery = { least: 80, most: 220 };

/**
 * Sends events as platforms do: several at once, each again with the same id until it is acknowledged. It goes on at
 * its rate while the server is away.
 */
export class Feeder {
  readonly #options: FeederOptions;
  readonly #ledger: Ledger;
  readonly #inFlight = new Set<Attempt>();
  readonly #sending = new Set<Promise<void>>();
  readonly #waiting: ((burst: Burst) => void)[] = [];
  #feeding: Promise<void> | undefined;
  #stopped = false;
  #fault: unknown;

  constructor(options: FeederOptions, ledger: Ledger) {
    this.#options = options;
    this.#ledger = ledger;
  }

  start(): void {
    this.#feeding = this.#feed();
  }

  /** The next burst, as it begins. */
  nextBurst(): Promise<Burst> {
    if (this.#fault !== undefined) throw this.#fault;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** How many appends are under way: waiting for an answer, or to be sent again. */
  get unacknowledged(): number {
    return this.#sending.size;
  }

  /** Sends a few more at once, beside the bursts. */
  sendMore(count: number): void {
    const { random, slugs } = this.#options;
    const burst: Burst = { size: count, sent: count, acknowledged: 0, progress: undefined };
    for (let i = 0; i < count; i++) this.#append(this.#ledger.add(random.below(slugs.length)), burst);
  }

  /** The server is killed in this very turn; among several the one at `url`. */
  killed(number: number, url?: string): Kill {
    const found = [...this.#inFlight].filter((attempt) => url === undefined || attempt.url === url);
    const kill: Kill = { number, inFlight: found.length, unanswered: 0, storedUnanswered: 0 };
    for (const attempt of found) attempt.kill = kill;
    return kill;
  }

  /** Sends nothing new, and resolves when everything is acknowledged. */
  async finish(milliseconds: number): Promise<void> {
    this.#stopped = true;
    await this.#feeding;
    await within(Promise.all(this.#sending), milliseconds);
    if (this.#fault !== undefined) throw this.#fault;
    const open = this.#ledger.entries.length - this.#ledger.acknowledged;
    if (open > 0) throw new Error(`${open} appends were not acknowledged within ${milliseconds / 1000} s`);
  }

  async #feed(): Promise<void> {
    const { random, rate, openAtMost = Number.POSITIVE_INFINITY } = this.#options;
    let from = performance.now();
    while (!this.#stopped) {
      await pause(random.between(burstEvery.least, burstEvery.most));
      const now = performance.now();
      const size = Math.max(2, Math.round(((now - from) / 1000) * rate));
      from = now;
      if (this.unacknowledged < openAtMost) await this.#burst(Math.min(size, openAtMost));
    }
  }

  /** In a few volleys, so that some appends wait for the server while others are being answered. */
  async #burst(size: number): Promise<void> {
    const { random, slugs } = this.#options;
    const burst: Burst = { size, sent: 0, acknowledged: 0, progress: undefined };
    for (const begun of this.#waiting.splice(0)) begun(burst);
    while (burst.sent < size) {
      const volley = Math.min(size - burst.sent, 1 + random.below(6));
      for (let i = 0; i < volley; i++) this.#append(this.#ledger.add(random.below(slugs.length)), burst);
      burst.sent += volley;
      burst.progress?.();
      await pause(random.between(0, 3));
    }
  }

  #append(entry: Entry, burst: Burst): void {
    const sending = this.#untilAcknowledged(entry)
      .then(() => {
        burst.acknowledged++;
        burst.progress?.();
      })
      .catch((fault: unknown) => {
        this.#fault = fault;
      })
      .finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  async #untilAcknowledged(entry: Entry): Promise<void> {
    while (!(await this.#attempt(entry))) await pause(this.#options.random.between(20, 60));
  }

  async #attempt(entry: Entry): Promise<boolean> {
    const { url, key, slugs } = this.#options;
    const attempt: Attempt = { url, kill: undefined };
    entry.sentAt = Math.min(entry.sentAt, performance.now());
    this.#inFlight.add(attempt);
    let response: Response;
    let answer: { cursor: string; status: "stored" | "duplicate" };
    try {
      response = await fetch(`${url}/v1/channels/${slugs[entry.channel]}/events`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: appendBody(entry),
        signal: AbortSignal.timeout(10_000),
      });
      answer = (await response.json()) as typeof answer;
    } catch {
      // Refused, reset, or cut off in the middle of the answer: it is not acknowledged.
      if (attempt.kill !== undefined) {
        attempt.kill.unanswered++;
        entry.unansweredBy = attempt.kill;
      }
      return false;
    } finally {
      this.#inFlight.delete(attempt);
    }
    if (response.status === 503) return false;
    if (!response.ok) throw new Error(`An append was refused: ${response.status} ${JSON.stringify(answer)}`);
    this.#ledger.acknowledge(entry, answer.cursor, answer.status);
    return true;
  }
}

function appendBody({ name }: Entry): string {
  return JSON.stringify({ externalId: name, message: name, name: "Ana", amount: "5.00", currency: "USD" });
}

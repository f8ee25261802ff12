import { join } from "node:path";
import { Worker } from "../../bench/worker.ts";
import { pause } from "../pause.ts";
import { type LoggedRecord, sum, type Violations } from "../verdict.ts";
import type { Account } from "./client.ts";

export interface Joining {
  readonly group: string;
  readonly port: number;
  readonly accounts: readonly Account[];
}

export interface Standing {
  readonly members: number;
  /** How many are connected and have heard the server's first word. */
  readonly greeted: number;
  readonly records: number;
  readonly resets: number;
  /** How often a connection was closed with which code, or refused with which status (as a negative number). */
  readonly closes: readonly (readonly [number, number])[];
}

/** Names with times, in milliseconds that all processes share. */
type Times = readonly (readonly [string, number])[];

export interface Back {
  readonly group: string;
  readonly acknowledged: Times;
}

export interface Returned {
  /** When the first of them found the server's port open again. */
  readonly firstOpenedAt: number;
  /** When the last of them was greeted, and when the last one had what was there before its greeting. */
  readonly greetedAt: number;
  readonly caughtUpAt: number;
  /** Records that they were given to catch up. */
  readonly caughtUpOn: number;
}

export interface Late {
  readonly group: string;
  readonly sent: Times;
}

export interface Judging {
  readonly group: string;
  readonly logs: readonly (readonly [number, readonly LoggedRecord[]])[];
}

export interface Judged {
  readonly followers: number;
  readonly records: number;
  readonly violations: Violations;
  readonly example: string | undefined;
}

/** So many accounts or logs are handed over at a time, so that no message gets large. */
const portion = 500;

/** Thousands of followers in several processes. */
export class Crowd implements AsyncDisposable {
  readonly #workers: readonly Worker[];
  /** How often some were sent away: the odd ones are another process's each time. */
  #churned = 0;

  constructor(processes: number) {
    this.#workers = Array.from({ length: processes }, () => new Worker(join(import.meta.dir, "crowd-process.ts")));
  }

  async seed(seed: number): Promise<void> {
    await Promise.all(this.#workers.map((worker, i) => worker.ask("seed", seed + i)));
  }

  /** Lets them connect, and resolves when all are greeted. */
  async join(group: string, port: number, accounts: readonly Account[]): Promise<void> {
    for (let i = 0; i < accounts.length; i += portion) {
      const worker = this.#workers[(i / portion) % this.#workers.length];
      await worker?.ask("join", { group, port, accounts: accounts.slice(i, i + portion) } satisfies Joining);
    }
    await this.allGreeted(group, 60_000);
  }

  async standing(group: string): Promise<Standing> {
    const each = await this.#askAll<Standing>("standing", group);
    const total = (of: (standing: Standing) => number) => each.reduce((count, standing) => count + of(standing), 0);
    const closes = new Map<number, number>();
    for (const [code, count] of each.flatMap((standing) => standing.closes)) {
      closes.set(code, (closes.get(code) ?? 0) + count);
    }
    return {
      members: total(({ members }) => members),
      greeted: total(({ greeted }) => greeted),
      records: total(({ records }) => records),
      resets: total(({ resets }) => resets),
      closes: [...closes],
    };
  }

  async allGreeted(group: string, ms: number): Promise<void> {
    for (const deadline = performance.now() + ms; ; await pause(50)) {
      const { members, greeted, closes } = await this.standing(group);
      if (greeted === members) return;
      if (performance.now() > deadline) {
        throw new Error(
          `${greeted} of ${members} are connected after ${ms / 1000} s; closes: ${JSON.stringify(closes)}`,
        );
      }
    }
  }

  async brace(group: string, forget: number): Promise<void> {
    await this.#askAll("brace", { group, forget });
  }

  async back(group: string, acknowledged: Times): Promise<Returned> {
    const each = await this.#askAll<Returned>("back", { group, acknowledged } satisfies Back);
    return {
      firstOpenedAt: Math.min(...each.map(({ firstOpenedAt }) => firstOpenedAt)),
      greetedAt: Math.max(...each.map(({ greetedAt }) => greetedAt)),
      caughtUpAt: Math.max(...each.map(({ caughtUpAt }) => caughtUpAt)),
      caughtUpOn: each.reduce((count, { caughtUpOn }) => count + caughtUpOn, 0),
    };
  }

  async delays(group: string, sent: Times): Promise<readonly number[]> {
    return (await this.#askAll<readonly number[]>("delays", { group, sent } satisfies Late)).flat();
  }

  /** Of the whole crowd, so many; gives how many left. */
  async churn(group: string, count: number): Promise<number> {
    const from = this.#churned++;
    const shares = this.#workers.map((_, i) =>
      Math.floor((count + ((i + from) % this.#workers.length)) / this.#workers.length),
    );
    const left = await Promise.all(
      this.#workers.map((worker, i) => worker.ask<number>("churn", { group, count: shares[i] })),
    );
    return left.reduce((sum, each) => sum + each, 0);
  }

  /** Every follower against the log of its channel. */
  async judge(group: string, logs: readonly (readonly LoggedRecord[])[]): Promise<Judged> {
    const numbered = logs.map((log, channel) => [channel, log] as const);
    const judged: Judged[] = [];
    for (let i = 0; i < numbered.length; i += portion) {
      const some = { group, logs: numbered.slice(i, i + portion) } satisfies Judging;
      judged.push(...(await this.#askAll<Judged>("judge", some)));
    }
    return {
      followers: judged.reduce((count, { followers }) => count + followers, 0),
      records: judged.reduce((count, { records }) => count + records, 0),
      violations: sum(judged.map(({ violations }) => violations)),
      example: judged.find(({ example }) => example !== undefined)?.example,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker[Symbol.asyncDispose]()));
  }

  #askAll<T>(command: string, argument: unknown): Promise<T[]> {
    return Promise.all(this.#workers.map((worker) => worker.ask<T>(command, argument)));
  }
}

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Program, startProgram } from "../../packages/server/test/program.ts";
import type { Random } from "../../packages/server/test/random.ts";
import type { LoggedRecord } from "../verdict.ts";

export interface TriedChannel {
  readonly slug: string;
  readonly streamToken: string;
}

/** Requests that are open at once; Bun's `fetch` has room for 256. */
const requestsAtOnce = 64;

/** The real program on a data directory and a port of its own, with settings, and both ways to restart it. */
export class TriedServer implements AsyncDisposable {
  readonly port: number;
  readonly #dataDir: string;
  readonly #args: readonly string[];
  #program: Program;
  #restarting: Promise<Program> | undefined;

  private constructor(dataDir: string, args: readonly string[], program: Program) {
    this.#dataDir = dataDir;
    this.#args = args;
    this.#program = program;
    this.port = program.port;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, this.#interrupted);
    process.on("exit", this.#exit);
  }

  static async start(random: Random, args: readonly string[] = []): Promise<TriedServer> {
    const dataDir = mkdtempSync(join(tmpdir(), "tipwire-drill-"));
    for (let attempt = 1; ; attempt++) {
      // Below the ports that systems give out by themselves, so that nobody takes it while the server is away.
      const port = 20_000 + random.below(10_000);
      try {
        return new TriedServer(dataDir, args, await startProgram({ dataDir, port, args }));
      } catch (fault) {
        if (attempt === 5) throw fault;
      }
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get key(): string {
    return this.#program.key;
  }

  get pid(): number {
    return this.#program.pid;
  }

  /** Resident memory in bytes. */
  get memory(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  }

  /** Processor time since its start. */
  get processorMs(): number {
    const fields = readFileSync(`/proc/${this.pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    // Fields 14 and 15 of proc(5), in hundredths of a second.
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  get openFiles(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** Resolves when it listens again. */
  async restart(how: "kill" | "clean"): Promise<void> {
    if (how === "kill") await this.#program.kill();
    else await this.#program.stop();
    this.#restarting = startProgram({ dataDir: this.#dataDir, port: this.port, args: this.#args });
    this.#program = await this.#restarting;
  }

  async createChannels(count: number): Promise<readonly TriedChannel[]> {
    return await eachOf(
      Array.from({ length: count }, (_, i) => i),
      async (i) => (await this.#ask("POST", "/v1/channels", { slug: `drill-${i}` })) as TriedChannel,
    );
  }

  /** Stores one; gives its cursor. */
  async send(slug: string, name: string, message = name): Promise<string> {
    const body = { externalId: name, message, name: "Ana", amount: "5.00", currency: "USD" };
    return ((await this.#ask("POST", `/v1/channels/${slug}/events`, body)) as { cursor: string }).cursor;
  }

  /** The whole logs. */
  async logs(slugs: readonly string[]): Promise<readonly (readonly LoggedRecord[])[]> {
    return await eachOf(slugs, async (slug) => {
      const log: LoggedRecord[] = [];
      for (let after = "oldest"; ; ) {
        const path = `/v1/channels/${slug}/events?after=${after}&limit=500`;
        const page = (await this.#ask("GET", path)) as {
          readonly events: readonly { readonly externalId: string; readonly cursor: string }[];
          readonly cursor: string;
        };
        for (const { externalId, cursor } of page.events) log.push({ name: externalId, cursor });
        if (page.events.length < 500) return log;
        after = page.cursor;
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, this.#interrupted);
    process.off("exit", this.#exit);
    await this.#program.kill();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${await response.text()}`);
    return await response.json();
  }

  /** A server that is just starting is waited for, so that none is left behind. */
  readonly #interrupted = async () => {
    this.#program = (await this.#restarting?.catch(() => undefined)) ?? this.#program;
    process.exit(130);
  };

  readonly #exit = () => {
    try {
      process.kill(this.pid, "SIGKILL");
    } catch {
      // It is gone already.
    }
    rmSync(this.#dataDir, { recursive: true, force: true });
  };
}

/** What `work` gives for each, in their order, so many at a time. */
export async function eachOf<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const hand = async () => {
    for (let i = next++; i < all.length; i = next++) results[i] = await work(all[i] as T);
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, hand));
  return results;
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Program, startProgram } from "../packages/server/test/program.ts";
import type { Random } from "../packages/server/test/random.ts";

/** The real program on a data directory and a port that it keeps, whatever is done to it. */
export class DrilledServer implements AsyncDisposable {
  readonly dataDir: string;
  readonly port: number;
  readonly #keep: boolean;
  #program: Program;
  #restarting: Promise<Program> | undefined;

  private constructor(dataDir: string, program: Program, keep: boolean) {
    this.dataDir = dataDir;
    this.port = program.port;
    this.#program = program;
    this.#keep = keep;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, this.#interrupted);
    process.on("exit", this.#exit);
  }

  static async start(random: Random, keep = false): Promise<DrilledServer> {
    const dataDir = mkdtempSync(join(tmpdir(), "tipwire-drill-"));
    for (let attempt = 1; ; attempt++) {
      // Below the ports that systems give out by themselves, so that nobody takes it while the server is away.
      const port = 20_000 + random.below(10_000);
      try {
        return new DrilledServer(dataDir, await startProgram({ dataDir, port }), keep);
      } catch (fault) {
        if (attempt === 5) throw fault;
      }
    }
  }

  get program(): Program {
    return this.#program;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get key(): string {
    return this.#program.key;
  }

  /** `kill -9` in this very turn; resolves when it listens again. */
  async killAndRestart(): Promise<void> {
    await this.#program.kill();
    this.#restarting = startProgram({ dataDir: this.dataDir, port: this.port });
    this.#program = await this.#restarting;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, this.#interrupted);
    process.off("exit", this.#exit);
    await this.#program.kill();
    if (!this.#keep) rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** A server that is just starting is waited for, so that none is left behind. */
  readonly #interrupted = async () => {
    this.#program = (await this.#restarting?.catch(() => undefined)) ?? this.#program;
    process.exit(130);
  };

  readonly #exit = () => {
    try {
      process.kill(this.#program.pid, "SIGKILL");
    } catch {
      // It is gone already.
    }
    if (!this.#keep) rmSync(this.dataDir, { recursive: true, force: true });
  };
}

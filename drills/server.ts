import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Program, startProgram } from "../packages/server/test/program.ts";
import type { Random } from "../packages/server/test/random.ts";
import { DrillApi } from "./api.ts";
import { pause } from "./pause.ts";

export interface DrilledOptions {
  /** More flags of `serve`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A file that runs in the process before the program does. */
  readonly preload?: string;
  /** Leave the data directory in place. */
  readonly keep?: boolean;
}

/** The real program on a data directory and a port that it keeps, whatever is done to it. */
export class DrilledServer implements AsyncDisposable {
  readonly dataDir: string;
  readonly port: number;
  readonly api = new DrillApi(this);
  #options: DrilledOptions;
  #program: Program;
  #restarting: Promise<Program> | undefined;

  private constructor(dataDir: string, program: Program, options: DrilledOptions) {
    this.dataDir = dataDir;
    this.port = program.port;
    this.#program = program;
    this.#options = options;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, this.#interrupted);
    process.on("exit", this.#exit);
  }

  static async start(random: Random, options: DrilledOptions = {}): Promise<DrilledServer> {
    const dataDir = mkdtempSync(join(tmpdir(), "tipwire-drill-"));
    for (let attempt = 1; ; attempt++) {
      // Below the ports that systems give out by themselves, so that nobody takes it while the server is away.
      const port = 20_000 + random.below(10_000);
      try {
        return new DrilledServer(dataDir, await startProgram({ ...options, dataDir, port }), options);
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

  /** Resolves when this run of it has ended, however it did. */
  get ended(): Promise<unknown> {
    return this.#program.ended;
  }

  /** A kill falls into this very turn. Resolves when it listens again, from now on with other settings if there are any. */
  async restart(how: "kill" | "clean", env = this.#options.env): Promise<void> {
    if (how === "kill") await this.#program.kill();
    else await this.#program.stop();
    this.#options = { ...this.#options, ...(env && { env }) };
    this.#restarting = startProgram({ ...this.#options, dataDir: this.dataDir, port: this.port });
    this.#program = await this.#restarting;
  }

  /** Stops it in mid-thought, as a virtual machine that is moved, and lets it go on after `ms`. */
  async freeze(ms: number): Promise<void> {
    process.kill(this.pid, "SIGSTOP");
    await pause(ms);
    process.kill(this.pid, "SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, this.#interrupted);
    process.off("exit", this.#exit);
    await this.#program.kill();
    if (this.#options.keep !== true) rmSync(this.dataDir, { recursive: true, force: true });
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
    if (this.#options.keep !== true) rmSync(this.dataDir, { recursive: true, force: true });
  };
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { programFile } from "../../packages/server/test/program-file.ts";
import { pause } from "../pause.ts";
import { type Trace, underStrace } from "./strace.ts";

const startWithin = 30_000;
const stopWithin = 10_000;

/** Those that run, so that an interrupted drill leaves none behind. */
const running = new Set<TracedServer>();
process.on("exit", () => {
  for (const server of running) server.end();
  // A program that is just being started to look at what was left.
  for (const pid of childrenOf(process.pid)) signal(pid, "SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));

/** The real program on a data directory, under `strace`: its calls are written down, or some of them fail. */
export class TracedServer {
  readonly dataDir: string;
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #listening = Promise.withResolvers<boolean>();
  #output = "";
  #where: { readonly url: string; readonly key: string; readonly pid: number } | undefined;

  constructor(base: string, dataDir: string, trace: Trace, port = 0) {
    this.dataDir = dataDir;
    const flags = ["--port", String(port), "--host", "127.0.0.1", "--data-dir", dataDir];
    this.#child = Bun.spawn(
      [...underStrace(trace), process.execPath, "--no-env-file", programFile, "serve", ...flags],
      {
        cwd: base,
        env: environment(),
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      },
    );
    running.add(this);
    const read = Promise.all([this.#read(this.#child.stdout), this.#read(this.#child.stderr)]);
    void read.then(() => this.#listening.resolve(false));
    const late = setTimeout(() => this.end(), startWithin);
    void this.#listening.promise.then(() => clearTimeout(late));
    void this.#child.exited.then(() => running.delete(this));
  }

  /** Whether it came to listen; `false` when it ended first. */
  get listens(): Promise<boolean> {
    return this.#listening.promise;
  }

  /** What it printed so far, on both streams. */
  get output(): string {
    return this.#output;
  }

  get url(): string {
    return this.#where?.url ?? "";
  }

  get key(): string {
    return this.#where?.key ?? "";
  }

  /** Its exit code, once it has ended by itself; `undefined` if it has not within `ms`. */
  async exited(ms: number): Promise<number | undefined> {
    return Promise.race([this.#child.exited, pause(ms).then(() => undefined)]);
  }

  /** Asks it to end as Ctrl-C does; gives its exit code, `undefined` if it takes longer than it may. */
  async stop(): Promise<number | undefined> {
    if (this.#where !== undefined && this.#child.exitCode === null) signal(this.#where.pid, "SIGINT");
    const code = await this.exited(stopWithin);
    if (code === undefined) this.end();
    return code;
  }

  /** `kill -9`. */
  end(): void {
    if (this.#child.exitCode !== null) return;
    // The traced one first: strace ends with it, and would let go of it otherwise.
    for (const pid of childrenOf(this.#child.pid)) signal(pid, "SIGKILL");
    this.#child.kill("SIGTERM");
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      this.#output += decoder.decode(bytes, { stream: true });
      if (this.#where === undefined && this.#output.includes("Listening on")) {
        this.#where = JSON.parse(readFileSync(join(this.dataDir, "server.json"), "utf8"));
        this.#listening.resolve(true);
      }
    }
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone already.
  }
}

/** Without the settings of whoever runs the drill. */
export function environment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith("TIPWIRE_"));
  return { ...(Object.fromEntries(entries) as Record<string, string>), NO_COLOR: "1" };
}

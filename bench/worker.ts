import { join } from "node:path";

/** A process of a benchmark: started with an IPC channel, asked by name, answering one value a question. */
export class Worker implements AsyncDisposable {
  readonly #child: Bun.Subprocess<"ignore", "inherit", "inherit">;
  readonly #open = new Map<number, { resolve: (value: unknown) => void; reject: (fault: Error) => void }>();
  #asked = 0;

  constructor(file: string, command: readonly string[] = [process.execPath, "--no-env-file"]) {
    this.#child = Bun.spawn([...command, file], {
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
      serialization: "json",
      ipc: (message) => this.#answered(message as Answer),
      onExit: (_, code, signal) => this.#answered({ id: undefined, fault: `${file} ended with ${signal ?? code}` }),
    });
  }

  /** A process of Node's; packages are its own to load. */
  static async onNode(file: string): Promise<Worker> {
    const node = Bun.which("node");
    if (node === null) throw new Error("There is no node here.");
    // Node 20 reads no TypeScript.
    const built = await Bun.build({
      entrypoints: [file],
      outdir: join(import.meta.dir, "dist"),
      target: "node",
      packages: "external",
      naming: "[name].mjs",
    });
    const [script] = built.outputs;
    if (script === undefined) throw new Error(`${file} was not built`);
    return new Worker(script.path, [node, "--expose-gc"]);
  }

  get pid(): number {
    return this.#child.pid;
  }

  ask<T>(command: string, argument: unknown = null): Promise<T> {
    const id = ++this.#asked;
    return new Promise<unknown>((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      this.#child.send({ id, command, argument } satisfies Question);
    }) as Promise<T>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.disconnect();
    await this.#child.exited;
  }

  #answered(answer: Answer): void {
    for (const [id, { resolve, reject }] of this.#open) {
      if (answer.id !== undefined && answer.id !== id) continue;
      this.#open.delete(id);
      if (answer.fault === undefined) resolve(answer.value);
      else reject(new Error(answer.fault));
    }
  }
}

interface Question {
  readonly id: number;
  readonly command: string;
  readonly argument: unknown;
}

interface Answer {
  /** `undefined`: to all that was asked. */
  readonly id: number | undefined;
  readonly value?: unknown;
  readonly fault?: string;
}

type Command = (argument: never) => unknown;

/** The other end: answers until whoever asks is gone. `end` cleans up. */
export function answerQuestions(
  commands: Readonly<Record<string, Command>>,
  end: () => unknown = () => undefined,
): void {
  process.on("message", async ({ id, command, argument }: Question) => {
    try {
      const value = await (command === "cpu" ? cpuMilliseconds() : commands[command]?.(argument as never));
      process.send?.({ id, value } satisfies Answer);
    } catch (fault) {
      process.send?.({
        id,
        fault: fault instanceof Error ? (fault.stack ?? fault.message) : String(fault),
      } satisfies Answer);
    }
  });
  process.on("disconnect", async () => {
    await end();
    process.exit(0);
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
}

/** What every process answers to "cpu": its processor time so far. */
function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Milliseconds that processes of one machine can compare. */
export function sharedNow(): number {
  return performance.timeOrigin + performance.now();
}

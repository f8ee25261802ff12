/** The real program as a process of its own, on a data directory of its own. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programFile, sources } from "./program-file.ts";

export interface ProgramOptions {
  /** 0: any free one. */
  readonly port?: number;
  /** Left in place afterwards; without it a temporary one, which goes with `stop()`. */
  readonly dataDir?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A file that runs in the process before the program does. */
  readonly preload?: string;
}

export interface Program {
  readonly url: string;
  readonly port: number;
  /** The administrator's. */
  readonly key: string;
  readonly pid: number;
  readonly dataDir: string;
  /** What it has printed so far, on both streams. */
  output(): string;
  /** Asks it to end as Ctrl-C does; gives its exit code. Throws if it takes longer than it may. */
  stop(): Promise<number>;
  /** `kill -9`: the data directory stays. */
  kill(): Promise<void>;
  /** Resolves when it has ended, however it did. */
  readonly ended: Promise<unknown>;
  /** Runs a command against it: `tipwire("send", "main", "--amount", "5.00")`. */
  tipwire(...args: string[]): Promise<Finished>;
  /** The same with `--json`, parsed. Throws when it failed. */
  tipwireJson<T = Record<string, unknown>>(...args: string[]): Promise<T>;
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const startWithin = 20_000;
const stopWithin = 5000;

/** Starts it and waits until it listens. Throws with what it printed if it does not. */
export async function startProgram(options: ProgramOptions = {}): Promise<Program> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "tipwire-program-"));
  const flags = ["--port", String(options.port ?? 0), "--data-dir", dataDir, ...(options.args ?? [])];
  // What is preloaded knows the sources' modules.
  const file = options.preload === undefined ? [programFile] : ["--preload", options.preload, sources];
  const child = Bun.spawn([process.execPath, "--no-env-file", ...file, "serve", ...flags], {
    cwd: dataDir,
    env: { ...cleanEnv(), ...options.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  let printed = "";
  const listening = Promise.withResolvers<void>();
  const take = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      printed += decoder.decode(bytes, { stream: true });
      if (printed.includes("Listening")) listening.resolve();
    }
  };
  const read = Promise.all([take(child.stdout), take(child.stderr)]);
  read.then(() => listening.reject(new Error(`The program did not start:\n${printed}`)));
  const tooLate = setTimeout(() => child.kill("SIGKILL"), startWithin);
  await listening.promise.finally(() => clearTimeout(tooLate));

  const { url, key, pid } = JSON.parse(readFileSync(join(dataDir, "server.json"), "utf8"));
  const tipwire = (...args: string[]) => runTipwire(args, { TIPWIRE_DATA_DIR: dataDir, ...options.env });
  return {
    url,
    key,
    pid,
    dataDir,
    tipwire,
    port: Number(new URL(url).port),
    output: () => printed,
    async stop() {
      child.kill("SIGINT");
      let ended = true;
      const tooLong = setTimeout(() => {
        ended = false;
        child.kill("SIGKILL");
      }, stopWithin);
      const code = await child.exited;
      clearTimeout(tooLong);
      await read;
      if (!ended) throw new Error(`The program did not stop within ${stopWithin} ms:\n${printed}`);
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
      return code;
    },
    ended: child.exited,
    async kill() {
      child.kill("SIGKILL");
      await child.exited;
    },
    async tipwireJson<T>(...args: string[]): Promise<T> {
      const { code, stdout, stderr } = await tipwire(...args, "--json");
      if (code !== 0) throw new Error(`tipwire ${args.join(" ")} ended with ${code}: ${stderr || stdout}`);
      return JSON.parse(stdout) as T;
    },
  };
}

/** Runs the command line, as `npx tipwire` does. `typed`: what comes through a pipe. */
export async function runTipwire(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  typed?: string,
): Promise<Finished> {
  const child = Bun.spawn([process.execPath, "--no-env-file", programFile, ...args], {
    env: { ...cleanEnv(), ...env },
    stdin: typed === undefined ? "ignore" : new TextEncoder().encode(typed),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([textOf(child.stdout), textOf(child.stderr), child.exited]);
  return { code, stdout, stderr };
}

function textOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return new Response(stream).text();
}

/** Without the settings of whoever runs the tests. */
function cleanEnv(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith("TIPWIRE_"));
  return { ...(Object.fromEntries(entries) as Record<string, string>), NO_COLOR: "1" };
}

/** Calls our own API as the administrator. */
export async function api<T>(
  program: Pick<Program, "url" | "key">,
  method: string,
  path: string,
  body?: object,
): Promise<T> {
  const response = await fetch(`${program.url}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${program.key}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

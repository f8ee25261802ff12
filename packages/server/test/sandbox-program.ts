/** `tipwire sandbox` as a process of its own. */
import type { Faults } from "../src/sandbox/faults.ts";
import type { Guide } from "../src/sandbox/guide.ts";
import type { Creator } from "../src/sandbox/world.ts";
import { programFile } from "./program-file.ts";
import { SocketReader } from "./socket-reader.ts";

export interface SandboxProgram extends AsyncDisposable {
  /** On this machine, whatever stands between it and the nodes. */
  readonly url: string;
  /** What it printed with `--json`. */
  readonly guide: Guide;
  readonly pid: number;
  readonly ana: Creator;
  /** A client of Ana's on Tuniform, after its `CONNECTED`. */
  tuniform(): Promise<SocketReader>;
  /** Ana's firehose on Pally. */
  pally(): Promise<SocketReader>;
  state(): Promise<SandboxFacts>;
  donate(donation: object): Promise<{ readonly sent: number }>;
  /** The switches, some of them. */
  faults(some: Partial<Faults>): Promise<void>;
  /** What is done at once. */
  now(what: object): Promise<{ readonly closed: number; readonly damaged: number }>;
  /** Asks it to end as Ctrl-C does; gives its exit code. */
  stop(): Promise<number>;
}

/** What a test looks at in `/sandbox/state`. */
export interface SandboxFacts {
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: Faults;
  readonly sockets: number;
}

/** Starts it on a free port and waits until it has said what to put where. Throws with what it printed if it does not. */
export async function startSandboxProgram(
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<SandboxProgram> {
  const port = flags.includes("--port") ? [] : ["--port", "0"];
  const command = [process.execPath, "--no-env-file", programFile, "sandbox", "--json", ...port, ...flags];
  const child = Bun.spawn(command, {
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const faults = new Response(child.stderr).text();
  const kill = () => child.kill("SIGKILL");
  process.on("exit", kill);
  void child.exited.then(() => process.off("exit", kill));
  const printed = await firstLine(child.stdout);
  if (printed === "") throw new Error(`The sandbox did not start: ${await faults}`);
  const guide = JSON.parse(printed) as Guide;
  const { localUrl: url, env: lines } = guide;
  const ana = guide.creators[0] as Creator;
  const ask = async (path: string, body?: object) => {
    const response = await fetch(url + path, body && { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path} of the sandbox: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const stop = async () => {
    child.kill("SIGINT");
    return child.exited;
  };
  return {
    url,
    guide,
    stop,
    ana,
    pid: child.pid,
    async tuniform() {
      const reader = await SocketReader.open(`${lines["TIPWIRE_TUNIFORM_URL"]}?token=${ana.streamToken}`);
      await reader.next();
      return reader;
    },
    pally: () => SocketReader.open(`${lines["TIPWIRE_PALLY_URL"]}/?auth=${ana.pallyKey}&channel=firehose`),
    state: () => ask("/sandbox/state"),
    donate: (donation) => ask("/sandbox/donations", donation),
    faults: (some) => ask("/sandbox/faults", some),
    now: (what) => ask("/sandbox/now", what),
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

/** `""`: it ended without one. */
async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let printed = "";
  const decoder = new TextDecoder();
  for await (const bytes of stream) {
    printed += decoder.decode(bytes, { stream: true });
    if (printed.includes("\n")) break;
  }
  return printed.slice(0, Math.max(0, printed.indexOf("\n")));
}

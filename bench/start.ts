import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { table } from "../drills/table.ts";
import type { Bench, Figure } from "./bench.ts";
import { interleaved, shown, spread } from "./rounds.ts";
import { scratchDirectory } from "./servers/directory.ts";

const root = join(import.meta.dir, "..");
/** After which a server has done what it does at its start. */
const settled = 2000;

interface Program {
  readonly name: string;
  readonly command: readonly string[];
}

interface Started {
  readonly ms: number;
  /** Resident, MB, `settled` milliseconds later. */
  readonly megabytes: number;
}

/** From the start of the process to its line that it listens, and its memory when nothing happens. */
export const startBench: Bench = {
  name: "start",
  title: "From start to ready, and idle memory of a server that was used before",

  async run(quick: boolean, print: (text: string) => void): Promise<readonly Figure[]> {
    const rounds = quick ? 3 : 5;
    const built = Bun.spawnSync([process.execPath, "--no-env-file", "packages/server/build.ts"], { cwd: root });
    if (!built.success) throw new Error(`The server was not bundled.\n${built.stderr}`);
    const bun = [process.execPath, "--no-env-file"];
    const serve = ["serve", "--host=127.0.0.1", "--port=0"];
    const all: readonly Program[] = [
      { name: "the bundle, dist/tipwire.js", command: [...bun, "packages/server/dist/tipwire.js", ...serve] },
      { name: "bare Bun.serve that listens", command: [...bun, "-e", bareServer] },
      { name: "npm start", command: ["npm", "start", "--silent", "--", ...serve.slice(1)] },
    ];
    // What stands beside it is there to be looked at.
    const programs = quick ? all.slice(0, 1) : all;
    const directory = scratchDirectory();
    try {
      for (const program of programs) await start(program, directory.path, 0);
      const results = await interleaved(programs, rounds, (program) => start(program, directory.path, settled));
      print(
        table([
          ["", "milliseconds to ready", "MB when idle"],
          ...programs.map(({ name }, i) => [
            name,
            shown(spread((results[i] ?? []).map(({ ms }) => ms)), 0),
            shown(spread((results[i] ?? []).map(({ megabytes }) => megabytes)), 1),
          ]),
        ]),
      );
      print(`${rounds} starts of each, alternating; median (least to most)`);
      const [bundle = []] = results;
      const ms = spread(bundle.map(({ ms }) => ms));
      const megabytes = spread(bundle.map(({ megabytes }) => megabytes));
      return [
        {
          what: "start to ready, bundle",
          measured: shown(ms, 0),
          value: ms.median,
          goal: 300,
          better: "less",
          unit: "ms",
        },
        {
          what: "idle memory, bundle",
          measured: shown(megabytes, 1),
          value: megabytes.median,
          goal: 60,
          better: "less",
          unit: "MB",
        },
      ];
    } finally {
      directory.remove();
    }
  },
};

const bareServer = `Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("") }); console.log("Listening");`;

async function start({ command }: Program, dataDir: string, wait: number): Promise<Started> {
  const begun = performance.now();
  const child = Bun.spawn([...command], {
    cwd: root,
    env: { ...process.env, TIPWIRE_DATA_DIR: dataDir, TIPWIRE_LOG: "off" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  await said(child.stdout, "Listening");
  const ms = performance.now() - begun;
  await Bun.sleep(wait);
  // `npm start` is npm, a shell, Node and then the server.
  const pid = serverIn(dataDir) ?? child.pid;
  const megabytes = residentMegabytes(pid);
  process.kill(pid, "SIGTERM");
  await child.exited;
  return { ms, megabytes };
}

function serverIn(dataDir: string): number | undefined {
  const path = join(dataDir, "server.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as { pid: number }).pid : undefined;
}

async function said(output: ReadableStream<Uint8Array>, word: string): Promise<void> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of output) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes(word)) return;
  }
  throw new Error(`It ended without saying ${word}: ${text}`);
}

/** Linux says it; elsewhere the figure is not to be had. */
function residentMegabytes(pid: number): number {
  try {
    const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return Number(line?.[1] ?? Number.NaN) / 1024;
  } catch {
    return Number.NaN;
  }
}

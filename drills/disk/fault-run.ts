import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pause, within } from "../pause.ts";
import { type Finding, judgeServer, judgeStore } from "./found-state.ts";
import { TracedServer } from "./traced-server.ts";

export interface Plan {
  readonly call: string;
  readonly error: "EIO" | "ENOSPC";
  /** Which of the program's calls fail, counted from its start: `7`, or `7..36`. */
  readonly when: string;
  /** Only calls on these files of the data directory; without it on any of them. */
  readonly files?: readonly string[];
  /** Appends to send. */
  readonly appends: number;
  /** Copied first: a start on what an earlier one left. Without it, the first start. */
  readonly template?: string;
  /** Whether what is left is also looked at by starting the program again. */
  readonly restarts: boolean;
}

/** What became of the program. `untouched`: it never came to that call. */
export type End = "refused to start" | "stopped by itself" | "went on" | "untouched";

export interface FaultRun {
  readonly end: End;
  /** Calls that were made to fail. */
  readonly injected: number;
  readonly acknowledged: number;
  /** Appends that were answered `storage_failed`, each sent again until it was taken. */
  readonly refused: number;
  /** Readiness that was denied. */
  readonly unready: number;
  /** What was not as promised, in words. */
  readonly wrong: readonly string[];
}

const allFiles: readonly string[] = ["tipwire.db", "tipwire.db-wal", "tipwire.db-shm", "tipwire.db-journal"].concat(
  ...["lock", "lock-journal", "admin.key", "admin.key.new", "server.json", "server.json.new"],
);
const goesOnWithin = 15_000;

/** One run of the program on a new directory, some of its calls failing, and a look at what it left. */
export async function faultRun(plan: Plan): Promise<FaultRun> {
  const base = mkdtempSync(join(tmpdir(), "tipwire-fault-"));
  const dataDir = join(base, "data");
  const clean = () => rmSync(base, { recursive: true, force: true });
  process.once("exit", clean);
  try {
    if (plan.template !== undefined) cpSync(plan.template, dataDir, { recursive: true });
    const own = plan.files === undefined ? [base, dataDir] : [];
    const paths = [...own, ...(plan.files ?? allFiles).map((file) => join(dataDir, file))];
    const faults = [`${plan.call}:error=${plan.error}:when=${plan.when}`];
    const output = join(base, "calls");
    const server = new TracedServer(base, dataDir, { calls: [plan.call], paths, faults, output });
    const run = new Running(server, plan);
    await run.toItsEnd();
    const injected = failedCalls(output);
    const onlyDirectories = injected.every((line) => /fsync\(\d+<[^>]*\/(data|tipwire-fault-\w+)>/.test(line));
    run.judge(injected.length, plan.call === "fsync" && !onlyDirectories);
    const findings = await look(dataDir, run, plan.restarts);
    for (const { words } of findings) run.wrong.push(...words);
    return { ...run.result(injected.length), injected: injected.length };
  } finally {
    process.off("exit", clean);
    clean();
  }
}

/** A path that holds hexadecimal is read first. */
function failedCalls(output: string): readonly string[] {
  const lines = readFileSync(output, "latin1").split("\n");
  const decoded = (text: string) => Buffer.from(text.replaceAll("\\x", ""), "hex").toString("latin1");
  return lines
    .filter((line) => line.includes("(INJECTED)"))
    .map((line) => line.replaceAll(/(?:\\x[0-9a-f]{2})+/g, decoded));
}

async function look(dataDir: string, run: Running, restarts: boolean): Promise<readonly Finding[]> {
  const { promised } = run;
  mkdirSync(dataDir, { recursive: true });
  const served = restarts ? [await judgeServer(dataDir, promised)] : [];
  return [...served, await judgeStore(dataDir, promised)];
}

class Running {
  readonly promised = {
    acknowledged: new Map<string, string>(),
    shown: new Set<string>(),
    channels: new Set<string>(),
  };
  readonly wrong: string[] = [];
  readonly #server: TracedServer;
  readonly #plan: Plan;
  #listened = false;
  #code: number | undefined;
  #asked = false;
  #refused = 0;
  #unready = 0;

  constructor(server: TracedServer, plan: Plan) {
    this.#server = server;
    this.#plan = plan;
  }

  async toItsEnd(): Promise<void> {
    this.#listened = await this.#server.listens;
    if (!this.#listened) {
      this.#code = await this.#server.exited(goesOnWithin);
      return;
    }
    if (await this.#feed()) {
      this.#asked = true;
      this.#code = await this.#server.stop();
    } else {
      this.#code = await this.#server.exited(2000);
      if (this.#code === undefined) this.wrong.push("appends were not taken again, and it did not stop");
      this.#server.end();
    }
  }

  judge(injected: number, mustStop: boolean): void {
    const { output } = this.#server;
    const wrong = (words: string) => this.wrong.push(`${words}: ${output.trim().slice(-600)}`);
    if (/\n\s+at .*[:(]|undefined|\[object/.test(output)) wrong("not a plain sentence");
    if (injected === 0) {
      if (this.#code !== 0) wrong(`without a fault it ended with ${this.#code}`);
      return;
    }
    if (!this.#listened && (this.#code !== 1 || !/\.\s*$/.test(output))) wrong(`start: exit code ${this.#code}`);
    if (!this.#listened) return;
    const saysWhy = output.includes("The disk failed to keep what was written");
    if (mustStop && (this.#code !== 1 || !saysWhy)) wrong(`a failed sync: exit code ${this.#code}`);
    if (!mustStop && this.#code !== 0 && !(this.#code === 1 && saysWhy)) wrong(`exit code ${this.#code}`);
    if (this.#refused > 0 && this.#plan.when.includes("..") && this.#unready === 0) wrong("readiness was never denied");
  }

  result(injected: number): Omit<FaultRun, "injected"> {
    const { acknowledged } = this.promised;
    const ended = this.#asked && this.#code === 0 ? "went on" : "stopped by itself";
    const end: End = injected === 0 ? "untouched" : this.#listened ? ended : "refused to start";
    return { end, acknowledged: acknowledged.size, refused: this.#refused, unready: this.#unready, wrong: this.wrong };
  }

  /** One append after the other, so that each is a transaction. Whether all were taken. */
  async #feed(): Promise<boolean> {
    if ((await this.#until("/v1/channels", { slug: "drill-0" })) === undefined) return false;
    this.promised.channels.add("drill-0");
    for (let number = 0; number < this.#plan.appends; number++) {
      const name = `c0-${number}`;
      const body = { externalId: name, message: name, name: "Ana", amount: "5.00", currency: "USD" };
      const answer = await this.#until("/v1/channels/drill-0/events", body);
      if (answer === undefined) return false;
      this.promised.acknowledged.set((answer as { id: string }).id, name);
    }
    return this.#totalsCaughtUp();
  }

  /** Sends it until it is taken; `undefined` when the program ends first, or takes nothing for too long. */
  async #until(path: string, body: object): Promise<unknown> {
    const deadline = performance.now() + goesOnWithin;
    while (performance.now() < deadline) {
      const response = await this.#request(path, { method: "POST", body: JSON.stringify(body) });
      if (response === undefined) return undefined;
      const answer = await response.json().catch(() => undefined);
      if (response.ok && answer !== undefined) return answer;
      const code = (answer as { code?: string } | undefined)?.code;
      if (response.status === 409 && code === "name_taken") return answer;
      if (response.status !== 503 || code !== "storage_failed") {
        this.wrong.push(`an append was answered ${response.status} ${JSON.stringify(answer)}`);
        return undefined;
      }
      this.#refused++;
      await this.#askReadiness();
      await pause(3);
    }
    return undefined;
  }

  async #askReadiness(): Promise<void> {
    const ready = await this.#request("/readyz");
    const said = (await ready?.json().catch(() => undefined)) as { status?: string; reason?: string } | undefined;
    if (ready?.status === 503 && said?.status === "failing" && said.reason) this.#unready++;
    else if (ready !== undefined && ready.status !== 200) this.wrong.push(`/readyz said ${JSON.stringify(said)}`);
  }

  async #totalsCaughtUp(): Promise<boolean> {
    const deadline = performance.now() + 8000;
    let count = 0;
    while (performance.now() < deadline) {
      const response = await this.#request("/v1/channels/drill-0");
      if (response === undefined) return false;
      const { totals } = (await response.json()) as { totals: { count: number }[] };
      count = totals[0]?.count ?? 0;
      if (count === this.#plan.appends) return true;
      await pause(20);
    }
    this.wrong.push(`the totals stay at ${count} of ${this.#plan.appends} events`);
    return true;
  }

  /** `undefined` when the program does not answer any more. */
  async #request(path: string, init: RequestInit = {}): Promise<Response | undefined> {
    const { url, key } = this.#server;
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    return within(
      fetch(`${url}${path}`, { ...init, headers }).catch(() => undefined),
      10_000,
    );
  }
}

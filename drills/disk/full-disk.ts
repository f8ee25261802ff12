import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Program, startProgram } from "../../packages/server/test/program.ts";
import { pause } from "../pause.ts";
import { judgeStore } from "./found-state.ts";

export interface FullDisk {
  /** What was seen, as a line for the record; or why it could not be tried. */
  readonly said: string;
  readonly acknowledged: number;
  readonly wrong: readonly string[];
}

const ballastBytes = 1_000_000;

/** A real disk that runs full under the program, twice, and gets space again. */
export async function fullDisk(print: (line: string) => void): Promise<FullDisk> {
  const base = mkdtempSync(join(tmpdir(), "tipwire-full-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=2500k", "tmpfs", base], { encoding: "utf8" });
  if (mounted.status !== 0) {
    rmSync(base, { recursive: true });
    const reason = (mounted.stderr ?? mounted.error?.message ?? "").trim();
    return { said: `a full disk: not tried, none may be mounted here (${reason})`, acknowledged: 0, wrong: [] };
  }
  const unmount = () => {
    spawnSync("umount", ["-l", base]);
    rmSync(base, { recursive: true, force: true });
  };
  process.once("exit", unmount);
  try {
    return await onMount(base, print);
  } finally {
    process.off("exit", unmount);
    unmount();
  }
}

async function onMount(base: string, print: (line: string) => void): Promise<FullDisk> {
  const wrong: string[] = [];
  const dataDir = join(base, "data");
  mkdirSync(dataDir);
  const rest = join(base, "rest");
  fillUp(rest);
  const refusal = await startProgram({ dataDir }).then(
    async (program) => {
      await program.kill();
      return "it started";
    },
    (fault: Error) => fault.message.split("\n").slice(1).join(" ").trim(),
  );
  if (!/^The d.*\w\.$/.test(refusal)) wrong.push(`a start on it: ${refusal}`);
  else print(`a start on a full disk: ${refusal.replaceAll(dataDir, "DIR")}`);
  rmSync(rest);

  const ballast = join(base, "ballast");
  writeFileSync(ballast, new Uint8Array(ballastBytes));
  const program = await startProgram({ dataDir });
  const acknowledged = new Map<string, string>();
  const sent = { count: 0 };
  await createChannel(program);
  await feedUntilUnready(program, acknowledged, sent, wrong);
  rmSync(ballast);
  const first = await readyAgain(program, wrong);
  const between = acknowledged.size;
  await feedUntilUnready(program, acknowledged, sent, wrong);
  spawnSync("mount", ["-o", "remount,size=32m", base]);
  const second = await readyAgain(program, wrong);
  const refusedAgain = await append(program, `c0-${sent.count++}`, acknowledged);
  if (refusedAgain !== undefined) wrong.push(`with space again an append was answered ${refusedAgain}`);
  const code = await program.stop().catch((fault: Error) => fault.message);
  if (code !== 0) wrong.push(`it ended with ${code}`);
  const left = await judgeStore(dataDir, { acknowledged, shown: new Set(), channels: new Set(["drill-0"]) });
  wrong.push(...left.words);
  return {
    said: `a full disk (tmpfs): full after ${between} and after ${acknowledged.size - 1} acknowledged appends; with space ready again within ${first} and ${second} ms`,
    acknowledged: acknowledged.size,
    wrong,
  };
}

/** Until not a byte more is taken. */
function fillUp(path: string): void {
  for (let bytes = 1 << 20; bytes >= 1; bytes >>= 1) {
    try {
      for (;;) writeFileSync(path, new Uint8Array(bytes), { flag: "a" });
    } catch (fault) {
      if ((fault as { code?: string }).code !== "ENOSPC") throw fault;
    }
  }
}

async function createChannel({ url, key }: Program): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  await fetch(`${url}/v1/channels`, { method: "POST", headers, body: JSON.stringify({ slug: "drill-0" }) });
}

/** Until the disk is so full that the program says that it is not ready, and keeps to it. */
async function feedUntilUnready(
  program: Program,
  acknowledged: Map<string, string>,
  sent: { count: number },
  wrong: string[],
): Promise<void> {
  const readiness = async () => (await fetch(`${program.url}/readyz`)).status;
  for (let tries = 0, ready = 0; tries < 3000; tries++) {
    const refused = await append(program, `c0-${sent.count++}`, acknowledged);
    if (refused === undefined) continue;
    if (refused !== "503 storage_failed") wrong.push(`an append on a full disk was answered ${refused}`);
    // It may still find room for its own attempt, which then takes that room.
    if ((await readiness()) === 200 && ++ready <= 3) continue;
    for (let again = 0; again < 10; again++) {
      const status = await readiness();
      if (status !== 503) wrong.push(`/readyz says ${status} on a full disk`);
    }
    const alive = await fetch(`${program.url}/healthz`);
    if (alive.status !== 200) wrong.push(`/healthz says ${alive.status} on a full disk`);
    return;
  }
  wrong.push("the disk did not fill up");
}

/** `undefined` when it was taken, else the answer. */
async function append(
  { url, key }: Program,
  name: string,
  acknowledged: Map<string, string>,
): Promise<string | undefined> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const body = JSON.stringify({
    externalId: name,
    message: name.padEnd(200),
    name: "Ana",
    amount: "5.00",
    currency: "USD",
  });
  const response = await fetch(`${url}/v1/channels/drill-0/events`, { method: "POST", headers, body });
  const answer = (await response.json()) as { id: string; code?: string };
  if (!response.ok) return `${response.status} ${answer.code}`;
  acknowledged.set(answer.id, name);
  return undefined;
}

/** How long it took, milliseconds. */
async function readyAgain({ url }: Program, wrong: string[]): Promise<number> {
  const began = performance.now();
  while (performance.now() - began < 5000) {
    if ((await fetch(`${url}/readyz`)).status === 200) return Math.round(performance.now() - began);
    await pause(10);
  }
  wrong.push("it is not ready again 5 s after there was space");
  return 5000;
}

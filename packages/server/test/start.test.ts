import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runTipwire, startProgram } from "./program.ts";

function temporary(): string {
  return mkdtempSync(join(tmpdir(), "tipwire-start-"));
}

/** Starts what cannot start, and gives what it said. */
async function refused(args: readonly string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await runTipwire(["serve", ...args], env);
  expect(stdout).toBe("");
  expect(stderr).not.toMatch(/\n\s+at /);
  return { code, stderr: stderr.trimEnd() };
}

test("a taken port: one plain sentence", async () => {
  const program = await startProgram();
  const dataDir = temporary();
  const { code, stderr } = await refused(["--port", String(program.port), "--data-dir", dataDir]);
  expect(code).toBe(1);
  expect(stderr).toBe(
    `Port ${program.port} is taken by another program. Stop it, or choose another: --port ${program.port + 1}.`,
  );
  await program.stop();
  rmSync(dataDir, { recursive: true });
});

test("a second server on the same data: one plain sentence that says who is there", async () => {
  const program = await startProgram();
  const { code, stderr } = await refused(["--port", "0", "--data-dir", program.dataDir]);
  expect(code).toBe(1);
  expect(stderr).toBe(`Another Tipwire is running on ${program.dataDir} (${program.url}, process ${program.pid}).`);
  await program.stop();
});

test("a directory that cannot be written: one plain sentence", async () => {
  const directory = temporary();
  writeFileSync(join(directory, "file"), "");
  const inside = join(directory, "file", "data");
  const { code, stderr } = await refused(["--port", "0", "--data-dir", inside]);
  expect(code).toBe(1);
  expect(stderr).toStartWith(`The data directory ${inside} cannot be written: `);
  expect(stderr.split("\n")).toHaveLength(1);
  rmSync(directory, { recursive: true });
});

test("a database from a newer version: one plain sentence", async () => {
  const program = await startProgram({ dataDir: temporary() });
  await program.stop();
  const db = new Database(join(program.dataDir, "tipwire.db"));
  db.run("PRAGMA user_version = 99");
  db.close();
  const { code, stderr } = await refused(["--port", "0", "--data-dir", program.dataDir]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^The database .* was written by a newer Tipwire \(schema 99, this one knows \d+\)\..*$/);
  rmSync(program.dataDir, { recursive: true });
});

test("malformed settings: one plain sentence that names the source", async () => {
  const directory = temporary();
  const file = join(directory, "settings");
  writeFileSync(file, "TIPWIRE_PORT=eighty\n");
  const must = "must be a whole number from 0 to 65535, not";
  expect(await refused(["--port", "x"])).toEqual({ code: 1, stderr: `--port ${must} "x".` });
  expect(await refused([], { TIPWIRE_PORT: "70000" })).toEqual({ code: 1, stderr: `TIPWIRE_PORT ${must} "70000".` });
  expect(await refused(["--config", file])).toEqual({ code: 1, stderr: `TIPWIRE_PORT in ${file} ${must} "eighty".` });
  expect(await refused(["--config", `${file}2`])).toEqual({ code: 1, stderr: `There is no settings file ${file}2.` });
  expect((await refused(["--prot", "1"])).code).toBe(2);
  rmSync(directory, { recursive: true });
});

test("a flag counts before the environment, the environment before the file", async () => {
  const dataDir = temporary();
  const file = join(dataDir, "settings");
  writeFileSync(file, "TIPWIRE_KEEPALIVE=7\nTIPWIRE_PORT=1\n");
  const program = await startProgram({ dataDir, env: { TIPWIRE_CONFIG: file, TIPWIRE_PORT: "2" } });
  const headers = { authorization: `Bearer ${program.key}`, accept: "text/event-stream" };
  const response = await fetch(`${program.url}/v1/channels/main/events`, { headers });
  const { value } = (await response.body?.getReader().read()) ?? {};
  expect(new TextDecoder().decode(value)).toContain('"keepalive":7');
  await program.stop();
  rmSync(dataDir, { recursive: true });
});

test("Ctrl-C: stops within two seconds with code 0, clients get a close that means retry, nothing is lost", async () => {
  const program = await startProgram({ dataDir: temporary() });
  const headers = { authorization: `Bearer ${program.key}` };
  const { streamToken } = await program.tipwireJson<{ streamToken: string }>("channel", "create", "stopping");
  const events = `${program.url}/v1/channels/stopping/events`;
  const ends = [
    new WebSocket(events.replace("http", "ws"), { headers } as never),
    new WebSocket(`${program.url.replace("http", "ws")}/ws?token=${streamToken}`),
    new WebSocket(`${program.url.replace("http", "ws")}/?auth=${program.key}&channel=firehose`),
  ].map(async (socket) => {
    const seen: string[] = [];
    socket.onmessage = ({ data }) => seen.push(JSON.parse(data as string).type);
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    return { seen, closed: new Promise<number>((resolve) => (socket.onclose = ({ code }) => resolve(code))) };
  });
  const [native, tuniform, pally] = await Promise.all(ends);
  const poll = fetch(`${events}?after=head&wait=30`, { headers }).then((response) => response.json());
  const sse = await fetch(events, { headers: { ...headers, accept: "text/event-stream" } });
  const acknowledged: string[] = [];
  let answered = 0;
  const posting = Promise.allSettled(
    Array.from({ length: 200 }, async (_, i) => {
      const body = JSON.stringify({ externalId: `x${i}`, amount: "1.00", currency: "USD" });
      const response = await fetch(events, { method: "POST", headers, body });
      answered++;
      if (response.ok) acknowledged.push(`x${i}`);
    }),
  );
  while (answered < 20) await new Promise((resolve) => setImmediate(resolve));
  const started = performance.now();
  expect(await program.stop()).toBe(0);
  expect(performance.now() - started).toBeLessThan(2000);
  await posting;
  expect([await native?.closed, await tuniform?.closed, await pally?.closed]).toEqual([4000, 1001, 1001]);
  expect(native?.seen.at(-1)).toBe("reconnect");
  expect(await poll).toHaveProperty("cursor");
  expect(await sse.text()).toContain("event: reconnect");
  expect(program.output()).toContain("Everything that was accepted is stored.");

  const again = await startProgram({ dataDir: program.dataDir });
  const page = await fetch(`${again.url}/v1/channels/stopping/events?limit=500`, {
    headers: { authorization: `Bearer ${again.key}` },
  }).then((response) => response.json() as Promise<{ events: { externalId: string }[] }>);
  const stored = new Set(page.events.map(({ externalId }) => externalId));
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(0);
  await again.stop();
  rmSync(program.dataDir, { recursive: true });
});

test("the first start says what to do and shows the overlay's link once; secrets are nobody else's to read", async () => {
  const dataDir = temporary();
  const first = await startProgram({ dataDir });
  expect(first.output()).toMatch(new RegExp(`${first.url}/overlay#[0-9a-f]{64}`));
  expect(first.output()).toContain("npx tipwire send main");
  for (const file of ["server.json", "admin.key", "tipwire.db"]) {
    expect(statSync(join(dataDir, file)).mode & 0o077).toBe(0);
  }
  const key = readFileSync(join(dataDir, "admin.key"), "utf8").trim();
  await first.stop();
  const second = await startProgram({ dataDir });
  expect(second.output()).not.toMatch(/[0-9a-f]{64}/);
  expect(second.key).toBe(key);
  await second.stop();
  rmSync(dataDir, { recursive: true });
});

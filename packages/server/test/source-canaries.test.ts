import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noFaults } from "../src/sandbox/faults.ts";
import { freePort } from "./donationalerts-side.ts";
import { consentInSandbox, Person } from "./person.ts";
import { sharedPostgres } from "./postgres-server.ts";
import { type Program, startProgram } from "./program.ts";
import { type SandboxProgram, startSandboxProgram } from "./sandbox-program.ts";

/**
 * After a whole run with all three platforms nothing that lets anybody in there stands anywhere in clear: database files and
 * their write-ahead log, everything else that the server wrote, its log, a backup, the list of processes.
 */
const stores = {
  sqlite: {
    async start() {
      return {
        settings: {},
        files: (dataDir: string) => filesIn(dataDir),
        async backup(dataDir: string, folder: string) {
          const database = new Database(join(dataDir, "tipwire.db"), { readonly: true });
          database.run(`VACUUM INTO '${join(folder, "backup.db")}'`);
          database.close();
        },
        stop: async () => undefined,
      };
    },
  },
  postgres: {
    async start() {
      const server = await sharedPostgres();
      const url = await server.createDatabase();
      return {
        settings: { TIPWIRE_DATABASE_URL: url, TIPWIRE_SECRET_KEY: "c0ffee".repeat(10).padEnd(64, "0") },
        async files(dataDir: string) {
          // What waits in the server's memory is written too.
          await server.query("CHECKPOINT");
          return [...filesIn(dataDir), ...filesIn(server.dataFolder)];
        },
        backup: async (_: string, folder: string) => writeFileSync(join(folder, "backup.sql"), await server.dump(url)),
        stop: () => server.dropDatabase(url),
      };
    },
  },
};

describe.each(Object.entries(stores))("%s", (_, { start }) => {
  const scratch = mkdtempSync(join(tmpdir(), "tipwire-canaries-"));
  const dataDir = join(scratch, "data");
  mkdirSync(dataDir);
  const seen = new Set<string>();
  let store: Awaited<ReturnType<typeof start>>;
  let sandbox: SandboxProgram;
  let recorder: ReturnType<typeof recorded>;
  let program: Program;
  let processes = "";

  beforeAll(async () => {
    store = await start();
    const port = await freePort();
    const callback = `http://localhost:${port}/api/auth/donationalerts/callback`;
    sandbox = await startSandboxProgram(["--redirect-uri", callback]);
    recorder = recorded(sandbox.url, seen);
    const { DA_TOKEN_URL = "", DA_API_BASE_URL = "" } = sandbox.guide.env;
    const here = (address: string) => address.replace(sandbox.url, `http://localhost:${recorder.port}`);
    const env = {
      ...sandbox.guide.env,
      DA_TOKEN_URL: here(DA_TOKEN_URL),
      DA_API_BASE_URL: here(DA_API_BASE_URL),
      ...store.settings,
    };
    const config = join(scratch, "settings");
    writeFileSync(
      config,
      Object.entries(env)
        .map(([name, value]) => `${name}="${value}"\n`)
        .join(""),
    );
    program = await startProgram({
      port,
      dataDir,
      args: ["--config", config, "--log", "json", "--log-level", "debug"],
    });
    const { API_KEY = "", SESSION_SECRET_KEY = "" } = sandbox.guide.env;
    for (const canary of [API_KEY, SESSION_SECRET_KEY, sandbox.ana.pallyKey, sandbox.ana.streamToken]) seen.add(canary);
  });

  afterAll(async () => {
    await program.stop();
    await recorder.stop(true);
    await sandbox.stop();
    await store.stop();
    rmSync(scratch, { recursive: true });
  });

  test("three platforms are connected, refused, expired, cut off and live again", async () => {
    await consentInSandbox(new Person(), `${program.url}/api/auth/donationalerts/login?channel=main`, "Ana");
    await add("pally", sandbox.ana.pallyKey);
    await add("tuniform", sandbox.ana.streamToken);
    await allLive();
    const before = seen.size;
    await sandbox.now({ expireTokens: true });
    await sandbox.faults({ ...noFaults, malformed: 0.5, duplicate: 0.5 });
    await sandbox.donate({ creator: "ana", name: "Bo", amount: "5.00", currency: "USD", message: "Hello", count: 20 });
    await sandbox.faults({ ...noFaults, tooMany: 1 });
    await sandbox.now({ close: 1012 });
    await waiting();
    await sandbox.faults(noFaults);
    await allLive();
    // A refresh has given another pair, a reconnect other tokens of the socket.
    expect(seen.size).toBeGreaterThan(before + 2);
    processes = commandLines();
  });

  test("in no file, in no line of the log, in no backup, on no command line, however it may be written", async () => {
    await store.backup(dataDir, scratch);
    const backup = filesIn(scratch).filter((path) => path.includes("backup"));
    expect(backup.length).toBe(1);
    const places = [...(await store.files(dataDir)), ...backup].map((path) => ({ path, bytes: readFileSync(path) }));
    places.push({ path: "log", bytes: Buffer.from(program.output()) });
    places.push({ path: "processes", bytes: Buffer.from(processes) });
    expect(places.find(({ path }) => path === "log")?.bytes.length).toBeGreaterThan(0);
    const found = places.flatMap(({ path, bytes }) =>
      [...seen].flatMap((secret) =>
        waysOf(secret)
          .filter((way) => bytes.includes(way))
          .map(() => path),
      ),
    );
    expect(found).toEqual([]);
  });

  test("what looks for them finds one that is there", () => {
    const [secret = ""] = seen;
    for (const before of ["", "a", "ab", "abc"]) {
      const planted = Buffer.from(Buffer.from(`${before}${secret}"}`).toString("base64"));
      expect(waysOf(secret).some((way) => planted.includes(way))).toBe(true);
    }
  });

  async function add(platform: string, key: string): Promise<void> {
    const headers = { authorization: `Bearer ${program.key}` };
    const body = JSON.stringify({ channel: "main", platform, key });
    const added = await fetch(`${program.url}/v1/connections`, { method: "POST", headers, body });
    expect(added.status).toBe(201);
  }

  async function statuses(): Promise<readonly string[]> {
    const headers = { authorization: `Bearer ${program.key}` };
    const answer = await (await fetch(`${program.url}/v1/connections`, { headers })).json();
    return (answer as { connections: { status: string }[] }).connections.map(({ status }) => status);
  }

  async function allLive(): Promise<void> {
    for (let now = await statuses(); now.length < 3 || now.some((each) => each !== "live"); now = await statuses()) {
      await Bun.sleep(50);
    }
  }

  async function waiting(): Promise<void> {
    while (!(await statuses()).includes("waiting")) await Bun.sleep(50);
  }
});

/** A door to the sandbox that keeps every token that goes out of it. */
function recorded(sandbox: string, seen: Set<string>) {
  return Bun.serve({
    hostname: "localhost",
    port: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const { method, headers } = request;
      const body = method === "GET" ? {} : { body: await request.arrayBuffer() };
      const answer = await fetch(sandbox + pathname + search, { method, headers, ...body });
      const text = await answer.text();
      for (const [, token = ""] of text.matchAll(/"\w*token":"([^"]+)"/g)) seen.add(token);
      const type = answer.headers.get("content-type") ?? "text/plain";
      return new Response(text, { status: answer.status, headers: { "content-type": type } });
    },
  });
}

/** A secret as it is, and as programs write bytes. */
function waysOf(secret: string): readonly (string | Buffer)[] {
  const bytes = Buffer.from(secret);
  // Within a longer text it begins at any of three places of a group; the groups at its ends depend on its neighbours.
  const base64 = [0, 1, 2].map((at) =>
    Buffer.concat([Buffer.alloc(at), bytes])
      .toString("base64")
      .slice(4, -4),
  );
  const base64url = base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  return [secret, ...base64, ...base64url, bytes.toString("hex"), Buffer.from(secret, "utf16le")];
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Of every process on this machine. */
function commandLines(): string {
  const of = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8");
    } catch {
      return "";
    }
  };
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(of)
    .join("\n");
}

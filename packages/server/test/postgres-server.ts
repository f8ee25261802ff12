/** A PostgreSQL of the tests' own: the machine's programs on a temporary folder and a free port of 127.0.0.1. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";

const startWithin = 30_000;
const adminDatabase = "postgres";

/**
 * The folder goes when the pipe to this shell closes, however this process ends: nothing is left behind. A word comes through
 * it first where the server is to stop and the folder to stay. What holds the pipe is a child of this shell, since a test
 * that takes too long has the children of its file killed.
 */
const guard =
  'cat | { folder="$1"; shift; "$@" >>"$folder/log" 2>&1 & read -r word; kill -QUIT $! 2>/dev/null; wait $!; [ -n "$word" ] || rm -rf "$folder"; }';

let shared: Promise<PostgresServer> | undefined;
let databases = 0;

/** The one of this process, started when it is first needed, and anew where a test that took too long had it stopped. */
export async function sharedPostgres(): Promise<PostgresServer> {
  const known = shared;
  if ((await known)?.hasEnded && shared === known) shared = undefined;
  shared ??= PostgresServer.start();
  return shared;
}

export class PostgresServer {
  readonly port: number;
  readonly #folder: string;
  #guard: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
  }

  /** Makes a cluster and starts it. Throws a sentence where this machine has no PostgreSQL. */
  static async start(): Promise<PostgresServer> {
    return PostgresServer.#made("initdb", [
      "-U",
      "tipwire",
      "--auth=trust",
      "--encoding=UTF8",
      "--locale=C",
      "--no-sync",
    ]);
  }

  /** Starts a standby that streams from this one by way of `port`; from then on a commit waits for it if it is `synchronous`. */
  async startStandby(synchronous: boolean, port = this.port): Promise<PostgresServer> {
    const from = `host=127.0.0.1 port=${port} user=tipwire`;
    const flags = ["-d", from, "--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"];
    const standby = await PostgresServer.#made("pg_basebackup", flags);
    if (synchronous) {
      await this.query("ALTER SYSTEM SET synchronous_standby_names = '*'");
      await this.query("SELECT pg_reload_conf()");
    }
    const wanted = synchronous ? "sync" : "async";
    await this.#comes(async () => {
      const rows = await this.query<{ as: string }>("SELECT sync_state AS as FROM pg_stat_replication");
      return rows.some((row) => row.as === wanted);
    });
    return standby;
  }

  /** Makes a primary of a standby, as `pg_ctl promote`: it goes on with what it has. */
  async promote(): Promise<void> {
    await asServer("pg_ctl", ["promote", "--wait", "-D", join(this.#folder, "data")], this.#folder);
  }

  /** A server on a folder that `command` fills. */
  static async #made(command: "initdb" | "pg_basebackup", flags: readonly string[]): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), "tipwire-postgres-"));
    // Another user has to come through, and to make its own folder in it.
    chmodSync(folder, 0o777);
    await asServer(command, ["-D", join(folder, "data"), ...flags], folder);
    const server = new PostgresServer(folder, await freePort());
    await server.run();
    return server;
  }

  /** Starts it again after `halt`. */
  async run(): Promise<void> {
    const settings = ["listen_addresses=127.0.0.1", `unix_socket_directories=`, `port=${this.port}`];
    const flags = settings.flatMap((setting) => ["-c", setting]);
    const command = [...asUser(), program("postgres"), "-D", join(this.#folder, "data"), ...flags];
    this.#guard = spawn("sh", ["-c", guard, "sh", this.#folder, ...command], {
      stdio: ["pipe", "ignore", "ignore"],
      cwd: this.#folder,
    });
    this.#guard.unref();
    await this.#comes(() => this.#answers());
  }

  get hasEnded(): boolean {
    return this.#guard === undefined || this.#guard.exitCode !== null || this.#guard.signalCode !== null;
  }

  /** Stops it at once, as `pg_ctl stop -m immediate`: nothing is finished, connections break. */
  halt(): Promise<void> {
    return this.#end("keep\n");
  }

  /** Stops it for good: its folder goes too. */
  drop(): Promise<void> {
    return this.#end("");
  }

  async #end(word: string): Promise<void> {
    const ended = new Promise((resolve) => this.#guard?.once("exit", resolve));
    this.#guard?.stdin?.end(word);
    await ended;
  }

  /** The address of a new, empty database. */
  async createDatabase(): Promise<string> {
    const name = `t${process.pid}_${++databases}`;
    await this.query(`CREATE DATABASE ${name}`);
    return this.url(name);
  }

  async dropDatabase(url: string): Promise<void> {
    await this.query(`DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
  }

  url(database: string): string {
    return `postgres://tipwire:open-sesame@127.0.0.1:${this.port}/${database}`;
  }

  /** Runs a statement on a connection of its own. */
  async query<T extends object>(sql: string, database = adminDatabase): Promise<T[]> {
    const client = new pg.Client({ connectionString: this.url(database), connectionTimeoutMillis: 3000 });
    client.on("error", () => undefined);
    await client.connect();
    try {
      return (await client.query<T>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** A whole database as SQL, as `pg_dump` writes it. */
  async dump(url: string): Promise<string> {
    return (await promisify(execFile)(program("pg_dump"), [url], { maxBuffer: 2 ** 30 })).stdout;
  }

  /** Where everything that it keeps is, write-ahead log included. */
  get dataFolder(): string {
    return join(this.#folder, "data");
  }

  log(): string {
    return readFileSync(join(this.#folder, "log"), "utf8");
  }

  async #comes(fact: () => Promise<boolean>): Promise<void> {
    for (const deadline = performance.now() + startWithin; !(await fact()); ) {
      if (performance.now() > deadline) throw new Error(`PostgreSQL did not start:\n${this.log()}`);
      await new Promise<void>((resolve) => setTimeout(resolve, 30));
    }
  }

  async #answers(): Promise<boolean> {
    return this.query("SELECT 1").then(
      () => true,
      () => false,
    );
  }
}

/** Runs one of PostgreSQL's programs to its end. Throws with what it said where it fails. */
async function asServer(name: string, flags: readonly string[], folder: string): Promise<void> {
  const [command = "", ...args] = [...asUser(), program(name), ...flags];
  await promisify(execFile)(command, args, { cwd: folder }).catch(({ stdout, stderr }) => {
    throw new Error(`${name} failed:\n${stdout}${stderr}`);
  });
}

/** PostgreSQL refuses to run as root: it runs as its own user then, or as nobody. */
function asUser(): string[] {
  if (process.getuid?.() !== 0) return [];
  const user = ["postgres", "nobody"].find((name) => spawnSync("id", [name]).status === 0) ?? "nobody";
  return ["setpriv", `--reuid=${user}`, `--regid=${spawnSync("id", ["-g", user]).stdout}`.trim(), "--clear-groups"];
}

function program(name: string): string {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const path = versions.map((version) => join(debian, version, "bin", name)).find((each) => existsSync(each));
  const found = path ?? Bun.which(name);
  if (found === null) {
    throw new Error(
      `These tests need PostgreSQL 15 or newer, and there is no ${name} on this machine (Debian: apt-get install postgresql).`,
    );
  }
  return found;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

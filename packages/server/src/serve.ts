import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { administratorKey, type FirstChannel, prepareFirstStart } from "./access/first-start.ts";
import { type App, startApp } from "./app.ts";
import type { Config } from "./config.ts";
import type { Clock } from "./core/clock.ts";
import { Refused } from "./core/errors.ts";
import type { Note } from "./core/note.ts";
import { memoryDoorbell } from "./doorbell/memory.ts";
import { Metrics } from "./http/metrics.ts";
import type { PageFile } from "./http/pages.ts";
import type { Surroundings } from "./http/surroundings.ts";
import type { Doorbell } from "./log/doorbell.ts";
import { makeDirectory, writePrivateFile } from "./store/durable-files.ts";
import { lockFile } from "./store/sqlite/lock.ts";
import { openSqliteStore } from "./store/sqlite/open.ts";
import { type Store, StoreUnusable } from "./store/store.ts";

/** Why the server cannot start, as a sentence for a person. */
export class CannotStart extends Error {}

export interface Serving {
  readonly app: App;
  /** Present on the very first start. */
  readonly first: FirstChannel | undefined;
  /** Stops within two seconds: clients are told to come back, what was accepted is stored. */
  stop(): Promise<void>;
}

export interface ServeOptions {
  readonly config: Config;
  readonly clock: Clock;
  /** This process, for people who look for it. */
  readonly pid: number;
  readonly note: Note;
  /** Told when the disk can no longer be trusted: the process must end, and a new start looks at what is there. */
  readonly broken: (reason: string) => void;
  /** Only a sandbox has any. */
  readonly surroundings?: Surroundings;
}

/** Starts the server on its data directory, and on its database if it has one. Throws `CannotStart`. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { config, clock, note } = options;
  const unlock = holdDirectory(config.dataDir);
  try {
    let stopping = false;
    let restarting: Promise<void> | undefined;
    const diverged = () => {
      note("warning", "the database went on in another history: every client is told to come back with its cursor");
      restarting ??= restart().finally(() => {
        restarting = undefined;
      });
    };
    let running = await run(options, diverged);
    const { app, first } = running;
    const restart = async () => {
      await running.stop();
      const again = { ...options, config: { ...config, port: app.port } };
      while (!stopping) {
        try {
          running = await run(again, diverged);
          return;
        } catch (fault) {
          note("error", "the server could not start anew and tries again", { reason: reason(fault) });
          await new Promise<void>((resolve) => clock.after(1000, resolve));
        }
      }
    };
    return {
      app,
      first,
      async stop() {
        stopping = true;
        await restarting;
        await running.stop();
        unlock();
      },
    };
  } catch (fault) {
    unlock();
    throw wording(fault, config) ?? fault;
  }
}

interface Running {
  readonly app: App;
  readonly first: FirstChannel | undefined;
  stop(): Promise<void>;
}

/** One run of the server, from opening its store to closing it. */
async function run(options: ServeOptions, diverged: () => void): Promise<Running> {
  const { config, clock, pid, note, surroundings } = options;
  const metrics = new Metrics();
  const { store, doorbell, close } = await openStore(options, metrics, diverged);
  try {
    const { first, key } = await store.alone(async () => ({
      first: await prepareFirstStart(store.directory),
      key: await keptKey(config.dataDir, (known) => administratorKey(store.directory, known)),
    }));
    const app = await startApp({ config, store, doorbell, clock, files: builtFile, note, metrics, surroundings });
    const running = join(config.dataDir, "server.json");
    try {
      writeKept(running, `${JSON.stringify({ url: localUrl(config, app), key, pid })}\n`);
    } catch (fault) {
      await app.stop();
      throw fault;
    }
    let stopped: Promise<void> | undefined;
    const stop = async () => {
      remove(running, note);
      await app.stop();
      await close();
    };
    return {
      app,
      first,
      stop() {
        stopped ??= stop();
        return stopped;
      },
    };
  } catch (fault) {
    await close();
    throw fault;
  }
}

/** The store that the settings name, and what rings for it. */
async function openStore(
  { config, clock, note, broken }: ServeOptions,
  metrics: Metrics,
  diverged: () => void,
): Promise<{ readonly store: Store; readonly doorbell: Doorbell; close(): Promise<void> }> {
  const { databaseUrl, listenUrl, dataDir } = config;
  const committed = (appends: number, ms: number) => metrics.committed(appends, ms);
  const failing = (reason: string | undefined) => {
    if (reason === undefined) note("info", "the store takes writes again");
    else note("error", "the store takes no writes; nothing is acknowledged meanwhile", { reason });
  };
  if (databaseUrl === "") {
    const doorbell = memoryDoorbell();
    // The data directory is locked.
    const options = { clock, ring: doorbell.ring, isOnly: true, broken, committed, failing };
    const store = openSqliteStore(join(dataDir, "tipwire.db"), options);
    return { store, doorbell, close: () => store.close() };
  }
  // With SQLite its driver would take memory and time to load for nothing.
  const [{ postgresDoorbell }, { openPostgresStore }] = await Promise.all([
    import("./doorbell/postgres.ts"),
    import("./store/postgres/open.ts"),
  ]);
  const nodes = listenUrl === "none" ? undefined : postgresDoorbell({ url: listenUrl || databaseUrl, clock, note });
  if (nodes !== undefined) metrics.watchDoorbell(() => nodes.isWell);
  const doorbell = nodes ?? memoryDoorbell();
  try {
    const store = await openPostgresStore(databaseUrl, { clock, ring: doorbell.ring, committed, failing, diverged });
    const close = async () => {
      await store.close();
      nodes?.stop();
    };
    return { store, doorbell, close };
  } catch (fault) {
    nodes?.stop();
    throw fault;
  }
}

/** Holds the directory for this process: a second server on it would not hear of the first one's events. */
function holdDirectory(dataDir: string): () => void {
  let release: (() => void) | undefined;
  try {
    makeDirectory(dataDir);
    release = lockFile(join(dataDir, "lock"));
  } catch (cause) {
    throw new CannotStart(`The data directory ${dataDir} cannot be written: ${reason(cause)}.`, { cause });
  }
  if (release !== undefined) return release;
  throw new CannotStart(`Another Tipwire is running on ${dataDir}${whoRuns(dataDir)}.`);
}

function whoRuns(dataDir: string): string {
  try {
    const { url, pid } = JSON.parse(readFileSync(join(dataDir, "server.json"), "utf8")) as { url: string; pid: number };
    return ` (${url}, process ${pid})`;
  } catch {
    return "";
  }
}

async function keptKey(dataDir: string, key: (known: string | undefined) => Promise<string>): Promise<string> {
  const path = join(dataDir, "admin.key");
  const known = existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
  const good = await key(known);
  if (good !== known) writeKept(path, `${good}\n`);
  return good;
}

function writeKept(path: string, text: string): void {
  try {
    writePrivateFile(path, text);
  } catch (cause) {
    throw new CannotStart(`The file ${path} cannot be written: ${reason(cause)}.`, { cause });
  }
}

/** What stays keeps nobody from stopping: it is written anew by the next start. */
function remove(path: string, note: Note): void {
  try {
    rmSync(path, { force: true });
  } catch (fault) {
    note("warning", "a file could not be removed", { path, reason: reason(fault) });
  }
}

/** Where programs on this machine find the server, whatever its public address is. */
function localUrl(config: Config, app: App): string {
  const anywhere = ["localhost", "0.0.0.0", "::"].includes(config.host);
  return anywhere ? `http://localhost:${app.port}` : app.url;
}

const contentTypes: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  woff2: "font/woff2",
  mp3: "audio/mpeg",
  txt: "text/plain; charset=utf-8",
};

/** A file of the web pages, as it was built. */
export async function builtFile(name: string): Promise<PageFile | undefined> {
  const contentType = contentTypes[/^[a-z0-9-]+\.(\w+)$/.exec(name)?.[1] ?? ""];
  if (contentType === undefined) return undefined;
  // Beside the bundle; beside the sources otherwise.
  for (const folder of ["web", "../../web/dist"]) {
    const file = Bun.file(join(import.meta.dir, folder, name));
    if (await file.exists()) return { body: await file.bytes(), contentType };
  }
  return undefined;
}

function wording(fault: unknown, { host, port, dataDir, databaseUrl }: Config): CannotStart | undefined {
  if (fault instanceof CannotStart) return fault;
  if (fault instanceof StoreUnusable) return new CannotStart(fault.message, { cause: fault });
  if (fault instanceof Refused && fault.code === "storage_failed") {
    const what = databaseUrl === "" ? `data directory ${dataDir}` : "database";
    return new CannotStart(`The ${what} cannot be written: ${reason(fault.cause)}.`, { cause: fault });
  }
  const { code } = fault as { code?: string };
  if (code === "EADDRINUSE") {
    return new CannotStart(`Port ${port} is taken by another program. Stop it, or choose another: --port ${port + 1}.`);
  }
  if (code === "EACCES") return new CannotStart(`Port ${port} may not be used by this user; choose one above 1023.`);
  if (code?.startsWith("EADDR") || code === "ENOTFOUND") {
    return new CannotStart(`${host} is not an address of this machine; set TIPWIRE_HOST.`);
  }
  return undefined;
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message.replace(/\.$/, "") : String(cause);
}

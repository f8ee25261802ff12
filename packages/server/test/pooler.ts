/** PgBouncer in transaction mode before a PostgreSQL of the tests' own: no two transactions of a client need share a connection. */
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { PostgresServer } from "./postgres-server.ts";

/** To one database: fewer than one node would open by itself. */
export const connections = 4;

export interface Pooler {
  /** The address of the database that `url` names, by way of the pooler. */
  through(url: string): string;
  stop(): Promise<void>;
}

export async function startPooler(server: PostgresServer): Promise<Pooler> {
  const folder = mkdtempSync(join(tmpdir(), "tipwire-pooler-"));
  const port = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const settings = {
    listen_addr: "127.0.0.1",
    listen_port: port.port,
    unix_socket_dir: "",
    auth_type: "any",
    pool_mode: "transaction",
    default_pool_size: connections,
    max_client_conn: 500,
  };
  port.stop(true);
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  const file = join(folder, "pgbouncer.ini");
  const databases = `[databases]\n* = host=127.0.0.1 port=${server.port} user=tipwire\n`;
  writeFileSync(file, `${databases}[pgbouncer]\n${lines.join("\n")}\n`);
  chmodSync(folder, 0o755);
  chmodSync(file, 0o644);
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
  const child = spawn("pgbouncer", ["-q", ...user, file], { stdio: ["ignore", "ignore", "pipe"] });
  let printed = "";
  child.stderr?.on("data", (chunk) => {
    printed += chunk;
  });
  const through = (url: string) => {
    const address = new URL(url);
    address.port = String(settings.listen_port);
    return address.href;
  };
  for (const deadline = performance.now() + 10_000; !(await answers(through(server.url("postgres")))); ) {
    if (performance.now() > deadline) throw new Error(`PgBouncer did not start:\n${printed}`);
    await new Promise<void>((resolve) => setTimeout(resolve, 30));
  }
  return {
    through,
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

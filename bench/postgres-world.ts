/** What the benchmarks on PostgreSQL share: a server of their own, nodes on it, and its channels. */
import { readFileSync } from "node:fs";
import { newStreamToken, sha256 } from "../packages/server/src/access/secrets.ts";
import { PostgresServer } from "../packages/server/test/postgres-server.ts";
import type { MadeChannel } from "./delivery.ts";
import { Worker } from "./worker.ts";

/** A PostgreSQL with its usual settings, on a database with Tipwire's schema once a node was started on it. */
export class World implements AsyncDisposable {
  readonly #server: PostgresServer;
  readonly url: string;
  readonly #workers: Worker[] = [];

  private constructor(server: PostgresServer, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(): Promise<World> {
    const server = await PostgresServer.start();
    return new World(server, await server.createDatabase());
  }

  startNode(): Promise<Worker> {
    return this.#started("start");
  }

  /** A process with a node's store alone. */
  openStore(): Promise<Worker> {
    return this.#started("open");
  }

  async #started(how: "start" | "open"): Promise<Worker> {
    const node = this.use(new Worker(`${import.meta.dir}/servers/postgres-node.ts`));
    await node.ask(how, this.url);
    return node;
  }

  /** A worker that ends with this world. */
  use(worker: Worker): Worker {
    this.#workers.push(worker);
    return worker;
  }

  query<T extends object>(sql: string): Promise<T[]> {
    return this.#server.query<T>(sql, new URL(this.url).pathname.slice(1));
  }

  /** In one statement: there are thousands, and nothing is measured yet. */
  async makeChannels(count: number): Promise<readonly MadeChannel[]> {
    const tokens = Array.from({ length: count }, newStreamToken);
    const hashes = tokens.map((token) => `'${sha256(token)}'`).join(",");
    await this.query("INSERT INTO account (name, administrator) VALUES ('admin', true) ON CONFLICT DO NOTHING");
    const rows = await this.query<{ id: string; slug: string }>(
      `WITH made AS (
        INSERT INTO channel (slug, title, account, kick_username, url, created_at)
          SELECT 'c' || (SELECT coalesce(max(id), 0) FROM channel) + i, '', 1, '', '', 0 FROM generate_series(1, ${count}) AS i
          RETURNING id, slug),
      heads AS (INSERT INTO head SELECT id, 0, 0 FROM made),
      numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS place FROM made),
      tokens AS (
        INSERT INTO stream_token (channel, hash, created_at)
          SELECT id, hash, 0 FROM numbered JOIN unnest(ARRAY[${hashes}]) WITH ORDINALITY AS h (hash, place) USING (place))
      SELECT id, slug FROM made ORDER BY id`,
    );
    await this.query("ANALYZE");
    return rows.map(({ id, slug }, i) => ({ id: Number(id), slug, streamToken: tokens[i] ?? "" }));
  }

  /** Processor time of the server's processes so far, of those too that have ended; milliseconds. */
  async cpu(): Promise<number> {
    const [backend] = await this.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'",
    );
    const postmaster = statOf(backend?.pid ?? 0).parent;
    const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, "utf8").trim().split(" ");
    const { own, ended } = statOf(postmaster);
    return children.reduce((sum, pid) => sum + statOf(Number(pid)).own, own + ended);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of this.#workers.reverse()) await worker[Symbol.asyncDispose]();
    await this.#server.drop();
  }
}

/** Processor time of a process and of its children that have ended, milliseconds; by proc(5), in hundredths of a second there. */
function statOf(pid: number): { readonly parent: number; readonly own: number; readonly ended: number } {
  const fields = textOf(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ").map(Number) ?? [];
  const [, parent = 0] = fields;
  const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields.slice(11);
  return { parent, own: (user + system) * 10, ended: (childrenUser + childrenSystem) * 10 };
}

/** Empty where the process has ended just now. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

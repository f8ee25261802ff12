import { TipwireApi } from "@tipwire/client";
import { type Pooler, startPooler } from "../../packages/server/test/pooler.ts";
import { PostgresServer } from "../../packages/server/test/postgres-server.ts";
import type { Random } from "../../packages/server/test/random.ts";
import { DrilledServer } from "../server.ts";
import { ObservedBrowser } from "./observed-browser.ts";

/** Seconds that an alert is on screen at least: long enough to be killed in. */
const onScreen = 3;

/** Nodes on one store, and a browser with one copy of the same screen at each of them. */
export class StageDrillWorld implements AsyncDisposable {
  static readonly slug = "drill";
  readonly nodes: readonly DrilledServer[];
  readonly browser: ObservedBrowser;
  /** By which nodes' pages each donor was put on screen. */
  readonly seen: ReadonlyMap<string, readonly number[]>;
  readonly #database: Database | undefined;

  private constructor(
    nodes: readonly DrilledServer[],
    browser: ObservedBrowser,
    seen: ReadonlyMap<string, readonly number[]>,
    database: Database | undefined,
  ) {
    this.nodes = nodes;
    this.browser = browser;
    this.seen = seen;
    this.#database = database;
  }

  /** One node keeps SQLite, several share a PostgreSQL, behind PgBouncer in transaction mode if `pooled`. */
  static async start(nodeCount: number, pooled: boolean, random: Random): Promise<StageDrillWorld> {
    const database = nodeCount > 1 ? await startDatabase(pooled) : undefined;
    const shared = database && { env: database.env };
    const nodes: DrilledServer[] = [];
    for (let i = 0; i < nodeCount; i++) nodes.push(await DrilledServer.start(random.fork(), shared));
    const [first] = nodes as [DrilledServer];
    const api = new TipwireApi(first);
    const { slug } = StageDrillWorld;
    await api.createChannel({ slug });
    const overlay = await api.createOverlay(slug);
    const least = { small: onScreen, medium: onScreen, big: onScreen, huge: onScreen };
    await api.changeSettings(slug, { time: { least, pause: 0 } });
    await api.publishSettings(slug);
    const key = new URL(overlay.url ?? "").hash;
    const seen = new Map<string, readonly number[]>();
    const links = nodes.map(({ url }) => `${url}/overlay/drill${key}`);
    const browser = await ObservedBrowser.open(links, (name, page) => {
      seen.set(name, [...(seen.get(name) ?? []), page]);
    });
    return new StageDrillWorld(nodes, browser, seen, database);
  }

  /** Of a node that is there. */
  api(node = 0): TipwireApi {
    const { url, key } = this.nodes[node] as DrilledServer;
    return new TipwireApi({ url, key });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    for (const node of this.nodes) await node[Symbol.asyncDispose]();
    await this.#database?.pooler?.stop();
    await this.#database?.postgres.drop();
  }
}

interface Database {
  readonly postgres: PostgresServer;
  readonly pooler: Pooler | undefined;
  /** What leads a node to it. */
  readonly env: Readonly<Record<string, string>>;
}

async function startDatabase(pooled: boolean): Promise<Database> {
  const postgres = await PostgresServer.start();
  const pooler = pooled ? await startPooler(postgres) : undefined;
  const url = await postgres.createDatabase();
  const env = {
    TIPWIRE_DATABASE_URL: pooler?.through(url) ?? url,
    TIPWIRE_LISTEN_URL: url,
    TIPWIRE_SECRET_KEY: "ab".repeat(32),
  };
  return { postgres, pooler, env };
}

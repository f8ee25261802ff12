import { TipwireApi } from "@tipwire/client";
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
  /** How often each donor was put on screen. */
  readonly seen: ReadonlyMap<string, number>;
  readonly #postgres: PostgresServer | undefined;

  private constructor(
    nodes: readonly DrilledServer[],
    browser: ObservedBrowser,
    seen: ReadonlyMap<string, number>,
    postgres: PostgresServer | undefined,
  ) {
    this.nodes = nodes;
    this.browser = browser;
    this.seen = seen;
    this.#postgres = postgres;
  }

  /** One node keeps SQLite, several share a PostgreSQL. */
  static async start(nodeCount: number, random: Random): Promise<StageDrillWorld> {
    const postgres = nodeCount > 1 ? await PostgresServer.start() : undefined;
    const shared = postgres && {
      env: { TIPWIRE_DATABASE_URL: await postgres.createDatabase(), TIPWIRE_SECRET_KEY: "ab".repeat(32) },
    };
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
    const seen = new Map<string, number>();
    const links = nodes.map(({ url }) => `${url}/overlay/drill${key}`);
    const browser = await ObservedBrowser.open(links, (name) => seen.set(name, (seen.get(name) ?? 0) + 1));
    return new StageDrillWorld(nodes, browser, seen, postgres);
  }

  /** Of a node that is there. */
  api(node = 0): TipwireApi {
    const { url, key } = this.nodes[node] as DrilledServer;
    return new TipwireApi({ url, key });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    for (const node of this.nodes) await node[Symbol.asyncDispose]();
    await this.#postgres?.drop();
  }
}

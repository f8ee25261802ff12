import { FaultProxy } from "../../packages/server/test/fault-proxy.ts";
import type { PostgresServer } from "../../packages/server/test/postgres-server.ts";
import type { Random } from "../../packages/server/test/random.ts";
import { Feeder } from "../feeder.ts";
import { followerKinds } from "../followers/kinds.ts";
import { Ledger } from "../ledger.ts";
import type { Stretch } from "../machine.ts";
import { within } from "../pause.ts";
import { DrilledServer } from "../server.ts";
import type { LoggedRecord } from "../verdict.ts";
import { TimedFollower } from "./timed-follower.ts";

/** Appends without an answer, after which the feeder waits. */
const openAtMost = 80;

export interface WorldOptions {
  /** Without it there is one node, on its own SQLite. */
  readonly postgres?: PostgresServer;
  readonly nodes: number;
  readonly channels: number;
  /** Events a second, over all channels. */
  readonly rate: number;
  readonly random: Random;
  /** A file that runs in every node's process before the program does. */
  readonly preload?: string;
}

/** One node, and what stands between it and the database on the connection of its doorbell. */
export interface Node {
  readonly server: DrilledServer;
  /** Its environment: where the database is. */
  readonly env: Readonly<Record<string, string>>;
  readonly doorbell?: FaultProxy;
}

/**
 * Several nodes on one database, each behind a proxy; a feeder that sends to any of them, and again to another; and on every
 * channel one follower of each kind, which goes to another node whenever its connection ends.
 */
export class NodesWorld implements AsyncDisposable {
  readonly ledger = new Ledger();
  readonly feeder: Feeder;
  readonly followers: readonly TimedFollower[];
  readonly nodes: readonly Node[];
  readonly slugs: readonly string[];
  /** What leads every node to the database. */
  readonly database: FaultProxy | undefined;
  /** While the database was away. */
  readonly outages: Stretch[] = [];

  private constructor(
    database: FaultProxy | undefined,
    nodes: readonly Node[],
    channels: readonly { readonly slug: string; readonly streamToken: string }[],
    { rate, random }: WorldOptions,
  ) {
    this.database = database;
    this.nodes = nodes;
    this.slugs = channels.map(({ slug }) => slug);
    const key = this.first.key;
    const anyNode = random.fork();
    const feeding = { key, slugs: this.slugs, rate, random: random.fork(), openAtMost };
    this.feeder = new Feeder(
      withAddress(feeding, () => this.any(anyNode).server.url),
      this.ledger,
    );
    this.followers = channels.flatMap(({ slug, streamToken }, channel) =>
      Object.entries(followerKinds).map(([kind, sessions]) => {
        const session = sessions[channel % sessions.length];
        if (session === undefined) throw new Error(`There is no follower of the kind ${kind}.`);
        const following = { slug, key, streamToken, random: random.fork() };
        return new TimedFollower(kind, channel, session, withAddress(following, this.#wandering(random.fork())));
      }),
    );
  }

  static async start(options: WorldOptions): Promise<NodesWorld> {
    const { postgres, random, preload } = options;
    const database = postgres && (await FaultProxy.start(postgres.port));
    const url = postgres && (await postgres.createDatabase());
    const through = (proxy: FaultProxy) => url?.replace(`:${postgres?.port}/`, `:${proxy.port}/`) ?? "";
    const nodes = await Promise.all(
      Array.from({ length: options.nodes }, async () => {
        const doorbell = postgres && (await FaultProxy.start(postgres.port));
        const env: Record<string, string> =
          database && doorbell
            ? { TIPWIRE_DATABASE_URL: through(database), TIPWIRE_LISTEN_URL: through(doorbell) }
            : {};
        const drilled = { env, ...(preload !== undefined && { preload }) };
        const server = await DrilledServer.start(random.fork(), drilled);
        return { server, env, ...(doorbell && { doorbell }) };
      }),
    );
    const channels = (await nodes[0]?.server.api.createChannels(options.channels)) ?? [];
    return new NodesWorld(database, nodes, channels, options);
  }

  get first(): DrilledServer {
    return (this.nodes[0] as Node).server;
  }

  any(random: Random): Node {
    return this.nodes[random.below(this.nodes.length)] as Node;
  }

  begin(): void {
    for (const follower of this.followers) follower.start();
    this.feeder.start();
  }

  /** Feeds no more; gives the logs when everything is acknowledged. */
  async finish(): Promise<readonly (readonly LoggedRecord[])[]> {
    await this.feeder.finish(40_000);
    return this.first.api.logs(this.slugs);
  }

  /** Every node and proxy leads to another server from now on. */
  leadTo({ port }: PostgresServer): void {
    for (const proxy of this.#proxies()) {
      proxy.target = port;
      proxy.cut();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.followers.map((follower) => follower.stop()));
    await Promise.all(this.nodes.map(({ server }) => within(server[Symbol.asyncDispose](), 5000)));
    for (const proxy of this.#proxies()) proxy.stop();
  }

  #proxies(): readonly FaultProxy[] {
    const all = [this.database, ...this.nodes.map(({ doorbell }) => doorbell)];
    return all.filter((proxy) => proxy !== undefined);
  }

  /** Another node each time, if there is another. */
  #wandering(random: Random): () => string {
    let at = random.below(this.nodes.length);
    return () => {
      at = (at + 1 + random.below(Math.max(1, this.nodes.length - 1))) % this.nodes.length;
      return (this.nodes[at] as Node).server.url;
    };
  }
}

/** `url` is asked for at every use. */
function withAddress<T extends object>(options: T, url: () => string): T & { readonly url: string } {
  return Object.defineProperty(options, "url", { get: url }) as T & { readonly url: string };
}

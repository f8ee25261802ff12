import { newSecretKey, openVault } from "../src/access/vault.ts";
import type { Clock } from "../src/core/clock.ts";
import type { LogRecord } from "../src/core/record.ts";
import { memoryDoorbell } from "../src/doorbell/memory.ts";
import type { ConnectionState, ConnectionStatus, SourcePlatform } from "../src/intake/connection.ts";
import { type StoredConnection, secretOf } from "../src/intake/connections.ts";
import { Ingest } from "../src/intake/ingest.ts";
import type { Noted, Quarantined } from "../src/intake/quarantine.ts";
import type { AcceptedAccess, SourceFactories } from "../src/intake/source-factory.ts";
import { Supervisor } from "../src/intake/supervisor.ts";
import type { Doorbell } from "../src/log/doorbell.ts";
import { NodeSession } from "../src/log/node-session.ts";
import type { Store } from "../src/store/store.ts";
import { databases } from "./databases.ts";
import { settled } from "./virtual-clock.ts";

export interface SourceRoomOptions {
  readonly clock: Clock;
  readonly factories: SourceFactories;
  readonly database?: keyof typeof databases;
}

/** A node that runs sources, with one channel, over a store of its own. */
export class SourceRoom {
  readonly store: Store;
  readonly doorbell: Doorbell;
  readonly channel: number;
  /** As the counter of what is missing has it. */
  missing = 0;
  readonly #options: SourceRoomOptions;
  readonly #vault = openVault({ setting: newSecretKey(), kept: undefined });
  readonly #node: NodeSession;
  readonly #supervisor: Supervisor;
  readonly #drop: () => Promise<void>;

  private constructor(
    options: SourceRoomOptions,
    store: Store,
    doorbell: Doorbell,
    channel: number,
    drop: () => Promise<void>,
  ) {
    const { clock, factories } = options;
    this.#options = options;
    this.store = store;
    this.doorbell = doorbell;
    this.channel = channel;
    this.#drop = drop;
    this.#node = new NodeSession({ sessions: store.nodeSessions, clock, name: "a node", monotonic: () => clock.now() });
    this.#supervisor = new Supervisor({
      connections: store.connections,
      ingest: new Ingest(store.log, store.quarantine),
      vault: this.#vault,
      clock,
      random: () => 0,
      node: this.#node,
      doorbell,
      note: () => undefined,
      factories,
      tally: {
        quarantined: () => undefined,
        reconciled: (_, newlyMissing) => {
          this.missing += newlyMissing;
        },
      },
    });
  }

  static async open(options: SourceRoomOptions): Promise<SourceRoom> {
    const database = await (databases[options.database ?? "sqlite"] as (typeof databases)[string])();
    const doorbell = memoryDoorbell();
    const store = await database.open(doorbell.ring, options.clock);
    const account = await store.directory.createAccount("ann", false);
    if (account === "name-taken") throw new Error("taken");
    const channel = await store.directory.createChannel("ann", account.id, { title: "", kickUsername: "", url: "" });
    if (channel === "name-taken") throw new Error("taken");
    const room = new SourceRoom(options, store, doorbell, channel.id, () => database.drop());
    await room.#node.beat();
    return room;
  }

  /** As a person connects it on the command line. */
  async connect(platform: SourcePlatform, key: string, page = ""): Promise<StoredConnection> {
    const accepted = this.#options.factories[platform]?.accept({ slug: "ann", key, page });
    if (typeof accepted !== "object") throw new Error(accepted);
    return this.keep(platform, accepted);
  }

  /** Keeps what a person gave, or a login, and begins. */
  async keep(platform: SourcePlatform, { account, name, secret }: AcceptedAccess): Promise<StoredConnection> {
    const wish = { channel: this.channel, platform, account, name };
    const made = await this.store.connections.create(wish, (id) => this.#vault.seal(secret, secretOf(id)));
    if (made === "account-taken") throw new Error(made);
    await this.#supervisor.look();
    return made;
  }

  /** As a person stops it; resolves when it has stopped. */
  async stop(id: number): Promise<void> {
    await this.store.connections.setWanted(id, false);
    await this.#supervisor.look();
    await this.state(id, "stopped");
  }

  async start(id: number): Promise<void> {
    await this.store.connections.setWanted(id, true);
    await this.#supervisor.look();
  }

  /** A person brings another secret. */
  async authorize(id: number, secret: string): Promise<void> {
    await this.store.connections.authorize(id, this.#vault.seal(secret, secretOf(id)));
    await this.#supervisor.look();
  }

  async connection(id: number): Promise<StoredConnection> {
    const found = await this.store.connections.find(id);
    if (found === undefined) throw new Error("there is no such connection");
    return found;
  }

  /** Its state once it has that status. */
  async state(id: number, status: ConnectionStatus): Promise<ConnectionState> {
    return this.until(async () => {
      const { state } = await this.connection(id);
      return state?.status === status ? state : undefined;
    });
  }

  /** The records of the channel once there are so many. */
  async records(count: number): Promise<readonly LogRecord[]> {
    return this.until(async () => {
      const found = await this.all();
      return found.length >= count ? found : undefined;
    });
  }

  async all(): Promise<readonly LogRecord[]> {
    const found: LogRecord[] = [];
    for (;;) {
      const page = await this.store.log.read(this.channel, found.length, 500);
      if (page.length === 0) return found;
      found.push(...page);
    }
  }

  async quarantined(id: number, count: number): Promise<readonly Quarantined[]> {
    return this.until(async () => {
      const found = await this.store.quarantine.list(id, 0, 500);
      return found.length >= count ? found : undefined;
    });
  }

  /** What was no event, newest first. */
  async noted(id: number, count: number): Promise<readonly Noted[]> {
    return this.until(async () => {
      const found = await this.store.quarantine.notes(id);
      return found.length >= count ? found : undefined;
    });
  }

  /** What `find` finds, as soon as it does; fails after twenty seconds. */
  async until<T>(find: () => Promise<T | undefined>): Promise<T> {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const found = await find();
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new Error("waited in vain");
      await settled();
    }
  }

  async close(): Promise<void> {
    await this.#supervisor.stop();
    await this.#node.stop();
    await this.store.close();
    await this.#drop();
  }
}

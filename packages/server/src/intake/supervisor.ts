import type { Doorbell } from "../log/doorbell.ts";
import { beatEvery, type NodeSession } from "../log/node-session.ts";
import type { ConnectionState } from "./connection.ts";
import { holdingOf, type StoredConnection } from "./connections.ts";
import type { SourceFactories } from "./source-factory.ts";
import { SupervisedConnection, type SupervisionRoom } from "./supervised-connection.ts";

export interface SupervisorOptions extends SupervisionRoom {
  readonly node: NodeSession;
  readonly doorbell: Doorbell;
  readonly factories: SourceFactories;
}

/** What sources have to say goodbye when the server stops, and what a secret that is on its way has to arrive; milliseconds. */
const goodbyeWithin = 1000;
const secretWithin = 35_000;

/** Connections that are taken at once: the store has others to serve meanwhile. */
const takenAtOnce = 4;

/** A connection that this node runs, as it is now. */
export interface RunningConnection {
  readonly connection: StoredConnection;
  readonly state: ConnectionState;
}

/**
 * Runs the sources of the connections that this node holds: takes what is wanted and free, and follows what people change.
 * It looks at the store once a beat and at every ring, so a dead node's connections go on here after its session has ended.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #running = new Map<number, SupervisedConnection>();
  readonly #stops: (() => void)[];
  /** Of the topic, when the connections were read last. */
  #version = 0;
  #looking: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  /** Whether it was said that this node has no key. */
  #keyless = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#stops = [
      options.doorbell.listen((topic) => {
        if (topic === "connections") void this.look();
      }),
      options.clock.every(beatEvery, () => void this.look()),
    ];
    // Nothing can be held before the node's first beat was heard.
    void options.node.beat().then(() => this.look());
  }

  running(): readonly RunningConnection[] {
    return [...this.#running.values()].map(({ connection, state }) => ({ connection, state }));
  }

  /** Looks at the store now; resolves when what was there then is acted on. */
  async look(): Promise<void> {
    this.#again = true;
    this.#looking ??= this.#lookAll().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  /**
   * Ends every source and lets go of every connection; what takes too long ends with the node's session. What a platform is
   * about to give is waited for, since it may take no other secret afterwards.
   */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const stop of this.#stops) stop();
    await this.#within(goodbyeWithin, this.#end());
    const running = [...this.#running.values()];
    await this.#within(secretWithin, Promise.all(running.map((each) => each.secretIsSafe())));
  }

  /** Resolves with what is done, or so many milliseconds later. */
  #within(ms: number, done: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const forget = this.#options.clock.after(ms, resolve);
      void done.then(() => {
        forget();
        resolve();
      });
    });
  }

  /** What runs is told at once, lest it ask for a secret now; what is just being taken, as soon as it is. */
  async #end(): Promise<void> {
    this.#stopRunning();
    await this.#looking;
    this.#stopRunning();
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  #stopRunning(): void {
    for (const each of this.#running.values()) each.stop("waiting", "The server was stopped.");
  }

  async #lookAll(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      // A store that does not answer is looked at again a beat later.
      await this.#lookOnce().catch(() => undefined);
    }
  }

  async #lookOnce(): Promise<void> {
    const { connections, vault, note } = this.#options;
    const { version, free } = await connections.glance();
    if (version !== this.#version) this.#follow(await connections.list());
    this.#version = version;
    if (free.length > 0 && !vault.ready) {
      if (!this.#keyless) note("error", "there are connections, and this node runs none: set TIPWIRE_SECRET_KEY");
      this.#keyless = true;
      return;
    }
    const wanted = free.filter((id) => !this.#running.has(id));
    for (let i = 0; i < wanted.length && !this.#stopped; i += takenAtOnce) {
      // What the store did not answer is free at the next look, too. Each is waited for, lest one be taken twice.
      await Promise.allSettled(wanted.slice(i, i + takenAtOnce).map((id) => this.#take(id)));
    }
  }

  #follow(stored: readonly StoredConnection[]): void {
    const byId = new Map(stored.map((each) => [each.id, each]));
    for (const [id, running] of this.#running) {
      const now = byId.get(id);
      if (now === undefined) running.stop("stopped", "");
      else running.changed(now);
    }
  }

  async #take(id: number): Promise<void> {
    const { connections, factories, node } = this.#options;
    const stored = await connections.find(id);
    const factory = stored && factories[stored.platform];
    if (stored === undefined || factory === undefined) return;
    const holding = await node.hold(holdingOf(id));
    if (holding === undefined) return;
    const supervised = new SupervisedConnection(this.#options, factory, stored, holding);
    this.#running.set(id, supervised);
    void supervised.done.then(() => {
      this.#running.delete(id);
      if (!this.#stopped) void this.look();
    });
  }
}

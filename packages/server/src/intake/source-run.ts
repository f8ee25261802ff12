import type { Clock } from "../core/clock.ts";
import { Refused } from "../core/errors.ts";
import type { Arrival } from "../core/event.ts";
import type { Vault } from "../core/vault.ts";
import type { Holding } from "../log/node-session.ts";
import type { Connection } from "./connection.ts";
import { type Connections, secretOf } from "./connections.ts";
import type { Ingest } from "./ingest.ts";
import type { Source, SourceEnd, SourceSession, Taken, TakenItem } from "./source.ts";

/** What a run works with. */
export interface RunRoom {
  readonly connections: Connections;
  readonly ingest: Ingest;
  readonly vault: Vault;
  readonly clock: Clock;
}

export interface SourceRunOptions {
  readonly room: RunRoom;
  readonly connection: Connection;
  readonly holding: Holding;
  readonly memory: string;
  /** Milliseconds without a sound after which the platform counts as dead. */
  readonly silence: number;
  /** Told what the source says, as long as the run is not over. */
  readonly listener: RunListener;
}

export interface RunListener extends Pick<SourceSession, "live" | "heard" | "tell" | "gap"> {
  remembered(memory: string): void;
  identified(account: string, name: string): void;
  taken(taken: Taken): void;
}

/** What a source has to finish after it was told to end; then it is given up, and may say what it wants. */
const patience = 5000;

/** Between two tries to store a new secret, milliseconds; so many are made once the run is over. */
const secretRetry = 1000;
const triesAfterEnd = 5;

/** One run of a source, from its first word to its last: nothing that it says later has an effect. */
export class SourceRun implements SourceSession {
  readonly connection: Connection;
  readonly signal: AbortSignal;
  readonly memory: string;
  readonly #options: SourceRunOptions;
  readonly #controller = new AbortController();
  /** Why the run was ended, where it was not the source that did. */
  #forced: SourceEnd | undefined;
  #heardAt: number;
  #unwatch: () => void = () => undefined;
  #secretVersion = 0;
  /** Settles, without rejecting, when a secret that is on its way is stored, or is known not to come. */
  #replaced: Promise<unknown> = Promise.resolve();

  constructor(options: SourceRunOptions) {
    this.#options = options;
    this.connection = options.connection;
    this.memory = options.memory;
    this.signal = this.#controller.signal;
    this.#heardAt = options.room.clock.now();
  }

  /** Runs the source to its end. Never throws: what a source throws is a reason to try again, and a fault is told to `failed`. */
  async run(open: () => Source, failed: (fault: unknown) => void): Promise<SourceEnd> {
    this.#watch();
    const run = async () => open().run(this);
    const ended = run().catch((fault): SourceEnd => {
      if (fault instanceof Refused) return { status: "retry", reason: fault.message };
      if (!this.signal.aborted) failed(fault);
      return { status: "retry", reason: mistake };
    });
    const end = await Promise.race([ended, this.#overdue(ended)]);
    this.end();
    await this.#replaced;
    return this.#forced ?? end;
  }

  /** Resolves when no secret is on its way. */
  async secretIsSafe(): Promise<void> {
    await this.#replaced;
  }

  /** Tells the source to end. */
  end(forced?: SourceEnd): void {
    this.#unwatch();
    if (this.signal.aborted) return;
    this.#forced = forced;
    this.#controller.abort(new Error(forced?.reason ?? "The run is over."));
  }

  live(): void {
    if (this.signal.aborted) return;
    this.heard();
    this.#options.listener.live();
  }

  heard(): void {
    if (this.signal.aborted) return;
    this.#heardAt = this.#options.room.clock.now();
    this.#options.listener.heard();
  }

  tell(state: Parameters<SourceSession["tell"]>[0]): void {
    if (!this.signal.aborted) this.#options.listener.tell(state);
  }

  gap(from: number, to: number): void {
    if (!this.signal.aborted) this.#options.listener.gap(from, to);
  }

  async take(
    items: readonly TakenItem[],
    how: { readonly arrival: Arrival; readonly replayAfter?: number },
  ): Promise<Taken> {
    this.signal.throwIfAborted();
    const taken = await this.#options.room.ingest.take(this.connection, items, how);
    this.#options.listener.taken(taken);
    this.heard();
    return taken;
  }

  /** One that lies under an earlier key of the vault is sealed with the present one at this occasion. */
  async secret(): Promise<string> {
    const { connections, vault } = this.#options.room;
    const { id } = this.connection;
    const stored = await connections.secret(id);
    if (stored === undefined) throw this.#ended({ status: "stop", reason: "The connection was removed." });
    this.#secretVersion = stored.version;
    const secret = vault.open(stored.sealed, secretOf(id));
    if (!vault.isCurrent(stored.sealed)) await this.#keep(secret);
    return secret;
  }

  async replaceSecret(bring: () => Promise<string>): Promise<void> {
    this.signal.throwIfAborted();
    const replaced = bring().then((secret) => this.#keep(secret));
    this.#replaced = Promise.allSettled([this.#replaced, replaced]);
    await replaced;
  }

  /**
   * A refresh token that the platform has given anew is the only one that works: where the store does not answer, it is asked
   * until it does. For a moment after the end too, since the store itself refuses whoever is not the holder.
   */
  async #keep(secret: string): Promise<void> {
    const { connections, vault, clock } = this.#options.room;
    const { id } = this.connection;
    if (this.#secretVersion === 0) await this.secret();
    const sealed = vault.seal(secret, secretOf(id));
    for (let left = triesAfterEnd; ; ) {
      const kept = await this.#stored(sealed).catch((fault) => {
        if (!(fault instanceof Refused) || (this.signal.aborted && --left <= 0)) throw fault;
        return "unknown" as const;
      });
      if (kept !== "unknown") return;
      await new Promise<void>((resolve) => clock.after(secretRetry, resolve));
      // An answer that was lost: it may be there already.
      const stored = await connections.secret(id).catch(() => undefined);
      if (stored?.sealed !== sealed) continue;
      this.#secretVersion = stored.version;
      return;
    }
  }

  async remember(memory: string): Promise<boolean> {
    if (this.signal.aborted || !(await this.#options.holding.keep(memory))) return false;
    this.#options.listener.remembered(memory);
    return true;
  }

  async identify(account: string, name: string): Promise<void> {
    this.signal.throwIfAborted();
    const { room, holding } = this.#options;
    const { id } = this.connection;
    const become = await room.connections.identify(id, account, name, holding.session);
    if (become === "refused") throw new Error("Another node holds this connection.");
    if (become === "taken") throw this.#ended({ status: "stop", reason: taken(account) });
    if (become === "other-account") {
      throw this.#ended({ status: "needs-authorization", reason: otherAccount(account, this.connection.account) });
    }
    this.#options.listener.identified(account, name);
  }

  async #stored(sealed: string): Promise<void> {
    const { room, holding } = this.#options;
    const kept = await room.connections.keepSecret(this.connection.id, sealed, this.#secretVersion, holding.session);
    if (kept === undefined)
      throw new Error("Another secret was stored meanwhile, or another node holds this connection.");
    this.#secretVersion = kept;
  }

  /** Ends the run; what is returned is to be thrown. */
  #ended(end: SourceEnd): Error {
    this.end(end);
    return new Error(end.reason);
  }

  #watch(): void {
    const { silence, room } = this.#options;
    const quietFor = Math.max(0, room.clock.now() - this.#heardAt);
    if (quietFor >= silence) {
      this.end({ status: "retry", reason: `Nothing was heard for ${Math.round(silence / 1000)} seconds.` });
      return;
    }
    this.#unwatch = room.clock.after(silence - quietFor, () => this.#watch());
  }

  /** Resolves when the source was told to end, and has not for too long. */
  #overdue(ended: Promise<unknown>): Promise<SourceEnd> {
    const { clock } = this.#options.room;
    return new Promise((resolve) => {
      const watch = () => {
        const giveUp = () => resolve({ status: "retry", reason: "It did not end when it was told to." });
        const forget = clock.after(patience, giveUp);
        void ended.then(forget);
      };
      this.signal.addEventListener("abort", watch, { once: true });
    });
  }
}

const mistake = "Something went wrong here; the server's output has the details.";

function taken(account: string): string {
  return `Another connection of this channel brings the events of ${account} already. Give that one the new key, and remove this one.`;
}

function otherAccount(account: string, known: string): string {
  return `The key is of another account (${account}) than this connection (${known}). Add a connection of its own for it.`;
}

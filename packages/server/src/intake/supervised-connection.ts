import { type Backoff, retryDelay } from "../core/backoff.ts";
import type { Note } from "../core/note.ts";
import { CannotOpen } from "../core/vault.ts";
import type { Holding } from "../log/node-session.ts";
import type { ConnectionState, SourcePlatform } from "./connection.ts";
import type { StoredConnection } from "./connections.ts";
import type { SourceEnd, Taken } from "./source.ts";
import type { SourceFactory } from "./source-factory.ts";
import { type RunRoom, SourceRun } from "./source-run.ts";

/** What is counted of all connections. */
export interface SourceTally {
  quarantined(platform: SourcePlatform, count: number): void;
  /** A comparison with the platform's list found so many that were missing here, and got so many of them. */
  reconciled(platform: SourcePlatform, missing: number, recovered: number): void;
}

export interface SupervisionRoom extends RunRoom {
  readonly random: () => number;
  readonly note: Note;
  readonly tally: SourceTally;
}

export const sourceBackoff: Backoff = { first: 1000, cap: 60_000 };

/** Live for so long, a source that ends begins its backoff anew; milliseconds. */
export const steadyAfter = 60_000;

/** A platform may ask for a longer wait than the cap, up to this; milliseconds. */
const longestWait = 3_600_000;

/** That it was heard is written so often at most; milliseconds. */
const heardEvery = 15_000;

const gapsKept = 20;

/** A connection that this node holds: runs its source again and again, and says how it is. */
export class SupervisedConnection {
  readonly #room: SupervisionRoom;
  readonly #factory: SourceFactory;
  readonly #holding: Holding;
  /** Resolves when its source has ended and the connection is free. */
  readonly done: Promise<void>;
  #stored: StoredConnection;
  #state: ConnectionState;
  #memory: string;
  #run: SourceRun | undefined;
  #ending: { readonly last: Pick<ConnectionState, "status" | "reason"> | undefined } | undefined;
  #wake: () => void = () => undefined;
  #liveSince: number | undefined;
  #writing: Promise<void> | undefined;
  #unwritten = false;
  #writtenAt = 0;

  constructor(room: SupervisionRoom, factory: SourceFactory, stored: StoredConnection, holding: Holding) {
    this.#room = room;
    this.#factory = factory;
    this.#stored = stored;
    this.#holding = holding;
    this.#memory = holding.state;
    this.#state = stored.state ?? { status: "connecting", reason: "", since: room.clock.now() };
    if (holding.ended.aborted) this.#end(undefined);
    holding.ended.addEventListener("abort", () => this.#end(undefined), { once: true });
    this.done = this.#supervise();
  }

  get connection(): StoredConnection {
    return this.#stored;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The row as it is now: where a person changed it, its source begins anew with what they brought. */
  changed(stored: StoredConnection): void {
    const before = this.#stored;
    this.#stored = stored;
    if (!stored.wanted) this.stop("stopped", "");
    if (stored.version === before.version) return;
    this.#run?.end();
    this.#wake();
  }

  /** Ends the source, leaves this as its state, and lets go of the connection. */
  stop(status: "stopped" | "waiting", reason: string): void {
    this.#end({ status, reason });
  }

  #end(last: Pick<ConnectionState, "status" | "reason"> | undefined): void {
    this.#ending ??= { last };
    this.#run?.end();
    this.#wake();
  }

  async #supervise(): Promise<void> {
    let failures = 0;
    while (this.#ending === undefined) {
      const { version } = this.#stored;
      this.#say({ status: "connecting", reason: "" });
      const end = await this.#once();
      const steady = this.#liveSince !== undefined && this.#room.clock.now() - this.#liveSince >= steadyAfter;
      this.#liveSince = undefined;
      if (this.#ending !== undefined) break;
      const isAnother = this.#stored.version !== version;
      failures = steady || isAnother ? 1 : failures + 1;
      if (!isAnother) await this.#rest(end, failures);
      if (this.#stored.version !== version) failures = 0;
    }
    const last = this.#ending?.last;
    if (last !== undefined) this.#say(last);
    await this.#writing;
    await this.#holding.release().catch(() => undefined);
  }

  async #once(): Promise<SourceEnd> {
    const { note } = this.#room;
    const { id, platform } = this.#stored;
    let sealed: CannotOpen | undefined;
    this.#run = new SourceRun({
      room: this.#room,
      connection: this.#stored,
      holding: this.#holding,
      memory: this.#memory,
      silence: this.#factory.silence,
      listener: {
        live: () => this.#live(),
        heard: () => this.#heard(),
        tell: (state) => this.#tell(state),
        gap: (from, to) => this.#say({ gaps: [...(this.#state.gaps ?? []), { from, to }].slice(-gapsKept) }),
        remembered: (memory) => {
          this.#memory = memory;
        },
        identified: (account, name) => {
          this.#stored = { ...this.#stored, account, name };
        },
        taken: (taken) => this.#taken(taken),
      },
    });
    const failed = (fault: unknown) => {
      if (fault instanceof CannotOpen) sealed = fault;
      else note("error", "a source failed", { connection: id, platform }, fault);
    };
    const end = await this.#run.run(() => this.#factory.open(this.#stored), failed);
    this.#run = undefined;
    return sealed === undefined ? end : { status: "needs-authorization", reason: sealed.message };
  }

  /** Until it is to be tried again: after a while, or when a person has changed something. */
  async #rest(end: SourceEnd, failures: number): Promise<void> {
    const { clock, random } = this.#room;
    if (end.status !== "retry") {
      this.#say({ status: end.status === "stop" ? "stopped" : end.status, reason: end.reason });
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      return;
    }
    const asked = Math.min(end.after ?? 0, longestWait);
    const wait = Math.max(asked, retryDelay(failures, sourceBackoff, random));
    this.#say({ status: "waiting", reason: end.reason, retryAt: clock.now() + wait });
    await new Promise<void>((resolve) => {
      const forget = clock.after(wait, resolve);
      this.#wake = () => {
        forget();
        resolve();
      };
    });
  }

  #live(): void {
    this.#liveSince ??= this.#room.clock.now();
    this.#say({ status: "live", reason: "" });
  }

  #heard(): void {
    const now = this.#room.clock.now();
    this.#state = { ...this.#state, heardAt: now };
    if (Math.abs(now - this.#writtenAt) >= heardEvery) this.#write();
  }

  #tell(state: Parameters<SourceRun["tell"]>[0]): void {
    const { reconciled } = state;
    if (reconciled != null) {
      this.#room.tally.reconciled(this.#stored.platform, reconciled.missing, reconciled.recovered);
    }
    this.#say(state);
  }

  #taken({ quarantined }: Taken): void {
    if (quarantined > 0) this.#room.tally.quarantined(this.#stored.platform, quarantined);
  }

  /** Changes the state, `undefined` taking a fact back, and has it written. */
  #say(change: { readonly [fact in keyof ConnectionState]?: ConnectionState[fact] | undefined }): void {
    const before = this.#state;
    const status = change.status ?? before.status;
    const isNew = status !== before.status;
    const all = {
      ...before,
      ...(change.status !== undefined && { retryAt: undefined }),
      ...change,
      since: isNew ? this.#room.clock.now() : before.since,
    };
    this.#state = Object.fromEntries(
      Object.entries(all).filter(([, fact]) => fact !== undefined),
    ) as unknown as ConnectionState;
    if (isNew) this.#noteStatus();
    this.#write();
  }

  #noteStatus(): void {
    const { id, platform } = this.#stored;
    const { status, reason } = this.#state;
    const isTrouble = this.#ending === undefined && (status === "waiting" || status === "needs-authorization");
    const level = isTrouble ? "warning" : "info";
    this.#room.note(level, `a connection is ${status}`, { connection: id, platform, ...(reason !== "" && { reason }) });
  }

  /** One write at a time: what is said meanwhile goes along with the next. */
  #write(): void {
    this.#unwritten = true;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    const { connections, clock } = this.#room;
    while (this.#unwritten) {
      this.#unwritten = false;
      this.#writtenAt = clock.now();
      // Where the store does not answer, the next word is written with everything that was said before it.
      await connections.report(this.#stored.id, this.#state, this.#holding.session).catch(() => undefined);
    }
  }
}

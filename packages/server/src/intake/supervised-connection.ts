import { type Backoff, retryDelay } from "../core/backoff.ts";
import type { Note } from "../core/note.ts";
import { CannotOpen } from "../core/vault.ts";
import type { Holding } from "../log/node-session.ts";
import type { ConnectionState, SourcePlatform } from "./connection.ts";
import type { StoredConnection } from "./connections.ts";
import { longestWait, type SourceEnd, type Taken, type Told } from "./source.ts";
import type { SourceFactory } from "./source-factory.ts";
import { type RunRoom, SourceRun } from "./source-run.ts";
import { StateReport } from "./state-report.ts";

/** What is counted of all connections. */
export interface SourceTally {
  quarantined(platform: SourcePlatform, count: number): void;
  /** A comparison with the platform's list found so many more that cannot be read, and got so many that were missing here. */
  reconciled(platform: SourcePlatform, newlyMissing: number, recovered: number): void;
}

export interface SupervisionRoom extends RunRoom {
  readonly random: () => number;
  readonly note: Note;
  readonly tally: SourceTally;
}

export const sourceBackoff: Backoff = { first: 1000, cap: 60_000 };

/** Live for so long, a source that ends begins its backoff anew; milliseconds. */
export const steadyAfter = 60_000;

/** A connection that this node holds: runs its source again and again, and says how it is. */
export class SupervisedConnection {
  readonly #room: SupervisionRoom;
  readonly #factory: SourceFactory;
  readonly #holding: Holding;
  /** Resolves when its source has ended and the connection is free. */
  readonly done: Promise<void>;
  readonly #report: StateReport;
  #stored: StoredConnection;
  #memory: string;
  #run: SourceRun | undefined;
  #ending: { readonly last: Pick<ConnectionState, "status" | "reason"> | undefined } | undefined;
  #wake: () => void = () => undefined;
  #liveSince: number | undefined;

  constructor(room: SupervisionRoom, factory: SourceFactory, stored: StoredConnection, holding: Holding) {
    this.#room = room;
    this.#factory = factory;
    this.#stored = stored;
    this.#holding = holding;
    this.#memory = holding.state;
    this.#report = new StateReport({
      clock: room.clock,
      state: stored.state,
      write: (state) => room.connections.report(stored.id, state, holding.session),
      turned: (state) => this.#note(state),
    });
    if (holding.ended.aborted) this.#end(undefined);
    holding.ended.addEventListener("abort", () => this.#end(undefined), { once: true });
    this.done = this.#supervise();
  }

  get connection(): StoredConnection {
    return this.#stored;
  }

  get state(): ConnectionState {
    return this.#report.state;
  }

  /** Resolves when no secret of its run is on its way. */
  async secretIsSafe(): Promise<void> {
    await this.#run?.secretIsSafe();
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
      this.#report.say({ status: "connecting", reason: "" });
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
    if (last !== undefined) this.#report.say(last);
    await this.#report.finish();
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
        heard: () => this.#report.heard(),
        tell: (state) => this.#tell(state),
        gap: (from, to) => this.#report.gap(from, to),
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
      this.#report.say({ status: end.status === "stop" ? "stopped" : end.status, reason: end.reason });
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      return;
    }
    const asked = Math.min(end.after ?? 0, longestWait);
    const wait = Math.max(asked, retryDelay(failures, sourceBackoff, random));
    this.#report.say({ status: "waiting", reason: end.reason, retryAt: clock.now() + wait });
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
    this.#report.say({ status: "live", reason: "" });
  }

  #tell({ reconciled: comparison, ...facts }: Told): void {
    if (comparison === undefined) {
      this.#report.say(facts);
      return;
    }
    const { newlyMissing, ...reconciled } = comparison;
    this.#room.tally.reconciled(this.#stored.platform, newlyMissing, reconciled.recovered);
    this.#report.say({ ...facts, reconciled });
  }

  #taken({ quarantined }: Taken): void {
    if (quarantined > 0) this.#room.tally.quarantined(this.#stored.platform, quarantined);
  }

  #note({ status, reason }: ConnectionState): void {
    const { id, platform } = this.#stored;
    const isTrouble = this.#ending === undefined && (status === "waiting" || status === "needs-authorization");
    const level = isTrouble ? "warning" : "info";
    this.#room.note(level, `a connection is ${status}`, { connection: id, platform, ...(reason !== "" && { reason }) });
  }
}

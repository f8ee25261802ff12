import type { Arrival } from "../core/event.ts";
import type { Connection, ConnectionState } from "./connection.ts";
import type { DecodedOne } from "./decoded.ts";

/**
 * A platform's client. It connects once and runs until that connection ends; it never reconnects by itself, which is the
 * supervisor's. Everything that it started has ended when `run` resolves.
 */
export interface Source {
  run(session: SourceSession): Promise<SourceEnd>;
}

/** A platform may ask for a longer wait than we would take, up to this; milliseconds. */
export const longestWait = 3_600_000;

/** Why a source ended, and what is to be done about it. `reason` is a sentence for a person, without secrets. */
export type SourceEnd =
  /** The supervisor tries again after its own backoff, or after `after` milliseconds where the platform asked for that. */
  | { readonly status: "retry"; readonly reason: string; readonly after?: number }
  /** Only the creator can mend it: the tokens or the key are not accepted any more. */
  | { readonly status: "needs-authorization"; readonly reason: string }
  /** Trying again is useless. */
  | { readonly status: "stop"; readonly reason: string };

/** A comparison with the platform's list. */
export interface Comparison extends NonNullable<ConnectionState["reconciled"]> {
  /** Of `missing`, how many no comparison had found before. */
  readonly newlyMissing: number;
}

/** What people are told beside the status. */
export interface Told {
  readonly reconciled?: Comparison;
  readonly history?: ConnectionState["history"] | undefined;
  readonly warning?: ConnectionState["warning"] | undefined;
}

/** One run of a source. Once `signal` is aborted, nothing that is said through it has an effect. */
export interface SourceSession {
  readonly connection: Connection;
  /** Aborted when it must end: stopped by a person, silent for too long, or held by another node. */
  readonly signal: AbortSignal;
  /** The platform confirmed the subscription. */
  live(): void;
  /** The platform said something, a pong too: puts the watchdog off. */
  heard(): void;
  /** Changes what people are told beside the status; `undefined` takes it back. */
  tell(state: Told): void;
  /** Nothing was heard between these times (milliseconds), and nothing can be read back. */
  gap(from: number, to: number): void;
  /**
   * Resolves after the commit: events are in the log, what is unreadable in quarantine with its text, and the newest of what
   * is no event kept raw. Rejects where nothing is known to be stored, and once the run is over.
   */
  take(items: readonly TakenItem[], how: { readonly arrival: Arrival; readonly replayAfter?: number }): Promise<Taken>;
  /** The secret that was stored for this connection, opened. */
  secret(): Promise<string>;
  /**
   * Brings another one, seals and stores it; resolves after the commit. Rejects where a person brought another one meanwhile.
   * What the platform gives anew may be the only one that it takes from then on: once `bring` has begun, the run does not end
   * before it is stored.
   */
  replaceSecret(bring: () => Promise<string>): Promise<void>;
  /** What this source noted for its next run, on whatever node; `""` at first. */
  readonly memory: string;
  /** `false`: another node holds this connection by now. */
  remember(memory: string): Promise<boolean>;
  /** The platform said whose events these are. Ends the run where they may not be this connection's. */
  identify(account: string, name: string): Promise<void>;
}

/** What was decoded, with the text it was read from. */
export interface TakenItem {
  readonly decoded: DecodedOne;
  readonly raw: string;
}

/** What became of what was taken. */
export interface Taken {
  readonly stored: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly noted: number;
}

import type { Alert } from "./alert.ts";
import type { Gifts } from "./gifts.ts";
import type { Receipt } from "./receipts.ts";
import type { AuditEntry, StageChange, StageState, StageView } from "./stage.ts";

/** A stage as it is listed. */
export interface StageRow {
  readonly id: number;
  readonly channel: number;
  readonly name: string;
  readonly version: number;
  /** Which settings are on stream; 0: the usual ones. */
  readonly settingsVersion: number;
  /** Another one when a key ends, or gets a time at which it will. */
  readonly keysVersion: number;
  /** When OBS went live last, as its screens said, milliseconds since 1970; `null`: nobody said so. */
  readonly onAirSince: number | null;
  /** The stream's donations up to the intake's position; `null`: there was none. */
  readonly gifts: Gifts | null;
}

export interface StoredView extends StageView {
  readonly row: StageRow;
}

/** What records became on one stage of their channel: alerts with their first receipts, and the stream's donations by then. */
export interface TakenIn {
  readonly stage: number;
  readonly alerts: readonly Alert[];
  readonly receipts: readonly Receipt[];
  readonly gifts: Gifts | null;
}

/** One move of the intake's position in a channel, with what became of the records that it passes on each stage. */
export interface IntakeStep {
  readonly channel: number;
  readonly from: number;
  readonly to: number;
  readonly taken: readonly TakenIn[];
}

/** One move of the donors' position in a channel, with who gave for the first time among the records that it passes. */
export interface DonorStep {
  readonly channel: number;
  readonly from: number;
  readonly to: number;
  readonly donors: readonly { readonly key: string; readonly first: number }[];
}

/** A channel's audit entry, as it is listed. */
export interface ListedAudit extends AuditEntry {
  /** Its name, also of one that was removed. */
  readonly stage: string;
}

/** How many of the queued, and how many of the held, a view holds. */
export const window = 64;

/** Stages with their alerts and receipts, in the store. Whatever changes a stage rings `stage:<id>`. */
export interface Stages {
  /** Its intake begins with what the channel receives from now on. */
  create(channel: number, name: string, state: StageState): Promise<StageRow | "name-taken">;
  ofChannel(channel: number): Promise<readonly StageRow[]>;
  find(id: number): Promise<StageRow | undefined>;
  /**
   * Ends a stage on which nothing is open: it is found no more and its name is free; what was noted of it stays. `false`: something
   * is open, or it is gone already.
   */
  remove(id: number): Promise<boolean>;
  /** The stage as it is, with the alerts that `named` names, where there are such. */
  view(id: number, named: readonly string[]): Promise<StoredView | undefined>;
  /** All of it, if the stage still has `version`; `false`: it has not, and nothing was changed. */
  commit(id: number, version: number, change: StageChange): Promise<boolean>;
  versions(ids: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /** Stages with held alerts that nobody decided by `now`, at most 100. */
  overdue(now: number): Promise<readonly number[]>;

  /** Channels that have a stage and a log beyond the intake's position, at most 500. */
  behind(): Promise<readonly number[]>;
  /** Where the intake stands in a channel; `undefined`: the channel has no stage. */
  position(channel: number): Promise<number | undefined>;
  /** `false`: another node moved the position meanwhile, and nothing was changed. */
  takeIn(step: IntakeStep): Promise<boolean>;

  /** As `behind`, of the donors' position: it begins at the oldest record. */
  donorsBehind(): Promise<readonly number[]>;
  donorPosition(channel: number): Promise<number | undefined>;
  /** `false`: another node moved the position meanwhile, and nothing was changed. */
  noteDonors(step: DonorStep): Promise<boolean>;
  /** Where each of them gave for the first time, as far as the donors' position reaches. */
  firstGifts(channel: number, donors: readonly string[]): Promise<ReadonlyMap<string, number>>;

  /** The stage's alerts in any of these states, the next first where they wait, else the newest first. */
  alerts(stage: number, states: readonly Alert["state"][], limit: number): Promise<readonly Alert[]>;
  /** Everything that was noted of an event in a channel, in order. */
  receipts(channel: number, event: string): Promise<readonly (Receipt & { readonly stage: string })[]>;
  audit(channel: number, limit: number): Promise<readonly ListedAudit[]>;
  /** Writes down what a person did besides steering it. */
  record(stage: number, entry: AuditEntry): Promise<void>;
}

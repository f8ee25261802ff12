import type { Applications } from "../access/applications.ts";
import type { Directory } from "../access/directory.ts";
import type { Grants } from "../access/grants.ts";
import type { SignIns } from "../access/sign-ins.ts";
import type { Budgets } from "../intake/budget.ts";
import type { Connections } from "../intake/connections.ts";
import type { Quarantine } from "../intake/quarantine.ts";
import type { DonationList } from "../ledger/donations.ts";
import type { Totals } from "../ledger/totals.ts";
import type { EventLog } from "../log/event-log.ts";
import type { NodeSessions } from "../log/node-session.ts";
import type { Checkpoints } from "../log/projection.ts";
import type { MediaFiles } from "../media/media-files.ts";
import type { StageKeys } from "../stage/keys.ts";
import type { SettingsVersions } from "../stage/settings-versions.ts";
import type { Stages } from "../stage/stages.ts";

/** Everything that must survive: one implementation per database, one contract suite over all (`contract.test.ts`). */
export interface Store {
  readonly log: EventLog;
  readonly directory: Directory;
  readonly applications: Applications;
  readonly grants: Grants;
  readonly signIns: SignIns;
  readonly checkpoints: Checkpoints;
  readonly totals: Totals;
  readonly donations: DonationList;
  readonly nodeSessions: NodeSessions;
  readonly connections: Connections;
  readonly quarantine: Quarantine;
  readonly budgets: Budgets;
  readonly stages: Stages;
  readonly stageSettings: SettingsVersions;
  readonly stageKeys: StageKeys;
  readonly media: MediaFiles;
  /** Whether it takes writes, as far as the last one told. */
  health(): StoreHealth;
  /** The same; where it failed, a write is tried. */
  probe(): Promise<StoreHealth>;
  /** Runs `work` while no other node runs its own: for what is made once, by the first that starts. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Finishes what is waiting and closes. */
  close(): Promise<void>;
}

/** `failing`: it refused the last write and may take the next. `broken`: a sync failed, and only a new start may trust it. */
export type StoreHealth =
  | { readonly status: "well" }
  | { readonly status: "failing" | "broken"; readonly reason: string };

/** A store that cannot be used as it is; the message says to a person why. */
export class StoreUnusable extends Error {}

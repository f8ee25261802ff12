import type { Directory } from "../../access/directory.ts";
import type { Clock } from "../../core/clock.ts";
import type { Totals } from "../../ledger/totals.ts";
import type { EventLog } from "../../log/event-log.ts";
import type { Callers } from "../caller.ts";

/** What the addresses under `/v1` work with. */
export interface ApiRoom {
  readonly callers: Callers;
  readonly directory: Directory;
  readonly log: EventLog;
  readonly totals: Totals;
  readonly clock: Clock;
  /** Largest body, bytes. */
  readonly bodyBytes: number;
}

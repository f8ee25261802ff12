import type { Projection } from "../log/projection.ts";
import { donationsProjection } from "./donations.ts";
import { totalsProjection } from "./totals.ts";

/** Totals and the numbers of donations: one pass over the log, one transaction for both. */
export const ledgerProjection: Projection = {
  name: "ledger",
  effects: (records) => [...totalsProjection.effects(records), ...donationsProjection.effects(records)],
};

import type { Database } from "bun:sqlite";
import type { DonationList } from "../../ledger/donations.ts";
import { type RecordRow, recordColumns, recordOf } from "./log.ts";

/** Donations by their number, in SQLite. The projection numbers them: see `checkpoints.ts`. */
export function sqliteDonations(db: Database): DonationList {
  // `?+0`: see the statements of `log.ts`.
  const count = db.query<{ count: number }, [number]>(
    "SELECT coalesce(max(place), 0) AS count FROM donation WHERE channel = ?+0",
  );
  const columns = recordColumns.replaceAll(/\w+/g, "record.$&");
  const page = db.query<unknown, [number, number, number]>(
    `SELECT ${columns} FROM donation JOIN record ON record.channel = donation.channel AND record.offset = donation.offset WHERE donation.channel = ?+0 AND place <= ?+0 ORDER BY place DESC LIMIT ?+0`,
  );
  return {
    count: async (channel) => count.get(channel)?.count ?? 0,
    page: async (channel, newest, limit) =>
      (page.values(channel, newest, limit) as RecordRow[]).map((row) => recordOf(row)),
  };
}

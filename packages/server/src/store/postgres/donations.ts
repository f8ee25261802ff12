import type { DonationList } from "../../ledger/donations.ts";
import type { Database } from "./database.ts";
import type { Records } from "./records.ts";

/** Donations by their number, in PostgreSQL. The projection numbers them: see the function `advance`. */
export function postgresDonations(database: Database, records: Records): DonationList {
  return {
    async count(channel) {
      const sql = "SELECT coalesce(max(place), 0) AS count FROM donation WHERE channel = $1";
      const [row] = await database.query<{ count: number }>(sql, [channel]);
      return row?.count ?? 0;
    },
    page: (channel, newest, limit) =>
      records.where(
        `JOIN donation d ON d.channel = r.channel AND d."offset" = r."offset" WHERE d.channel = $1 AND d.place <= $2 ORDER BY d.place DESC LIMIT $3`,
        [channel, newest, limit],
      ),
  };
}

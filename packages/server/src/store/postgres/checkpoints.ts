import type { Checkpoints } from "../../log/projection.ts";
import { behindAtMost, type Growth, lookingBehind } from "../behind.ts";
import type { Database } from "./database.ts";

/** Where projections stand, and what they made, moved together by one call. */
export function postgresCheckpoints(database: Database): Checkpoints {
  async function behind(name: string, among?: readonly number[]): Promise<readonly number[]> {
    const sql = `SELECT head.channel FROM head LEFT JOIN projection ON projection.name = $1 AND projection.channel = head.channel WHERE head."offset" > coalesce(projection.position, 0) AND ($2::bigint[] IS NULL OR head.channel = ANY ($2)) LIMIT ${behindAtMost}`;
    return (await database.query<{ channel: number }>(sql, [name, among ?? null])).map(({ channel }) => channel);
  }
  return {
    async position(name, channel) {
      const sql = "SELECT position FROM projection WHERE name = $1 AND channel = $2";
      const [row] = await database.query<{ position: number }>(sql, [name, channel]);
      return row?.position ?? 0;
    },
    async advance(name, steps) {
      await database.write("SELECT advance($1, $2)", [name, JSON.stringify(steps)]);
    },
    behind: lookingBehind({ grown: grownOf(database), behind }),
  };
}

/**
 * Numbers are given before the commits, in any order: a record may come to light below one that was seen. Every number up to
 * the highest one seen belongs to a transaction that had begun to write by then, hence to one older than that look's own;
 * once a later look finds all of those ended, nothing is missing up to there.
 */
function grownOf(database: Database): Growth["grown"] {
  let mark: { readonly n: number; readonly transaction: number } | undefined;
  let seen: number | undefined;
  return async (after) => {
    const sql = `SELECT ARRAY(SELECT DISTINCT channel FROM log_record WHERE n > $1) AS channels,
      (SELECT coalesce(max(n), 0) FROM log_record) AS newest,
      pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest,
      pg_current_xact_id()::text::bigint AS transaction`;
    type Row = { channels: number[]; newest: number; oldest: number; transaction: number };
    const [row] = await database.query<Row>(sql, [after]);
    if (row === undefined) return { channels: [], seen };
    if (mark !== undefined && row.oldest > mark.transaction) {
      seen = mark.n;
      mark = undefined;
    }
    mark ??= { n: row.newest, transaction: row.transaction };
    return { channels: row.channels, seen };
  };
}

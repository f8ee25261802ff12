import type { Checkpoints } from "../../log/projection.ts";
import type { Database } from "./database.ts";

/** Where projections stand, and what they made, moved together by one call. */
export function postgresCheckpoints(database: Database): Checkpoints {
  return {
    async position(name, channel) {
      const sql = "SELECT position FROM projection WHERE name = $1 AND channel = $2";
      const [row] = await database.query<{ position: number }>(sql, [name, channel]);
      return row?.position ?? 0;
    },
    async advance(name, steps) {
      await database.write("SELECT advance($1, $2)", [name, JSON.stringify(steps)]);
    },
    async behind(name) {
      const sql = `SELECT head.channel FROM head LEFT JOIN projection ON projection.name = $1 AND projection.channel = head.channel WHERE head."offset" > coalesce(projection.position, 0) LIMIT 500`;
      return (await database.query<{ channel: number }>(sql, [name])).map(({ channel }) => channel);
    },
  };
}

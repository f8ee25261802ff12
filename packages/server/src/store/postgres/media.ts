import type { Clock } from "../../core/clock.ts";
import {
  arrivesWithin,
  type MediaFile,
  type MediaFiles,
  mostFiles,
  type NewMediaFile,
  partsOf,
} from "../../media/media-files.ts";
import type { Database } from "./database.ts";

const columns = `channel, id, name, format, bytes, width, height, milliseconds, added_by AS "by", added_at AS "addedAt"`;

/** Uploads of one channel begin and end one after the other. */
const lockChannel = "SELECT FROM channel WHERE id = $1 FOR NO KEY UPDATE";

/** Uploaded files in PostgreSQL. */
export function postgresMedia(database: Database, clock: Clock): MediaFiles {
  /** Keeps room for it. */
  async function begin(file: NewMediaFile, bytes: number, most: number): Promise<number | "already" | "full"> {
    const { channel, id, name, format, width, height, milliseconds, by } = file;
    const { result } = await database.transaction(async ({ query }) => {
      await query(lockChannel, [channel]);
      await query("DELETE FROM media WHERE channel = $1 AND added_at IS NULL AND began_at < $2", [
        channel,
        clock.now() - arrivesWithin,
      ]);
      const [before = { has: false, files: 0, bytes: 0 }] = await query<{ has: boolean; files: number; bytes: number }>(
        "SELECT coalesce(bool_or(id = $2 AND added_at IS NOT NULL), false) AS has, count(*) AS files, coalesce(sum(bytes), 0)::bigint AS bytes FROM media WHERE channel = $1",
        [channel, id],
      );
      if (before.has) return "already";
      if (before.files >= mostFiles || before.bytes + bytes > most) return "full";
      const [row] = await query<{ n: number }>(
        "INSERT INTO media (channel, id, name, format, bytes, width, height, milliseconds, added_by, began_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING n",
        [channel, id, name, format, bytes, width, height, milliseconds, by, clock.now()],
      );
      return row?.n ?? 0;
    });
    return result;
  }

  async function finish(n: number, { channel, id }: NewMediaFile): Promise<"added" | "already"> {
    const { result } = await database.transaction(async ({ query }) => {
      await query(lockChannel, [channel]);
      const others = await query("SELECT FROM media WHERE channel = $1 AND id = $2 AND added_at IS NOT NULL", [
        channel,
        id,
      ]);
      const done = others.length > 0 ? "already" : "added";
      if (done === "already") await query("DELETE FROM media WHERE n = $1", [n]);
      else await query("UPDATE media SET added_at = $2 WHERE n = $1", [n, clock.now()]);
      return done;
    });
    return result;
  }

  return {
    async add(file, bytes, most) {
      const n = await begin(file, bytes.length, most);
      if (typeof n === "string") return n;
      try {
        let place = 0;
        for (const part of partsOf(bytes)) {
          // Sent again where its answer was lost.
          const sql = "INSERT INTO media_part VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
          await database.write(sql, [n, place++, part]);
        }
        return await finish(n, file);
      } catch (fault) {
        // Should this fail as well, the next upload forgets it.
        await database.write("DELETE FROM media WHERE n = $1 AND added_at IS NULL", [n]).catch(() => undefined);
        throw fault;
      }
    },
    ofChannel: (channel) =>
      database.query<MediaFile>(`SELECT ${columns} FROM media WHERE channel = $1 AND added_at IS NOT NULL ORDER BY n`, [
        channel,
      ]),
    async find(id) {
      const sql = `SELECT ${columns} FROM media WHERE id = $1 AND added_at IS NOT NULL LIMIT 1`;
      return (await database.query<MediaFile>(sql, [id]))[0];
    },
    async part({ channel, id }, number) {
      const sql =
        "SELECT media_part.bytes FROM media JOIN media_part ON media = n WHERE channel = $1 AND id = $2 AND added_at IS NOT NULL AND place = $3";
      return (await database.query<{ bytes: Uint8Array }>(sql, [channel, id, number]))[0]?.bytes;
    },
    async remove(channel, id) {
      const sql = "DELETE FROM media WHERE channel = $1 AND id = $2 AND added_at IS NOT NULL RETURNING n";
      return (await database.write(sql, [channel, id])).length > 0;
    },
  };
}

import {
  arrivesWithin,
  type MediaFile,
  type MediaFiles,
  mostFiles,
  type NewMediaFile,
  partBytes,
  partsOf,
} from "../../media/media-files.ts";
import type { Writer } from "./writer.ts";

/** So many parts are carried over from the write-ahead log together, or removed: not all of a large file at once. */
const partsAtOnce = 8;

/** Uploaded files in SQLite. Each part is a transaction of its own, and what else is waiting has its turn in between. */
export function sqliteMedia(writer: Writer): MediaFiles {
  const { db } = writer;
  const { clock } = writer.options;
  const one = <T>(sql: string) => db.query<T, (string | number | null | Uint8Array)[]>(sql);
  const columns =
    'channel, id, name, format, bytes, width, height, milliseconds, added_by AS "by", added_at AS addedAt';
  const ofChannel = one<MediaFile>(
    `SELECT ${columns} FROM media WHERE channel = ? AND added_at IS NOT NULL ORDER BY n`,
  );
  const find = one<MediaFile>(`SELECT ${columns} FROM media WHERE id = ? AND added_at IS NOT NULL LIMIT 1`);
  const forget = one<null>("DELETE FROM media WHERE channel = ? AND added_at IS NULL AND began_at < ?");
  const used = one<{ files: number; bytes: number }>(
    "SELECT count(*) AS files, coalesce(sum(bytes), 0) AS bytes FROM media WHERE channel = ?",
  );
  const has = one<{ n: number }>("SELECT n FROM media WHERE channel = ? AND id = ? AND added_at IS NOT NULL");
  const begin = one<{ n: number }>(
    "INSERT INTO media (channel, id, name, format, bytes, width, height, milliseconds, added_by, began_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING n",
  );
  const keep = one<null>("INSERT INTO media_part VALUES (?, ?, ?)");
  const finish = one<null>("UPDATE media SET added_at = ? WHERE n = ?");
  const drop = one<null>("DELETE FROM media WHERE n = ?");
  const part = one<{ bytes: Uint8Array }>(
    "SELECT media_part.bytes FROM media JOIN media_part ON media = n WHERE channel = ? AND id = ? AND added_at IS NOT NULL AND place = ?",
  );
  const hide = one<{ n: number; bytes: number }>(
    "UPDATE media SET added_at = NULL, began_at = 0 WHERE channel = ? AND id = ? AND added_at IS NOT NULL RETURNING n, bytes",
  );
  const dropParts = one<null>("DELETE FROM media_part WHERE media = ? AND place < ?");

  /** Lets what else is waiting have its turn. */
  const turn = () => new Promise<void>((resolve) => clock.soon(resolve));

  function began(file: NewMediaFile, bytes: number, most: number): number | "already" | "full" {
    return writer.transaction(() => {
      const { channel, id, name, format, width, height, milliseconds, by } = file;
      forget.run(channel, clock.now() - arrivesWithin);
      if (has.get(channel, id) !== null) return "already";
      const before = used.get(channel) ?? { files: 0, bytes: 0 };
      if (before.files >= mostFiles || before.bytes + bytes > most) return "full";
      const row = begin.get(channel, id, name, format, bytes, width, height, milliseconds, by, clock.now());
      return row?.n ?? 0;
    });
  }

  return {
    async add(file, bytes, most) {
      const n = began(file, bytes.length, most);
      if (typeof n === "string") return n;
      try {
        let place = 0;
        for (const each of partsOf(bytes)) {
          writer.transaction(() => void keep.run(n, place, each));
          if (++place % partsAtOnce === 0) writer.checkpoint("PASSIVE");
          await turn();
        }
        return writer.transaction(() => {
          if (has.get(file.channel, file.id) !== null) {
            drop.run(n);
            return "already";
          }
          finish.run(clock.now(), n);
          return "added";
        });
      } catch (fault) {
        // Should this fail as well, the next upload forgets it.
        if (writer.health.status === "well") writer.transaction(() => void drop.run(n));
        throw fault;
      }
    },
    ofChannel: async (channel) => ofChannel.all(channel),
    find: async (id) => find.get(id) ?? undefined,
    part: async ({ channel, id }, number) => part.get(channel, id, number)?.bytes,
    async remove(channel, id) {
      const hidden = writer.transaction(() => hide.get(channel, id));
      if (hidden === null) return false;
      // What a crash leaves of it is forgotten like an upload that was cut off.
      for (let place = partsAtOnce; place * partBytes < hidden.bytes; place += partsAtOnce) {
        writer.transaction(() => void dropParts.run(hidden.n, place));
        await turn();
      }
      writer.transaction(() => void drop.run(hidden.n));
      return true;
    },
  };
}

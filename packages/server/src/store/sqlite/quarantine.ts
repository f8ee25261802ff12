import { sha256 } from "../../access/secrets.ts";
import { type Noted, notesKept, type Quarantine, type Quarantined } from "../../intake/quarantine.ts";
import type { Writer } from "./writer.ts";

/** What could not be taken for an event, in SQLite. */
export function sqliteQuarantine(writer: Writer): Quarantine {
  const { db } = writer;
  const { clock } = writer.options;
  const one = <T>(sql: string) => db.query<T, (string | number)[]>(sql);
  const insert = one<null>(
    "INSERT INTO quarantine (connection, hash, raw, reason, arrival, received_at) SELECT id, ?2, ?3, ?4, ?5, ?6 FROM connection WHERE id = ?1 ON CONFLICT DO NOTHING",
  );
  const page = one<Quarantined>(
    "SELECT id, connection, raw, reason, arrival, received_at AS receivedAt FROM quarantine WHERE connection = ? AND id > ?+0 ORDER BY id LIMIT ?+0",
  );
  const reword = one<null>("UPDATE quarantine SET reason = ? WHERE id = ?");
  const remove = one<null>("DELETE FROM quarantine WHERE id = ?");
  const note = one<null>(
    "INSERT INTO source_note (connection, what, raw, received_at) SELECT id, ?2, ?3, ?4 FROM connection WHERE id = ?1",
  );
  const forget = one<null>(
    `DELETE FROM source_note WHERE connection = ?1 AND id <= (SELECT id FROM source_note WHERE connection = ?1 ORDER BY id DESC LIMIT 1 OFFSET ${notesKept})`,
  );
  const notes = one<Noted>(
    "SELECT what, raw, received_at AS receivedAt FROM source_note WHERE connection = ? ORDER BY id DESC",
  );

  return {
    put: async (connection, unread) =>
      writer.transaction(() => {
        let added = 0;
        for (const { raw, reason, arrival } of unread) {
          added += insert.run(connection, sha256(raw), raw, reason, arrival, clock.now()).changes;
        }
        return added;
      }),
    list: async (connection, after, limit) => page.all(connection, after, limit),
    reword: async (id, reason) => writer.transaction(() => void reword.run(reason, id)),
    remove: async (ids) => writer.transaction(() => ids.reduce((removed, id) => removed + remove.run(id).changes, 0)),
    note: async (connection, added) =>
      writer.transaction(() => {
        for (const { what, raw } of added) note.run(connection, what, raw, clock.now());
        forget.run(connection);
      }),
    notes: async (connection) => notes.all(connection),
  };
}

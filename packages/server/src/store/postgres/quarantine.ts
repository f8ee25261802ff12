import { sha256 } from "../../access/secrets.ts";
import type { Clock } from "../../core/clock.ts";
import { notesKept, type Quarantine } from "../../intake/quarantine.ts";
import { type Database, storableJson } from "./database.ts";

/** What could not be taken for an event, in PostgreSQL. */
export function postgresQuarantine(database: Database, clock: Clock): Quarantine {
  return {
    async put(connection, unread) {
      const rows = unread.map(({ raw, reason, arrival }) => ({ raw, reason, arrival, hash: sha256(raw) }));
      const added = await database.write(
        `INSERT INTO quarantine (connection, hash, raw, reason, arrival, received_at)
          SELECT connection.id, hash, raw, reason, arrival, $3
          FROM connection, json_to_recordset($2) AS unread (hash text, raw text, reason text, arrival text)
          WHERE connection.id = $1 ON CONFLICT DO NOTHING RETURNING id`,
        [connection, storableJson(rows), clock.now()],
      );
      return added.length;
    },
    list: (connection, after, limit) =>
      database.query(
        `SELECT id, connection, raw, reason, arrival, received_at AS "receivedAt" FROM quarantine WHERE connection = $1 AND id > $2 ORDER BY id LIMIT $3`,
        [connection, after, limit],
      ),
    async reword(id, reason) {
      await database.write("UPDATE quarantine SET reason = $2 WHERE id = $1", [id, reason]);
    },
    async remove(ids) {
      return (await database.write("DELETE FROM quarantine WHERE id = ANY ($1::bigint[]) RETURNING id", [ids])).length;
    },
    async note(connection, notes) {
      await database.write(
        `INSERT INTO source_note (connection, what, raw, received_at)
          SELECT connection.id, what, raw, $3
          FROM connection, json_to_recordset($2) AS note (what text, raw text) WHERE connection.id = $1`,
        [connection, storableJson(notes), clock.now()],
      );
      await database.write(
        `DELETE FROM source_note WHERE connection = $1 AND id <= (SELECT id FROM source_note WHERE connection = $1 ORDER BY id DESC LIMIT 1 OFFSET ${notesKept})`,
        [connection],
      );
    },
    notes: (connection) =>
      database.query(
        `SELECT what, raw, received_at AS "receivedAt" FROM source_note WHERE connection = $1 ORDER BY id DESC`,
        [connection],
      ),
  };
}

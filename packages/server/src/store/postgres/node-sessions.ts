import { type Held, type NodeSessions, type SessionKey, sessionName } from "../../log/node-session.ts";
import type { Database } from "./database.ts";

/** Nodes and what they hold, in PostgreSQL. */
export function postgresNodeSessions(database: Database): NodeSessions {
  /** Whether one row was written. */
  async function wrote(sql: string, ...parameters: (string | number)[]): Promise<boolean> {
    return (await database.write(`${sql} RETURNING 1`, parameters)).length === 1;
  }

  return {
    async begin(name) {
      await database.write("DELETE FROM node_session WHERE NOT lives(beaten_at)");
      const token = crypto.randomUUID();
      const sql = "INSERT INTO node_session (token, name, beaten_at) VALUES ($1, $2, database_time()) RETURNING fence";
      const [row] = await database.write<{ fence: number }>(sql, [token, name]);
      return { fence: row?.fence ?? 0, token };
    },
    beat: ({ fence, token }) =>
      wrote(
        "UPDATE node_session SET beaten_at = database_time() WHERE fence = $1 AND token = $2 AND lives(beaten_at)",
        fence,
        token,
      ),
    async end({ fence, token }) {
      await wrote("DELETE FROM node_session WHERE fence = $1 AND token = $2", fence, token);
    },
    async hold({ fence, token }, name) {
      const [held] = await database.write<Held>("SELECT status, state FROM hold($1, $2, $3)", [name, fence, token]);
      return held ?? { status: "expired" };
    },
    keep: ({ fence, token }, name, state) =>
      wrote(
        "UPDATE holding SET state = $4 WHERE name = $1 AND fence = $2 AND token = $3 AND EXISTS (SELECT FROM node_session WHERE fence = $2 AND token = $3 AND lives(beaten_at))",
        name,
        fence,
        token,
        state,
      ),
    async ended(names) {
      const rows = await database.query<SessionKey>("SELECT fence, token FROM node_session WHERE lives(beaten_at)");
      const living = new Set(rows.map(sessionName));
      return names.filter((name) => !living.has(name));
    },
    async release({ fence, token }, name) {
      await wrote("UPDATE holding SET fence = 0 WHERE name = $1 AND fence = $2 AND token = $3", name, fence, token);
    },
  };
}

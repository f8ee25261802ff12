import { type Held, type NodeSessions, sessionName } from "../../log/node-session.ts";
import type { Writer } from "./writer.ts";

/** Nodes and what they hold, in SQLite. */
export function sqliteNodeSessions(writer: Writer): NodeSessions {
  const { db } = writer;
  const insert = db.query<{ fence: number }, [string, string]>(
    "INSERT INTO node_session (token, name, beaten_at) SELECT ?, ?, now FROM database_time RETURNING fence",
  );
  const forget = db.query<null, []>("DELETE FROM node_session WHERE fence NOT IN (SELECT fence FROM live_session)");
  const live = db.query<unknown, [number, string]>("SELECT 1 FROM live_session WHERE fence = ? AND token = ?");
  const beat = db.query<null, [number]>(
    "UPDATE node_session SET beaten_at = (SELECT now FROM database_time) WHERE fence = ?",
  );
  const end = db.query<null, [number, string]>("DELETE FROM node_session WHERE fence = ? AND token = ?");
  const holding = db.query<{ fence: number; token: string; state: string }, [string]>(
    "SELECT fence, token, state FROM holding WHERE name = ?",
  );
  const take = db.query<null, [string, number, string]>(
    "INSERT INTO holding VALUES (?, ?, ?, '') ON CONFLICT DO UPDATE SET fence = excluded.fence, token = excluded.token",
  );
  const keep = db.query<null, [string, string, number, string]>(
    "UPDATE holding SET state = ? WHERE name = ? AND (fence, token) IN (SELECT fence, token FROM live_session WHERE fence = ? AND token = ?)",
  );
  const release = db.query<null, [string, number, string]>(
    "UPDATE holding SET fence = 0 WHERE name = ? AND fence = ? AND token = ?",
  );
  const all = db.query<{ fence: number; token: string }, []>("SELECT fence, token FROM live_session");
  const lives = (fence: number, token: string) => live.get(fence, token) !== null;

  function held(fence: number, token: string, name: string): Held {
    if (!lives(fence, token)) return { status: "expired" };
    const known = holding.get(name);
    const isOwn = known?.fence === fence && known.token === token;
    if (known !== null && !isOwn && lives(known.fence, known.token)) return { status: "taken" };
    take.run(name, fence, token);
    return { status: "held", state: known?.state ?? "" };
  }

  return {
    begin: async (name) =>
      writer.transaction(() => {
        forget.run();
        const token = crypto.randomUUID();
        return { fence: insert.get(token, name)?.fence ?? 0, token };
      }),
    beat: async ({ fence, token }) => writer.transaction(() => lives(fence, token) && beat.run(fence).changes === 1),
    end: async ({ fence, token }) => writer.transaction(() => void end.run(fence, token)),
    hold: async ({ fence, token }, name) => writer.transaction(() => held(fence, token, name)),
    keep: async ({ fence, token }, name, state) =>
      writer.transaction(() => keep.run(state, name, fence, token).changes === 1),
    async ended(names) {
      const living = new Set(all.all().map(sessionName));
      return names.filter((name) => !living.has(name));
    },
    release: async ({ fence, token }, name) => writer.transaction(() => void release.run(name, fence, token)),
  };
}

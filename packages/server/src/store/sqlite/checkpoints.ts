import type { Checkpoints, Step } from "../../log/projection.ts";
import { behindAtMost, lookingBehind } from "../behind.ts";
import type { Writer } from "./writer.ts";

/** Where projections stand, and what they made, moved together. */
export function sqliteCheckpoints(writer: Writer): Checkpoints {
  const { db } = writer;
  const position = db.query<{ position: number }, [string, number]>(
    "SELECT position FROM projection WHERE name = ? AND channel = ?",
  );
  const move = db.query<null, [string, number, number]>(
    "INSERT INTO projection (name, channel, position) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET position = excluded.position",
  );
  const add = db.query<null, [number, string, number, number, number]>(
    "INSERT INTO total (channel, currency, exponent, minor, count) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET minor = minor + excluded.minor, count = count + excluded.count",
  );
  // `?+0`: see the statements of `log.ts`.
  const number = db.query<null, [number, number]>(
    "INSERT INTO donation (channel, place, offset) VALUES (?1, (SELECT coalesce(max(place), 0) + 1 FROM donation WHERE channel = ?1+0), ?2)",
  );
  const lags =
    "coalesce((SELECT max(offset) FROM record WHERE channel = channel.id), 0) > coalesce((SELECT position FROM projection WHERE name = ? AND channel = channel.id), 0)";
  const all = db.query<{ id: number }, [string]>(`SELECT id FROM channel WHERE ${lags} LIMIT ${behindAtMost}`);
  const some = db.query<{ id: number }, [string, string]>(
    `SELECT channel.id FROM json_each(?) CROSS JOIN channel ON channel.id = value WHERE ${lags} LIMIT ${behindAtMost}`,
  );
  // A sum, or an index that begins with the channel would be read as a whole.
  const grown = db.query<{ channel: number }, [number]>("SELECT DISTINCT channel+0 AS channel FROM record WHERE n > ?");
  const newest = db.query<{ n: number }, []>("SELECT coalesce(max(n), 0) AS n FROM record");
  const behind = lookingBehind({
    // Numbers are given in the order of the commits.
    grown: async (after) => ({ channels: grown.all(after).map(({ channel }) => channel), seen: newest.get()?.n ?? 0 }),
    behind: async (name, among) =>
      (among === undefined ? all.all(name) : some.all(JSON.stringify(among), name)).map(({ id }) => id),
  });
  const standsAt = (name: string, channel: number) => position.get(name, channel)?.position ?? 0;

  function take(name: string, { channel, from, to, effects }: Step): void {
    if (standsAt(name, channel) !== from) return;
    for (const effect of effects) {
      if (effect.kind === "donation") number.run(channel, effect.offset);
      else add.run(channel, effect.currency, effect.exponent, effect.minor, effect.count);
    }
    move.run(name, channel, to);
  }

  return {
    position: async (name, channel) => standsAt(name, channel),
    advance: async (name, steps) =>
      writer.transaction(() => {
        for (const step of steps) take(name, step);
      }),
    behind,
  };
}

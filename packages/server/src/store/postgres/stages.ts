import type { Ring } from "../../log/doorbell.ts";
import type { Alert } from "../../stage/alert.ts";
import type { Receipt } from "../../stage/receipts.ts";
import { usualSettings } from "../../stage/settings.ts";
import type { StageState } from "../../stage/stage.ts";
import { type ListedAudit, type StageRow, type Stages, window } from "../../stage/stages.ts";
import type { Database } from "./database.ts";

type RowOfStage = Omit<StageRow, "gifts"> & { readonly gifts: string | null };

type ViewRow = RowOfStage & {
  readonly state: string;
  readonly settings: string | null;
  readonly alerts: readonly string[];
  readonly queued: number;
  readonly last: number | null;
};

const columns = `stage.id, stage.channel, stage.name, stage.version, settings_version AS "settingsVersion", keys_version AS "keysVersion", (state::json #>> '{onAir,since}')::bigint AS "onAirSince", gifts`;

/** One statement, so that all of it is of one moment. */
const viewed = `SELECT ${columns}, state,
  (SELECT body FROM stage_settings WHERE stage = stage.id AND version = settings_version AND version > 0) AS settings,
  ARRAY(
    (SELECT body FROM alert WHERE stage = $1 AND state IN ('leased', 'showing'))
    UNION (SELECT body FROM alert WHERE stage = $1 AND state = 'queued' ORDER BY rank LIMIT ${window})
    UNION (SELECT body FROM alert WHERE stage = $1 AND state = 'held' ORDER BY rank LIMIT ${window})
    UNION (SELECT body FROM alert WHERE stage = $1 AND id = ANY ($2))
  ) AS alerts,
  (SELECT count(*) FROM alert WHERE stage = $1 AND state = 'queued') AS queued,
  (SELECT max(rank) FROM alert WHERE stage = $1 AND state = 'queued') AS last
  FROM stage WHERE id = $1 AND former IS NULL`;

/** Stages in PostgreSQL. */
export function postgresStages(database: Database, ring: Ring): Stages {
  async function behind(name: "stage" | "donor"): Promise<readonly number[]> {
    const sql = `SELECT channel FROM projection JOIN head USING (channel) WHERE name = $1 AND position < "offset" LIMIT 500`;
    return (await database.query<{ channel: number }>(sql, [name])).map(({ channel }) => channel);
  }

  async function position(name: "stage" | "donor", channel: number): Promise<number | undefined> {
    const sql = "SELECT position FROM projection WHERE name = $1 AND channel = $2";
    return (await database.query<{ position: number }>(sql, [name, channel]))[0]?.position;
  }

  return {
    async create(channel, name, state) {
      const { result } = await database.transaction(async ({ query }) => {
        const [made] = await query<RowOfStage>(
          `INSERT INTO stage (channel, name, version, settings_version, keys_version, state) VALUES ($1, $2, 1, 0, 0, $3) ON CONFLICT DO NOTHING RETURNING ${columns}`,
          [channel, name, JSON.stringify(state)],
        );
        if (made === undefined) return "name-taken";
        const begin = `INSERT INTO projection SELECT 'stage', channel, "offset" FROM head WHERE channel = $1 ON CONFLICT DO NOTHING`;
        await query(begin, [channel]);
        await query("INSERT INTO projection VALUES ('donor', $1, 0) ON CONFLICT DO NOTHING", [channel]);
        return made;
      });
      if (result === "name-taken") return result;
      ring(`stage:${result.id}`, result.version);
      return rowOf(result);
    },
    async ofChannel(channel) {
      const sql = `SELECT ${columns} FROM stage WHERE channel = $1 AND former IS NULL ORDER BY id`;
      return (await database.query<RowOfStage>(sql, [channel])).map(rowOf);
    },
    async find(id) {
      const sql = `SELECT ${columns} FROM stage WHERE id = $1 AND former IS NULL`;
      const [row] = await database.query<RowOfStage>(sql, [id]);
      return row && rowOf(row);
    },
    async remove(id) {
      // No name that a person gives begins with a space.
      const [row] = await database.write<{ version: number }>(
        `UPDATE stage SET former = name, name = ' ' || id, version = version + 1 WHERE id = $1 AND former IS NULL
          AND NOT EXISTS (SELECT 1 FROM alert WHERE stage = $1 AND state IN ('held', 'queued', 'leased', 'showing')) RETURNING version`,
        [id],
      );
      if (row !== undefined) ring(`stage:${id}`, row.version);
      return row !== undefined;
    },
    async view(id, named) {
      const [found] = await database.query<ViewRow>(viewed, [id, named]);
      if (found === undefined) return undefined;
      const { state, settings, alerts, queued, last, ...row } = found;
      return {
        row: rowOf(row),
        version: row.version,
        state: JSON.parse(state) as StageState,
        settings: settings === null ? usualSettings : JSON.parse(settings),
        alerts: alerts.map((body) => JSON.parse(body) as Alert),
        queued,
        lastRank: last ?? 0,
      };
    },
    async commit(id, version, { state, alerts, receipts, audit }) {
      const [row] = await database.write<{ changed: boolean }>(
        "SELECT commit_stage($1, $2, $3, $4, $5, $6) AS changed",
        [id, version, ...[state, alerts, receipts, audit].map((part) => JSON.stringify(part))],
      );
      const isChanged = row?.changed === true;
      if (isChanged) ring(`stage:${id}`, version + 1);
      return isChanged;
    },
    async versions(ids) {
      const sql = "SELECT id, version FROM stage WHERE id = ANY ($1)";
      const rows = await database.query<StageRow>(sql, [ids]);
      return new Map(rows.map(({ id, version }) => [id, version]));
    },

    async overdue(now) {
      const sql = "SELECT DISTINCT stage FROM alert WHERE state = 'held' AND decide_by <= $1 LIMIT 100";
      return (await database.query<{ stage: number }>(sql, [now])).map(({ stage }) => stage);
    },

    behind: () => behind("stage"),
    position: (channel) => position("stage", channel),
    async takeIn({ channel, from, to, taken }) {
      const grown = await database.write<{ stage: number; version: number }>(
        "SELECT stage, version FROM take_in($1, $2, $3, $4)",
        [channel, from, to, JSON.stringify(taken)],
      );
      for (const { stage, version } of grown) if (stage > 0) ring(`stage:${stage}`, version);
      return grown.length > 0;
    },

    donorsBehind: () => behind("donor"),
    donorPosition: (channel) => position("donor", channel),
    async noteDonors({ channel, from, to, donors }) {
      const sql = "SELECT note_donors($1, $2, $3, $4) AS moved";
      const [row] = await database.write<{ moved: boolean }>(sql, [channel, from, to, JSON.stringify(donors)]);
      return row?.moved === true;
    },
    async firstGifts(channel, donors) {
      const sql = "SELECT key, first FROM donor WHERE channel = $1 AND key = ANY ($2)";
      const rows = await database.query<{ key: string; first: number }>(sql, [channel, donors]);
      return new Map(rows.map(({ key, first }) => [key, first]));
    },

    async alerts(stage, states, limit) {
      const isOpen = states.every((state) => ["held", "queued", "leased", "showing"].includes(state));
      const sql = `SELECT body FROM alert WHERE stage = $1 AND state = ANY ($2) ORDER BY ${isOpen ? "rank" : "queued_at DESC"} LIMIT $3`;
      const rows = await database.query<{ body: string }>(sql, [stage, states, limit]);
      return rows.map(({ body }) => JSON.parse(body) as Alert);
    },
    async receipts(channel, event) {
      const sql =
        "SELECT coalesce(former, name) AS stage, body FROM receipt JOIN stage ON stage.id = receipt.stage WHERE event = $1 AND channel = $2 ORDER BY n LIMIT 500";
      const rows = await database.query<{ stage: string; body: string }>(sql, [event, channel]);
      return rows.map(({ stage, body }) => ({ stage, ...(JSON.parse(body) as Receipt) }));
    },
    audit: (channel, limit) =>
      database.query<ListedAudit>(
        `SELECT coalesce(former, name) AS stage, at, actor AS by, action, subject FROM audit JOIN stage ON stage.id = audit.stage
          WHERE audit.channel = $1 ORDER BY n DESC LIMIT $2`,
        [channel, limit],
      ),
    async record(stage, { at, by, action, subject }) {
      await database.write(
        "INSERT INTO audit (channel, stage, at, actor, action, subject) SELECT channel, id, $2, $3, $4, $5 FROM stage WHERE id = $1",
        [stage, at, by, action, subject],
      );
    },
  };
}

function rowOf({ gifts, ...row }: RowOfStage): StageRow {
  return { ...row, gifts: gifts === null ? null : JSON.parse(gifts) };
}

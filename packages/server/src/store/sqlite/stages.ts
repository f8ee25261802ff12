import type { Alert } from "../../stage/alert.ts";
import type { Receipt } from "../../stage/receipts.ts";
import { usualSettings } from "../../stage/settings.ts";
import type { AuditEntry, StageState } from "../../stage/stage.ts";
import { type ListedAudit, type StageRow, type Stages, window } from "../../stage/stages.ts";
import type { Writer } from "./writer.ts";

type RowOfStage = Omit<StageRow, "gifts"> & { readonly gifts: string | null };

interface ViewRow extends RowOfStage {
  readonly state: string;
  readonly settings: string | null;
}

const columns =
  "id, channel, name, version, settings_version AS settingsVersion, keys_version AS keysVersion, state ->> '$.onAir.since' AS onAirSince, gifts";
const onStage = "state IN ('leased', 'showing')";

/** Stages in SQLite. */
export function sqliteStages(writer: Writer): Stages {
  const { db } = writer;
  const { ring } = writer.options;
  const one = <T>(sql: string) => db.query<T, (string | number | null)[]>(sql);

  const insertStage = one<RowOfStage>(
    `INSERT INTO stage (channel, name, version, settings_version, keys_version, state) VALUES (?, ?, 1, 0, 0, ?) ON CONFLICT DO NOTHING RETURNING ${columns}`,
  );
  const beginIntake = one<null>(
    "INSERT INTO projection SELECT 'stage', ?1, (SELECT coalesce(max(offset), 0) FROM record WHERE channel = ?1+0) WHERE true ON CONFLICT DO NOTHING",
  );
  const beginDonors = one<null>("INSERT INTO projection VALUES ('donor', ?, 0) ON CONFLICT DO NOTHING");
  const stagesOf = one<RowOfStage>(`SELECT ${columns} FROM stage WHERE channel = ? AND former IS NULL ORDER BY id`);
  const stageBy = one<RowOfStage>(`SELECT ${columns} FROM stage WHERE id = ? AND former IS NULL`);
  const stageAs = one<ViewRow>(
    `SELECT ${columns}, state, (SELECT body FROM stage_settings WHERE stage = stage.id AND version = settings_version AND version > 0) AS settings FROM stage WHERE id = ? AND former IS NULL`,
  );
  // `?+0`: see the statements of `log.ts`.
  const viewed = one<{ body: string }>(
    `SELECT body FROM (SELECT body FROM alert WHERE stage = ?1+0 AND ${onStage})
      UNION ALL SELECT body FROM (SELECT body FROM alert WHERE stage = ?1+0 AND state = 'queued' ORDER BY rank LIMIT ${window})
      UNION ALL SELECT body FROM (SELECT body FROM alert WHERE stage = ?1+0 AND state = 'held' ORDER BY rank LIMIT ${window})
      UNION ALL SELECT body FROM alert WHERE stage = ?1+0 AND id IN (SELECT value FROM json_each(?2))`,
  );
  const queue = one<{ queued: number; last: number | null }>(
    "SELECT count(*) AS queued, max(rank) AS last FROM alert WHERE stage = ?+0 AND state = 'queued'",
  );
  const change = one<{ channel: number }>(
    "UPDATE stage SET version = version + 1, state = ? WHERE id = ? AND version = ? RETURNING channel",
  );
  const channelOf = one<{ channel: number }>("SELECT channel FROM stage WHERE id = ?");
  const versionOf = one<{ version: number }>("SELECT version FROM stage WHERE id = ?");
  const putAlert = one<null>(
    "INSERT INTO alert VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state, rank = excluded.rank, decide_by = excluded.decide_by, body = excluded.body",
  );
  const addReceipt = one<null>("INSERT INTO receipt (stage, event, body) VALUES (?, ?, ?)");
  const addAudit = one<null>(
    "INSERT INTO audit (channel, stage, at, actor, action, subject) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const positionOf = one<{ position: number }>("SELECT position FROM projection WHERE name = ? AND channel = ?");
  const move = one<null>("UPDATE projection SET position = ? WHERE name = ? AND channel = ? AND position = ?");
  const behind = one<{ channel: number }>(
    "SELECT channel FROM projection WHERE name = ? AND position < (SELECT max(offset) FROM record WHERE record.channel = projection.channel) LIMIT 500",
  );
  // By itself SQLite would go through every alert there ever was, in the order of stages.
  const overdue = one<{ stage: number }>(
    "SELECT DISTINCT stage FROM alert INDEXED BY alert_overdue WHERE state = 'held' AND decide_by <= ?+0 LIMIT 100",
  );
  const noteDonor = one<null>("INSERT INTO donor VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  const firstGifts = one<{ key: string; first: number }>(
    "SELECT key, first FROM donor WHERE channel = ? AND key IN (SELECT value FROM json_each(?))",
  );
  const grow = one<{ version: number }>(
    "UPDATE stage SET gifts = ?, version = version + 1 WHERE id = ? AND former IS NULL RETURNING version",
  );
  // No name that a person gives begins with a space.
  const remove = one<{ version: number }>(
    `UPDATE stage SET former = name, name = ' ' || id, version = version + 1 WHERE id = ?1 AND former IS NULL
      AND NOT EXISTS (SELECT 1 FROM alert WHERE stage = ?1+0 AND state IN ('held', 'queued', 'leased', 'showing')) RETURNING version`,
  );
  const waiting = one<{ body: string }>(
    "SELECT body FROM alert WHERE stage = ?+0 AND state IN (SELECT value FROM json_each(?)) AND state IN ('held', 'queued', 'leased', 'showing') ORDER BY rank LIMIT ?+0",
  );
  const newest = one<{ body: string }>(
    "SELECT body FROM alert WHERE stage = ?+0 AND state IN (SELECT value FROM json_each(?)) ORDER BY queued_at DESC LIMIT ?+0",
  );
  const receiptsOf = one<{ stage: string; body: string }>(
    "SELECT coalesce(former, name) AS stage, receipt.body FROM receipt JOIN stage ON stage.id = receipt.stage WHERE event = ? AND channel = ? ORDER BY n LIMIT 500",
  );
  const auditOf = one<ListedAudit>(
    'SELECT coalesce(former, name) AS stage, at, actor AS "by", action, subject FROM audit JOIN stage ON stage.id = audit.stage WHERE audit.channel = ?+0 ORDER BY n DESC LIMIT ?+0',
  );

  function write(stage: number, alerts: readonly Alert[], receipts: readonly Receipt[]): void {
    for (const alert of alerts) {
      const { id, event, state, rank, queuedAt, decideBy } = alert;
      putAlert.run(stage, id, event, state, rank, queuedAt, decideBy, JSON.stringify(alert));
    }
    for (const receipt of receipts) addReceipt.run(stage, receipt.event, JSON.stringify(receipt));
  }

  function note(channel: number, stage: number, entries: readonly AuditEntry[]): void {
    for (const { at, by, action, subject } of entries) addAudit.run(channel, stage, at, by, action, subject);
  }

  return {
    async create(channel, name, state) {
      const made = writer.transaction(() => {
        const made = insertStage.get(channel, name, JSON.stringify(state));
        if (made === null) return null;
        beginIntake.run(channel);
        beginDonors.run(channel);
        return made;
      });
      if (made === null) return "name-taken";
      ring(`stage:${made.id}`, made.version);
      return rowOf(made);
    },
    ofChannel: async (channel) => stagesOf.all(channel).map(rowOf),
    async find(id) {
      const row = stageBy.get(id);
      return row === null ? undefined : rowOf(row);
    },
    async remove(id) {
      const row = writer.transaction(() => remove.get(id));
      if (row !== null) ring(`stage:${id}`, row.version);
      return row !== null;
    },
    async view(id, named) {
      const found = stageAs.get(id);
      if (found === null) return undefined;
      const { state, settings, ...row } = found;
      const alerts = new Map(
        viewed.all(id, JSON.stringify(named)).map(({ body }) => {
          const alert = JSON.parse(body) as Alert;
          return [alert.id, alert];
        }),
      );
      const { queued, last } = queue.get(id) ?? { queued: 0, last: null };
      return {
        row: rowOf(row),
        version: row.version,
        state: JSON.parse(state) as StageState,
        settings: settings === null ? usualSettings : JSON.parse(settings),
        alerts: [...alerts.values()],
        queued,
        lastRank: last ?? 0,
      };
    },
    async commit(id, version, { state, alerts, receipts, audit }) {
      const isChanged = writer.transaction(() => {
        const row = change.get(JSON.stringify(state), id, version);
        if (row === null) return false;
        write(id, alerts, receipts);
        note(row.channel, id, audit);
        return true;
      });
      if (isChanged) ring(`stage:${id}`, version + 1);
      return isChanged;
    },
    versions: async (ids) => new Map(ids.map((id) => [id, versionOf.get(id)?.version ?? 0])),
    overdue: async (now) => overdue.all(now).map(({ stage }) => stage),

    behind: async () => behind.all("stage").map(({ channel }) => channel),
    position: async (channel) => positionOf.get("stage", channel)?.position,
    async takeIn({ channel, from, to, taken }) {
      const grown = writer.transaction(() => {
        if (move.run(to, "stage", channel, from).changes === 0) return undefined;
        const versions = new Map<number, number>();
        for (const { stage, alerts, receipts, gifts } of taken) {
          const row = grow.get(gifts && JSON.stringify(gifts), stage);
          if (row === null) continue;
          write(stage, alerts, receipts);
          versions.set(stage, row.version);
        }
        return versions;
      });
      for (const [stage, version] of grown ?? []) ring(`stage:${stage}`, version);
      return grown !== undefined;
    },

    donorsBehind: async () => behind.all("donor").map(({ channel }) => channel),
    donorPosition: async (channel) => positionOf.get("donor", channel)?.position,
    noteDonors: async ({ channel, from, to, donors }) =>
      writer.transaction(() => {
        if (move.run(to, "donor", channel, from).changes === 0) return false;
        for (const { key, first } of donors) noteDonor.run(channel, key, first);
        return true;
      }),
    firstGifts: async (channel, donors) =>
      new Map(firstGifts.all(channel, JSON.stringify(donors)).map(({ key, first }) => [key, first])),

    async alerts(stage, states, limit) {
      const isOpen = states.every((state) => ["held", "queued", "leased", "showing"].includes(state));
      const rows = (isOpen ? waiting : newest).all(stage, JSON.stringify(states), limit);
      return rows.map(({ body }) => JSON.parse(body) as Alert);
    },
    receipts: async (channel, event) =>
      receiptsOf.all(event, channel).map(({ stage, body }) => ({ stage, ...(JSON.parse(body) as Receipt) })),
    audit: async (channel, limit) => auditOf.all(channel, limit),
    async record(stage, entry) {
      const channel = channelOf.get(stage)?.channel;
      if (channel !== undefined) writer.transaction(() => note(channel, stage, [entry]));
    },
  };
}

function rowOf({ gifts, ...row }: RowOfStage): StageRow {
  return { ...row, gifts: gifts === null ? null : JSON.parse(gifts) };
}

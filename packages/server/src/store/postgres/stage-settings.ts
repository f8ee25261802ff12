import type { Clock } from "../../core/clock.ts";
import type { Ring } from "../../log/doorbell.ts";
import { keptVersions, type SavedSettings, type SettingsVersions } from "../../stage/settings-versions.ts";
import type { Database } from "./database.ts";

interface SettingsRow extends Omit<SavedSettings, "settings"> {
  readonly body: string;
}

/** The settings of stages in PostgreSQL. */
export function postgresStageSettings(database: Database, clock: Clock, ring: Ring): SettingsVersions {
  return {
    async list(stage) {
      const sql = `SELECT version, body, saved_at AS "savedAt", saved_by AS by FROM stage_settings WHERE stage = $1 ORDER BY version = 0 DESC, version DESC`;
      const rows = await database.query<SettingsRow>(sql, [stage]);
      return rows.map(({ body, ...saved }) => ({ ...saved, settings: JSON.parse(body) }));
    },
    async saveDraft(stage, settings, by) {
      const sql =
        "INSERT INTO stage_settings VALUES ($1, 0, $2, $3, $4) ON CONFLICT (stage, version) DO UPDATE SET body = excluded.body, saved_at = excluded.saved_at, saved_by = excluded.saved_by";
      await database.write(sql, [stage, JSON.stringify(settings), clock.now(), by]);
    },
    async publish(stage, by) {
      const { result } = await database.transaction(async ({ query }) => {
        await query("SELECT FROM stage WHERE id = $1 FOR UPDATE", [stage]);
        const [taken] = await query<{ version: number }>(
          "UPDATE stage_settings SET version = (SELECT settings_version + 1 FROM stage WHERE id = $1), saved_at = $2, saved_by = $3 WHERE stage = $1 AND version = 0 RETURNING version",
          [stage, clock.now(), by],
        );
        if (taken === undefined) return undefined;
        await query("DELETE FROM stage_settings WHERE stage = $1 AND version BETWEEN 1 AND $2", [
          stage,
          taken.version - keptVersions,
        ]);
        const [shown] = await query<{ version: number }>(
          "UPDATE stage SET settings_version = $2, version = version + 1 WHERE id = $1 RETURNING version",
          [stage, taken.version],
        );
        return { settings: taken.version, stage: shown?.version ?? 0 };
      });
      if (result !== undefined) ring(`stage:${stage}`, result.stage);
      return result?.settings;
    },
  };
}

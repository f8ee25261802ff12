import { keptVersions, type SavedSettings, type SettingsVersions } from "../../stage/settings-versions.ts";
import type { Writer } from "./writer.ts";

interface SettingsRow extends Omit<SavedSettings, "settings"> {
  readonly body: string;
}

/** The settings of stages in SQLite. */
export function sqliteStageSettings(writer: Writer): SettingsVersions {
  const { db } = writer;
  const { clock, ring } = writer.options;
  const one = <T>(sql: string) => db.query<T, (string | number | null)[]>(sql);
  const list = one<SettingsRow>(
    'SELECT version, body, saved_at AS savedAt, saved_by AS "by" FROM stage_settings WHERE stage = ? ORDER BY version = 0 DESC, version DESC',
  );
  const keep = one<null>(
    "INSERT INTO stage_settings VALUES (?, 0, ?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body, saved_at = excluded.saved_at, saved_by = excluded.saved_by",
  );
  const take = one<{ version: number }>(
    "UPDATE stage_settings SET version = (SELECT settings_version + 1 FROM stage WHERE id = ?1), saved_at = ?2, saved_by = ?3 WHERE stage = ?1 AND version = 0 RETURNING version",
  );
  const show = one<{ version: number }>(
    "UPDATE stage SET settings_version = ?, version = version + 1 WHERE id = ? RETURNING version",
  );
  const forget = one<null>("DELETE FROM stage_settings WHERE stage = ? AND version BETWEEN 1 AND ?");

  return {
    list: async (stage) => list.all(stage).map(({ body, ...saved }) => ({ ...saved, settings: JSON.parse(body) })),
    saveDraft: async (stage, settings, by) =>
      writer.transaction(() => void keep.run(stage, JSON.stringify(settings), clock.now(), by)),
    async publish(stage, by) {
      const put = writer.transaction(() => {
        const taken = take.get(stage, clock.now(), by);
        if (taken === null) return undefined;
        forget.run(stage, taken.version - keptVersions);
        return { settings: taken.version, stage: show.get(taken.version, stage)?.version ?? 0 };
      });
      if (put !== undefined) ring(`stage:${stage}`, put.stage);
      return put?.settings;
    },
  };
}

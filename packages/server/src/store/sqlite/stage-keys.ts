import { type KeyUse, keyUseOf, type StageKey, type StageKeys, storedUse } from "../../stage/keys.ts";
import type { Writer } from "./writer.ts";

interface KeyRow {
  readonly id: number;
  readonly stage: number;
  readonly kind: KeyUse["kind"];
  readonly detail: string;
  readonly name: string;
  readonly sealed: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly used_at: number | null;
}

/** The keys of stages in SQLite. */
export function sqliteStageKeys(writer: Writer): StageKeys {
  const { db } = writer;
  const { clock, ring } = writer.options;
  const one = <T>(sql: string) => db.query<T, (string | number | null)[]>(sql);
  const insert = one<KeyRow>(
    "INSERT INTO stage_key (stage, kind, detail, name, hash, sealed, created_at) VALUES (?, ?, ?, ?, hex(randomblob(32)), '', ?) RETURNING *",
  );
  const setSecret = one<null>("UPDATE stage_key SET hash = ?, sealed = ? WHERE id = ?");
  const byHash = one<KeyRow>("SELECT * FROM stage_key WHERE hash = ?");
  const ofStage = one<KeyRow>("SELECT * FROM stage_key WHERE stage = ? ORDER BY id");
  const expire = one<null>(
    "UPDATE stage_key SET expires_at = min(coalesce(expires_at, ?1), ?1) WHERE stage = ?2 AND kind = ?3 AND detail = ?4 AND id < ?5",
  );
  const bump = one<{ version: number }>(
    "UPDATE stage SET keys_version = keys_version + 1, version = version + 1 WHERE id = ? RETURNING version",
  );
  const revoke = one<{ id: number }>(
    "UPDATE stage_key SET expires_at = ?1 WHERE stage = ?2 AND id = ?3 AND kind <> 'display' AND (expires_at IS NULL OR expires_at > ?1) RETURNING id",
  );
  const use = one<null>("UPDATE stage_key SET used_at = ? WHERE id = ?");

  return {
    create: async ({ stage, use, name }, secret) =>
      writer.transaction(() => {
        const { kind, detail } = storedUse(use);
        const row = insert.get(stage, kind, detail, name, clock.now()) as KeyRow;
        const { hash, sealed } = secret(row.id);
        setSecret.run(hash, sealed, row.id);
        return keyOf({ ...row, sealed });
      }),
    async byHash(hash) {
      const row = byHash.get(hash);
      return row === null ? undefined : keyOf(row);
    },
    ofStage: async (stage) => ofStage.all(stage).map(keyOf),
    async expire(stage, use, before, until) {
      const { kind, detail } = storedUse(use);
      const version = writer.transaction(() => {
        expire.run(until, stage, kind, detail, before);
        return bump.get(stage)?.version ?? 0;
      });
      ring(`stage:${stage}`, version);
    },
    async revoke(stage, id) {
      const version = writer.transaction(() =>
        revoke.get(clock.now(), stage, id) === null ? undefined : bump.get(stage)?.version,
      );
      if (version !== undefined) ring(`stage:${stage}`, version);
      return version !== undefined;
    },
    used: async (id) => writer.transaction(() => void use.run(clock.now(), id)),
  };
}

function keyOf({ kind, detail, created_at, expires_at, used_at, id, stage, name, sealed }: KeyRow): StageKey {
  const use = keyUseOf(kind, detail);
  return { id, stage, use, name, sealed, createdAt: created_at, expiresAt: expires_at, usedAt: used_at };
}

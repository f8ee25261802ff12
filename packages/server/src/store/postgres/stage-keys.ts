import type { Clock } from "../../core/clock.ts";
import type { Ring } from "../../log/doorbell.ts";
import { type KeyUse, keyUseOf, type StageKey, type StageKeys, storedUse } from "../../stage/keys.ts";
import type { Database } from "./database.ts";

type KeyRow = Omit<StageKey, "use"> & { readonly kind: KeyUse["kind"]; readonly detail: string };

const columns = `id, stage, kind, detail, name, sealed, created_at AS "createdAt", expires_at AS "expiresAt", used_at AS "usedAt"`;

/** The keys of stages in PostgreSQL. */
export function postgresStageKeys(database: Database, clock: Clock, ring: Ring): StageKeys {
  return {
    async create({ stage, use, name }, secret) {
      const next = "SELECT nextval(pg_get_serial_sequence('stage_key', 'id')) AS id";
      const id = (await database.query<{ id: number }>(next))[0]?.id ?? 0;
      const { kind, detail } = storedUse(use);
      const { hash, sealed } = secret(id);
      const [row] = await database.write<KeyRow>(
        `INSERT INTO stage_key (id, stage, kind, detail, name, hash, sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING ${columns}`,
        [id, stage, kind, detail, name, hash, sealed, clock.now()],
      );
      return keyOf(row as KeyRow);
    },
    async byHash(hash) {
      const [row] = await database.query<KeyRow>(`SELECT ${columns} FROM stage_key WHERE hash = $1`, [hash]);
      return row && keyOf(row);
    },
    async ofStage(stage) {
      const sql = `SELECT ${columns} FROM stage_key WHERE stage = $1 ORDER BY id`;
      return (await database.query<KeyRow>(sql, [stage])).map(keyOf);
    },
    async expire(stage, use, before, until) {
      const { kind, detail } = storedUse(use);
      const { rows } = await database.transaction(
        ({ query }) =>
          query(
            "UPDATE stage_key SET expires_at = least(coalesce(expires_at, $1), $1) WHERE stage = $2 AND kind = $3 AND detail = $4 AND id < $5",
            [until, stage, kind, detail, before],
          ),
        () =>
          `UPDATE stage SET keys_version = keys_version + 1, version = version + 1 WHERE id = ${Number(stage)} RETURNING version`,
      );
      ring(`stage:${stage}`, Number(rows[0]?.["version"] ?? 0));
    },
    async revoke(stage, id) {
      const { result } = await database.transaction(async ({ query }) => {
        const revoked = await query(
          "UPDATE stage_key SET expires_at = $3 WHERE stage = $1 AND id = $2 AND kind <> 'display' AND (expires_at IS NULL OR expires_at > $3) RETURNING id",
          [stage, id, clock.now()],
        );
        if (revoked.length === 0) return undefined;
        const bump =
          "UPDATE stage SET keys_version = keys_version + 1, version = version + 1 WHERE id = $1 RETURNING version";
        return (await query<{ version: number }>(bump, [stage]))[0]?.version;
      });
      if (result !== undefined) ring(`stage:${stage}`, result);
      return result !== undefined;
    },
    async used(id) {
      await database.write("UPDATE stage_key SET used_at = $2 WHERE id = $1", [id, clock.now()]);
    },
  };
}

function keyOf({ kind, detail, ...key }: KeyRow): StageKey {
  return { ...key, use: keyUseOf(kind, detail) };
}

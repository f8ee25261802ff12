import type { Application, Applications } from "../../access/applications.ts";
import type { Clock } from "../../core/clock.ts";
import type { Database } from "./database.ts";

const columns = `id, name, account, redirect_uris AS "redirectUris", created_at AS "createdAt"`;

/** Registered applications in PostgreSQL. */
export function postgresApplications(database: Database, clock: Clock): Applications {
  return {
    async create({ name, account, redirectUris }, secretHash) {
      const sql = `INSERT INTO application (name, account, secret_hash, redirect_uris, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING ${columns}`;
      const [made] = await database.write<Application>(sql, [name, account, secretHash, redirectUris, clock.now()]);
      return made as Application;
    },
    list: (account) =>
      database.query(`SELECT ${columns} FROM application WHERE account = coalesce($1, account) ORDER BY id`, [
        account ?? null,
      ]),
    async application(id) {
      return (await database.query<Application>(`SELECT ${columns} FROM application WHERE id = $1`, [id]))[0];
    },
    async secretHash(id) {
      const sql = "SELECT secret_hash AS hash FROM application WHERE id = $1";
      return (await database.query<{ hash: string }>(sql, [id]))[0]?.hash;
    },
  };
}

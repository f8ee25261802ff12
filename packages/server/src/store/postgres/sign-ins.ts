import type { Person, SignIns } from "../../access/sign-ins.ts";
import type { Clock } from "../../core/clock.ts";
import type { Database } from "./database.ts";

/** Sign-in links and browser sessions in PostgreSQL. */
export function postgresSignIns(database: Database, clock: Clock): SignIns {
  async function find(hash: string, session: boolean): Promise<Person | undefined> {
    const sql = "SELECT account, channel FROM sign_in WHERE hash = $1 AND session = $2 AND expires_at > $3";
    return (await database.query<Person>(sql, [hash, session, clock.now()]))[0];
  }

  return {
    async keepLink({ account, channel }, hash, expiresAt) {
      await database.write("DELETE FROM sign_in WHERE expires_at <= $1", [clock.now()]);
      await database.write("INSERT INTO sign_in VALUES ($1, $2, $3, false, $4)", [hash, account, channel, expiresAt]);
    },
    link: (hash) => find(hash, false),
    async open(linkHash, sessionHash, expiresAt) {
      const sql =
        "WITH link AS (DELETE FROM sign_in WHERE hash = $1 AND NOT session AND expires_at > $2 RETURNING account, channel) INSERT INTO sign_in SELECT $3, account, channel, true, $4 FROM link RETURNING account, channel";
      return (await database.write<Person>(sql, [linkHash, clock.now(), sessionHash, expiresAt]))[0];
    },
    async spend(linkHash) {
      const sql = "DELETE FROM sign_in WHERE hash = $1 AND NOT session AND expires_at > $2 RETURNING account, channel";
      return (await database.write<Person>(sql, [linkHash, clock.now()]))[0];
    },
    session: (hash) => find(hash, true),
    async end(hash) {
      await database.write("DELETE FROM sign_in WHERE hash = $1", [hash]);
    },
  };
}

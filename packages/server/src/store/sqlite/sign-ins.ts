import type { Person, SignIns } from "../../access/sign-ins.ts";
import type { Writer } from "./writer.ts";

const link = 0;
const session = 1;

/** Sign-in links and browser sessions in SQLite. */
export function sqliteSignIns(writer: Writer): SignIns {
  const { db } = writer;
  const { clock } = writer.options;
  const insert = db.query<null, [string, number, number, number, number]>("INSERT INTO sign_in VALUES (?, ?, ?, ?, ?)");
  const byHash = db.query<Person, [string, number, number]>(
    "SELECT account, channel FROM sign_in WHERE hash = ? AND session = ? AND expires_at > ?",
  );
  const remove = db.query<null, [string]>("DELETE FROM sign_in WHERE hash = ?");
  const removeExpired = db.query<null, [number]>("DELETE FROM sign_in WHERE expires_at <= ?");
  const find = (hash: string, kind: number) => byHash.get(hash, kind, clock.now()) ?? undefined;

  return {
    keepLink: async ({ account, channel }, hash, expiresAt) =>
      writer.transaction(() => {
        removeExpired.run(clock.now());
        insert.run(hash, account, channel, link, expiresAt);
      }),
    link: async (hash) => find(hash, link),
    open: async (linkHash, sessionHash, expiresAt) =>
      writer.transaction(() => {
        const person = find(linkHash, link);
        if (person === undefined) return undefined;
        remove.run(linkHash);
        insert.run(sessionHash, person.account, person.channel, session, expiresAt);
        return person;
      }),
    spend: async (linkHash) =>
      writer.transaction(() => {
        const person = find(linkHash, link);
        if (person !== undefined) remove.run(linkHash);
        return person;
      }),
    session: async (hash) => find(hash, session),
    end: async (hash) => writer.transaction(() => void remove.run(hash)),
  };
}

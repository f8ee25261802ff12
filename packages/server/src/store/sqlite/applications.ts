import type { Application, Applications } from "../../access/applications.ts";
import type { Writer } from "./writer.ts";

interface ApplicationRow {
  readonly id: number;
  readonly name: string;
  readonly account: number;
  readonly secret_hash: string;
  readonly redirect_uris: string;
  readonly created_at: number;
}

/** Registered applications in SQLite. */
export function sqliteApplications(writer: Writer): Applications {
  const { db } = writer;
  const insert = db.query<ApplicationRow, [string, number, string, string, number]>(
    "INSERT INTO application (name, account, secret_hash, redirect_uris, created_at) VALUES (?, ?, ?, ?, ?) RETURNING *",
  );
  const all = db.query<ApplicationRow, [number | null]>(
    "SELECT * FROM application WHERE account = coalesce(?, account) ORDER BY id",
  );
  const byId = db.query<ApplicationRow, [number]>("SELECT * FROM application WHERE id = ?");

  return {
    create: async ({ name, account, redirectUris }, secretHash) =>
      writer.transaction(() => {
        const uris = JSON.stringify(redirectUris);
        return applicationOf(insert.get(name, account, secretHash, uris, writer.options.clock.now()) as ApplicationRow);
      }),
    list: async (account) => all.all(account ?? null).map(applicationOf),
    async application(id) {
      const row = byId.get(id);
      return row === null ? undefined : applicationOf(row);
    },
    secretHash: async (id) => byId.get(id)?.secret_hash,
  };
}

function applicationOf({ id, name, account, redirect_uris, created_at }: ApplicationRow): Application {
  return { id, name, account, redirectUris: JSON.parse(redirect_uris) as string[], createdAt: created_at };
}

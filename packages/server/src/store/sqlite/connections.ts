import type { ConnectionState, SourcePlatform } from "../../intake/connection.ts";
import type { Connections, StoredConnection } from "../../intake/connections.ts";
import type { Writer } from "./writer.ts";

interface ConnectionRow {
  readonly id: number;
  readonly channel: number;
  readonly platform: SourcePlatform;
  readonly account: string;
  readonly name: string;
  readonly wanted: number;
  readonly version: number;
  readonly secret: string;
  readonly secret_version: number;
  readonly state: string;
  readonly created_at: number;
  readonly quarantined: number;
}

const counted = "(SELECT count(*) FROM quarantine WHERE connection = connection.id) AS quarantined";

/** Whether a session (fence, token) that lives holds the connection. */
const isHeld =
  "EXISTS (SELECT 1 FROM holding JOIN live_session USING (fence, token) WHERE holding.name = 'source:' || connection.id AND fence = ? AND token = ?)";

/** Connections in SQLite. */
export function sqliteConnections(writer: Writer): Connections {
  const { db } = writer;
  const { clock, ring } = writer.options;
  const one = <T>(sql: string) => db.query<T, (string | number | null)[]>(sql);

  const nextVersion = one<{ version: number }>(
    "INSERT INTO topic VALUES ('connections', 1) ON CONFLICT DO UPDATE SET version = version + 1 RETURNING version",
  );
  const insert = one<{ id: number }>(
    "INSERT INTO connection (channel, platform, account, name, wanted, version, secret, secret_version, state, created_at) VALUES (?, ?, ?, ?, 1, ?, '', 1, '', ?) ON CONFLICT DO NOTHING RETURNING id",
  );
  const setSecret = one<null>("UPDATE connection SET secret = ? WHERE id = ?");
  const byChannel = one<ConnectionRow>(
    `SELECT *, ${counted} FROM connection WHERE channel = coalesce(?, channel) ORDER BY id`,
  );
  const byId = one<ConnectionRow>(`SELECT *, ${counted} FROM connection WHERE id = ?`);
  const setWanted = one<null>("UPDATE connection SET wanted = ?, version = ? WHERE id = ?");
  const authorize = one<null>(
    "UPDATE connection SET wanted = 1, secret = ?, secret_version = secret_version + 1, version = ? WHERE id = ?",
  );
  const removals = [
    one<null>("DELETE FROM source_note WHERE connection = ?"),
    one<null>("DELETE FROM holding WHERE name = 'source:' || ?"),
    one<null>("DELETE FROM connection WHERE id = ?"),
  ];
  const version = one<{ version: number }>("SELECT version FROM topic WHERE name = 'connections'");
  const free = one<{ id: number }>(
    "SELECT id FROM connection WHERE wanted AND NOT EXISTS (SELECT 1 FROM holding JOIN live_session USING (fence, token) WHERE holding.name = 'source:' || connection.id) ORDER BY id",
  );
  const keepSecret = one<{ version: number }>(
    `UPDATE connection SET secret = ?, secret_version = secret_version + 1 WHERE id = ? AND secret_version = ? AND ${isHeld} RETURNING secret_version AS version`,
  );
  const report = one<null>(`UPDATE connection SET state = ? WHERE id = ? AND ${isHeld}`);
  const held = one<ConnectionRow>(`SELECT *, 0 AS quarantined FROM connection WHERE id = ? AND ${isHeld}`);
  const byAccount = one<{ id: number }>(
    "SELECT id FROM connection WHERE channel = ? AND platform = ? AND account = ? AND id <> ?",
  );
  const setAccount = one<null>("UPDATE connection SET account = ?, name = ? WHERE id = ?");

  const find = (id: number) => {
    const row = byId.get(id);
    return row === null ? undefined : connectionOf(row);
  };

  /** Runs work in a transaction; where it draws the topic's next version, that rings after the commit. */
  function changing<T>(work: (next: () => number) => T): T {
    let drawn = 0;
    const result = writer.transaction(() =>
      work(() => {
        drawn = nextVersion.get()?.version ?? 0;
        return drawn;
      }),
    );
    if (drawn > 0) ring("connections", drawn);
    return result;
  }

  /** A change by a person, where there is such a connection. */
  function changed(id: number, change: (version: number) => unknown): StoredConnection | undefined {
    return changing((next) => {
      if (find(id) === undefined) return undefined;
      change(next());
      return find(id);
    });
  }

  return {
    create: async ({ channel, platform, account, name }, seal) =>
      changing((next) => {
        const made = insert.get(channel, platform, account, name, next(), clock.now());
        if (made === null) return "account-taken";
        setSecret.run(seal(made.id), made.id);
        return find(made.id) as StoredConnection;
      }),
    list: async (channel) => byChannel.all(channel ?? null).map(connectionOf),
    find: async (id) => find(id),
    setWanted: async (id, wanted) => changed(id, (version) => setWanted.run(wanted ? 1 : 0, version, id)),
    authorize: async (id, sealed) => changed(id, (version) => authorize.run(sealed, version, id)),
    remove: async (id) =>
      changing((next) => {
        const known = byId.get(id);
        if (known === null) return "unknown";
        if (known.quarantined > 0) return "in-quarantine";
        for (const removal of removals) removal.run(id);
        next();
        return "removed";
      }),
    glance: async () => ({ version: version.get()?.version ?? 0, free: free.all().map(({ id }) => id) }),

    async secret(id) {
      const row = byId.get(id);
      return row === null ? undefined : { sealed: row.secret, version: row.secret_version };
    },
    keepSecret: async (id, sealed, version, { fence, token }) =>
      writer.transaction(() => keepSecret.get(sealed, id, version, fence, token)?.version),
    report: async (id, state, { fence, token }) =>
      writer.transaction(() => report.run(JSON.stringify(state), id, fence, token).changes === 1),
    identify: async (id, account, name, { fence, token }) =>
      writer.transaction(() => {
        const known = held.get(id, fence, token);
        if (known === null) return "refused";
        if (known.account !== "" && known.account !== account) return "other-account";
        if (byAccount.get(known.channel, known.platform, account, id) !== null) return "taken";
        setAccount.run(account, name, id);
        return "identified";
      }),
  };
}

function connectionOf(row: ConnectionRow): StoredConnection {
  const { id, channel, platform, account, name, version, quarantined } = row;
  const state = row.state === "" ? undefined : (JSON.parse(row.state) as ConnectionState);
  const wanted = row.wanted === 1;
  return { id, channel, platform, account, name, wanted, createdAt: row.created_at, version, state, quarantined };
}

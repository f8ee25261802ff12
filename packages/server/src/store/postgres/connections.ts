import type { Clock } from "../../core/clock.ts";
import type { ConnectionState } from "../../intake/connection.ts";
import type { Connections, StoredConnection } from "../../intake/connections.ts";
import type { Ring } from "../../log/doorbell.ts";
import type { Database, Parameter, Statements } from "./database.ts";

type ConnectionRow = Omit<StoredConnection, "state"> & { readonly state: string };

const columns = `connection.id, channel, platform, account, name, wanted, version, state, created_at AS "createdAt", (SELECT count(*) FROM quarantine WHERE quarantine.connection = connection.id) AS quarantined`;

/** Connections in PostgreSQL. */
export function postgresConnections(database: Database, clock: Clock, ring: Ring): Connections {
  /** One statement that uses the topic's next version, which rings after its commit. */
  async function changing(sql: string, ...parameters: Parameter[]): Promise<StoredConnection | undefined> {
    const [row] = await database.write<ConnectionRow>(sql, parameters);
    if (row === undefined) return undefined;
    ring("connections", row.version);
    return connectionOf(row);
  }

  /** Changes a connection, as a person wants it. */
  function changed(id: number, change: string, ...parameters: Parameter[]): Promise<StoredConnection | undefined> {
    const sql = `UPDATE connection SET ${change}, version = next_version('connections') WHERE id = $1 RETURNING ${columns}`;
    return changing(sql, id, ...parameters);
  }

  return {
    async create({ channel, platform, account, name }, seal) {
      const sql = "SELECT nextval(pg_get_serial_sequence('connection', 'id')) AS id";
      const id = (await database.query<{ id: number }>(sql))[0]?.id ?? 0;
      const made = await changing(
        `INSERT INTO connection (id, channel, platform, account, name, wanted, version, secret, secret_version, state, created_at) VALUES ($1, $2, $3, $4, $5, true, next_version('connections'), $6, 1, '', $7) ON CONFLICT DO NOTHING RETURNING ${columns}`,
        id,
        channel,
        platform,
        account,
        name,
        seal(id),
        clock.now(),
      );
      return made ?? "account-taken";
    },
    async list(channel) {
      const sql = `SELECT ${columns} FROM connection WHERE channel = coalesce($1, channel) ORDER BY id`;
      return (await database.query<ConnectionRow>(sql, [channel ?? null])).map(connectionOf);
    },
    async find(id) {
      const [row] = await database.query<ConnectionRow>(`SELECT ${columns} FROM connection WHERE id = $1`, [id]);
      return row && connectionOf(row);
    },
    setWanted: (id, wanted) => changed(id, "wanted = $2", wanted),
    authorize: (id, sealed) => changed(id, "wanted = true, secret = $2, secret_version = secret_version + 1", sealed),
    async remove(id) {
      const remove = async ({ query }: Statements) => {
        const [known] = await query("SELECT id FROM connection WHERE id = $1 FOR UPDATE", [id]);
        if (known === undefined) return "unknown";
        if ((await query("SELECT id FROM quarantine WHERE connection = $1 LIMIT 1", [id])).length > 0) {
          return "in-quarantine";
        }
        await query("DELETE FROM source_note WHERE connection = $1", [id]);
        await query("DELETE FROM holding WHERE name = 'source:' || $1::bigint", [id]);
        await query("DELETE FROM connection WHERE id = $1", [id]);
        return "removed";
      };
      const { result, rows } = await database.transaction(remove, (become) =>
        become === "removed" ? "SELECT next_version('connections') AS version" : undefined,
      );
      if (rows[0] !== undefined) ring("connections", Number(rows[0]["version"]));
      return result;
    },
    async glance() {
      const [row] = await database.query<{ version: number | null; free: number[] }>(
        `SELECT (SELECT version FROM topic WHERE name = 'connections') AS version,
          ARRAY(SELECT id FROM connection WHERE wanted AND NOT EXISTS (
            SELECT FROM holding JOIN node_session USING (fence, token)
            WHERE holding.name = 'source:' || connection.id AND lives(beaten_at)
          ) ORDER BY id) AS free`,
      );
      return { version: row?.version ?? 0, free: row?.free ?? [] };
    },

    async secret(id) {
      const sql = "SELECT secret AS sealed, secret_version AS version FROM connection WHERE id = $1";
      return (await database.query<{ sealed: string; version: number }>(sql, [id]))[0];
    },
    async keepSecret(id, sealed, version, { fence, token }) {
      const sql =
        "UPDATE connection SET secret = $2, secret_version = secret_version + 1 WHERE id = $1 AND secret_version = $3 AND holds_source(id, $4, $5) RETURNING secret_version AS version";
      return (await database.write<{ version: number }>(sql, [id, sealed, version, fence, token]))[0]?.version;
    },
    async report(id, state, { fence, token }) {
      const sql = "UPDATE connection SET state = $2 WHERE id = $1 AND holds_source(id, $3, $4) RETURNING id";
      return (await database.write(sql, [id, JSON.stringify(state), fence, token])).length === 1;
    },
    async identify(id, account, name, { fence, token }) {
      const { result } = await database.transaction(async ({ query }) => {
        const [known] = await query<Pick<StoredConnection, "channel" | "platform" | "account">>(
          "SELECT channel, platform, account FROM connection WHERE id = $1 AND holds_source(id, $2, $3) FOR UPDATE",
          [id, fence, token],
        );
        if (known === undefined) return "refused";
        if (known.account !== "" && known.account !== account) return "other-account";
        // Two that are identified at once: the channel's row decides who is first.
        await query("SELECT id FROM channel WHERE id = $1 FOR NO KEY UPDATE", [known.channel]);
        const others = await query(
          "SELECT id FROM connection WHERE channel = $1 AND platform = $2 AND account = $3 AND id <> $4",
          [known.channel, known.platform, account, id],
        );
        if (others.length > 0) return "taken";
        await query("UPDATE connection SET account = $2, name = $3 WHERE id = $1", [id, account, name]);
        return "identified";
      });
      return result;
    },
  };
}

function connectionOf({ state, ...row }: ConnectionRow): StoredConnection {
  return { ...row, state: state === "" ? undefined : (JSON.parse(state) as ConnectionState) };
}

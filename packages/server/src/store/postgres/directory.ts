import type { KeyCredential, Scope, TokenCredential } from "../../access/credential.ts";
import type { Account, ApiKey, Channel, Directory, Member } from "../../access/directory.ts";
import type { Clock } from "../../core/clock.ts";
import type { Changing } from "./access-changes.ts";
import type { Database, Parameter } from "./database.ts";
import { sharedReading } from "./shared-reading.ts";

interface KeyRow {
  readonly id: number;
  readonly name: string;
  readonly account: number;
  readonly scopes: string;
  readonly channels: readonly number[] | null;
  readonly hash: string;
  readonly administrator: boolean;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

type TokenRow = Omit<TokenCredential, "id" | "kind"> & { readonly id: number };

const accountColumns = "id, name, administrator";
const channelColumns = `channel.id, slug, title, channel.account, kick_username AS "kickUsername", url, created_at AS "createdAt"`;
const keyColumns = `api_key.id, api_key.name, account, scopes, channels, hash, created_at AS "createdAt", revoked_at AS "revokedAt"`;
const tokenColumns = `id, channel, expires_at AS "expiresAt"`;

/**
 * Accounts, channels, members, keys and tokens in PostgreSQL. Every change of access is a row of its log, then a ring. What every
 * request asks is read once for all that ask it together: many polls with one key would take the pool's connections in turn.
 */
export function postgresDirectory(database: Database, clock: Clock, changing: Changing): Directory {
  const one = async <T>(sql: string, ...parameters: readonly Parameter[]) =>
    (await database.query<T>(sql, parameters))[0];
  const accountBy = 'SELECT id, name, administrator FROM account WHERE lower(name COLLATE "C") = lower($1 COLLATE "C")';

  return {
    async createAccount(name, administrator) {
      const sql = `INSERT INTO account (name, administrator) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING ${accountColumns}`;
      return (await database.write<Account>(sql, [name, administrator]))[0] ?? "name-taken";
    },
    accounts: () => database.query<Account>(`SELECT ${accountColumns} FROM account ORDER BY id`),
    account: (id) => one<Account>(`SELECT ${accountColumns} FROM account WHERE id = $1`, id),
    accountNamed: (name) => one<Account>(accountBy, name),

    createChannel: (slug, account, { title, kickUsername, url }) =>
      changing(async ({ query }, changed) => {
        const [made] = await query<Channel>(
          `INSERT INTO channel (slug, title, account, kick_username, url, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING ${channelColumns}`,
          [slug, title, account, kickUsername, url, clock.now()],
        );
        if (made === undefined) return "name-taken";
        await query("INSERT INTO head VALUES ($1, 0, 0)", [made.id]);
        changed(`account:${account}`);
        return made;
      }),
    setChannel: (id, { title, kickUsername, url }) =>
      changing(async ({ query }, changed) => {
        const [channel] = await query<Channel>(
          `UPDATE channel SET title = coalesce($2, title), kick_username = coalesce($3, kick_username), url = coalesce($4, url) WHERE id = $1 RETURNING ${channelColumns}`,
          [id, title ?? null, kickUsername ?? null, url ?? null],
        );
        changed(`channel:${id}`);
        return channel as Channel;
      }),
    channel: sharedReading((id) => one<Channel>(`SELECT ${channelColumns} FROM channel WHERE id = $1`, id)),
    channelNamed: sharedReading((slug) => one<Channel>(`SELECT ${channelColumns} FROM channel WHERE slug = $1`, slug)),
    channels: (account) =>
      account === undefined
        ? database.query(`SELECT ${channelColumns}, 'owner' AS role FROM channel ORDER BY id`)
        : database.query(
            `SELECT ${channelColumns}, 'owner' AS role FROM channel WHERE account = $1 UNION ALL SELECT ${channelColumns}, role FROM member JOIN channel ON channel.id = member.channel WHERE member.account = $1 AND channel.account <> $1 ORDER BY id`,
            [account],
          ),

    role: sharedReading(async (account, channel) => {
      const sql =
        "SELECT 'owner' AS role FROM channel WHERE id = $2 AND account = $1 UNION ALL SELECT role FROM member WHERE account = $1 AND channel = $2 LIMIT 1";
      return (await one<Pick<Member, "role">>(sql, account, channel))?.role;
    }),
    setMember: (channel, account, role) =>
      changing(async ({ query }, changed) => {
        await query(
          "INSERT INTO member (channel, account, role) VALUES ($1, $2, $3) ON CONFLICT (channel, account) DO UPDATE SET role = excluded.role",
          [channel, account, role],
        );
        changed(`channel:${channel}`);
        changed(`account:${account}`);
      }),
    removeMember: (channel, account) =>
      changing(async ({ query }, changed) => {
        const sql = "DELETE FROM member WHERE channel = $1 AND account = $2 RETURNING channel";
        if ((await query(sql, [channel, account])).length === 0) return false;
        changed(`channel:${channel}`);
        changed(`account:${account}`);
        return true;
      }),
    members: (channel) =>
      database.query<Member>(
        "SELECT account.id AS account, account.name, 'owner' AS role FROM channel JOIN account ON account.id = channel.account WHERE channel.id = $1 UNION ALL SELECT account.id, account.name, member.role FROM member JOIN account ON account.id = member.account JOIN channel ON channel.id = member.channel WHERE member.channel = $1 AND channel.account <> account.id",
        [channel],
      ),

    async createKey({ name, account, scopes, channels }, hash) {
      const drawn = await one<{ id: number }>("SELECT nextval(pg_get_serial_sequence('api_key', 'id')) AS id");
      const id = drawn?.id ?? 0;
      const [row] = await database.write<KeyRow>(
        `INSERT INTO api_key (id, name, account, scopes, channels, hash, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${keyColumns}`,
        [id, name, account, scopes.join(" "), channels, hash(id), clock.now()],
      );
      return keyOf(row as KeyRow);
    },
    async keys(account) {
      const sql = `SELECT ${keyColumns} FROM api_key WHERE account = coalesce($1, account) ORDER BY id`;
      return (await database.query<KeyRow>(sql, [account ?? null])).map(keyOf);
    },
    keyForAuthentication: sharedReading(async (id) => {
      const row = await one<KeyRow>(
        `SELECT ${keyColumns}, administrator FROM api_key JOIN account ON account.id = api_key.account WHERE api_key.id = $1`,
        id,
      );
      return row && { hash: row.hash, revoked: row.revokedAt !== null, credential: keyCredential(row) };
    }),
    revokeKey: (id) =>
      changing(async ({ query }, changed) => {
        const sql = "UPDATE api_key SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL RETURNING id";
        if ((await query(sql, [clock.now(), id])).length === 0) return false;
        changed(`key:${id}`);
        return true;
      }),

    rotateToken: (channel, hash, earlierUntil) =>
      changing(async ({ query }, changed) => {
        // One rotation of a channel at a time: of two at once, one token is the current one.
        await query("SELECT id FROM channel WHERE id = $1 FOR NO KEY UPDATE", [channel]);
        const sql =
          "UPDATE stream_token SET expires_at = $2 WHERE channel = $1 AND (expires_at IS NULL OR expires_at > $2) RETURNING id";
        const earlier = await query<{ id: number }>(sql, [channel, earlierUntil]);
        for (const { id } of earlier) changed(`token:${id}`);
        await query("INSERT INTO stream_token (channel, hash, created_at) VALUES ($1, $2, $3)", [
          channel,
          hash,
          clock.now(),
        ]);
      }),
    tokenForAuthentication: sharedReading(async (hash) => {
      const row = await one<TokenRow>(`SELECT ${tokenColumns} FROM stream_token WHERE hash = $1`, hash);
      return row && tokenCredential(row);
    }),
    async token(id) {
      const row = await one<TokenRow>(`SELECT ${tokenColumns} FROM stream_token WHERE id = $1`, id);
      return row && tokenCredential(row);
    },

    accessVersion: async () => (await one<{ version: number }>("SELECT version FROM access_version"))?.version ?? 0,
    accessChanges: (version) =>
      database.query("SELECT version, subject FROM access_change WHERE version > $1 ORDER BY version LIMIT 500", [
        version,
      ]),
  };
}

function keyOf(row: KeyRow): ApiKey {
  const { id, name, account, channels, createdAt, revokedAt } = row;
  return { id, name, account, scopes: scopesOf(row), channels, createdAt, revokedAt };
}

function keyCredential(row: KeyRow): KeyCredential {
  const { id, account, channels, administrator } = row;
  return { kind: "key", id: `key:${id}`, account, scopes: new Set(scopesOf(row)), channels, administrator };
}

function scopesOf({ scopes }: KeyRow): readonly Scope[] {
  return scopes.split(" ") as Scope[];
}

function tokenCredential({ id, channel, expiresAt }: TokenRow): TokenCredential {
  return { kind: "token", id: `token:${id}`, channel, expiresAt };
}

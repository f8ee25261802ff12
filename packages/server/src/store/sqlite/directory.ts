import type { KeyCredential, Role, Scope, TokenCredential } from "../../access/credential.ts";
import type { Account, ApiKey, Channel, ChannelSettings, Directory, Member } from "../../access/directory.ts";
import { changingAccess } from "./access-changes.ts";
import type { Writer } from "./writer.ts";

interface ChannelRow {
  readonly id: number;
  readonly slug: string;
  readonly title: string;
  readonly account: number;
  readonly kick_username: string;
  readonly url: string;
  readonly created_at: number;
}

interface KeyRow {
  readonly id: number;
  readonly name: string;
  readonly account: number;
  readonly scopes: string;
  readonly channels: string | null;
  readonly hash: string;
  readonly created_at: number;
  readonly revoked_at: number | null;
}

interface TokenRow {
  readonly id: number;
  readonly channel: number;
  readonly expires_at: number | null;
}

/** Accounts, channels, members, keys and tokens in SQLite. Every change of access is a row of its log, then a ring. */
export function sqliteDirectory(writer: Writer): Directory {
  const { db } = writer;
  const { clock } = writer.options;
  const changing = changingAccess(writer);
  const one = <T>(sql: string) => db.query<T, (string | number | null)[]>(sql);

  const insertAccount = one<Account>("INSERT INTO account (name, administrator) VALUES (?, ?) RETURNING *");
  const allAccounts = one<AccountRow>("SELECT * FROM account ORDER BY id");
  const accountById = one<AccountRow>("SELECT * FROM account WHERE id = ?");
  const accountNamed = one<AccountRow>("SELECT * FROM account WHERE name = ?");

  const insertChannel = one<ChannelRow>(
    "INSERT INTO channel (slug, title, account, kick_username, url, created_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING *",
  );
  const updateChannel = one<ChannelRow>(
    "UPDATE channel SET title = coalesce(?, title), kick_username = coalesce(?, kick_username), url = coalesce(?, url) WHERE id = ? RETURNING *",
  );
  const channelById = one<ChannelRow>("SELECT * FROM channel WHERE id = ?");
  const channelBySlug = one<ChannelRow>("SELECT * FROM channel WHERE slug = ?");
  const allChannels = one<ChannelRow>("SELECT * FROM channel ORDER BY id");
  const channelsOf = one<ChannelRow & { role: Role }>(
    "SELECT *, 'owner' AS role FROM channel WHERE account = ?1 UNION ALL SELECT channel.*, role FROM member JOIN channel ON channel.id = member.channel WHERE member.account = ?1 AND channel.account <> ?1 ORDER BY id",
  );

  const roleOf = one<{ role: Role }>(
    "SELECT 'owner' AS role FROM channel WHERE id = ?2 AND account = ?1 UNION ALL SELECT role FROM member WHERE account = ?1 AND channel = ?2 LIMIT 1",
  );
  const insertMember = one<null>(
    "INSERT INTO member (channel, account, role) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET role = excluded.role",
  );
  const deleteMember = one<null>("DELETE FROM member WHERE channel = ? AND account = ?");
  const membersOf = one<Member>(
    "SELECT account.id AS account, account.name, 'owner' AS role FROM channel JOIN account ON account.id = channel.account WHERE channel.id = ?1 UNION ALL SELECT account.id, account.name, member.role FROM member JOIN account ON account.id = member.account JOIN channel ON channel.id = member.channel WHERE member.channel = ?1 AND channel.account <> account.id",
  );

  const insertKey = one<KeyRow>(
    "INSERT INTO api_key (name, account, scopes, channels, hash, created_at) VALUES (?, ?, ?, ?, '', ?) RETURNING *",
  );
  const setKeyHash = one<null>("UPDATE api_key SET hash = ? WHERE id = ?");
  const keysOf = one<KeyRow>("SELECT * FROM api_key WHERE account = coalesce(?, account) ORDER BY id");
  const keyById = one<KeyRow & { administrator: number }>(
    "SELECT api_key.*, administrator FROM api_key JOIN account ON account.id = api_key.account WHERE api_key.id = ?",
  );
  const endKey = one<null>("UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL");

  const earlierTokens = one<TokenRow>(
    "SELECT id, channel, expires_at FROM stream_token WHERE channel = ?1 AND (expires_at IS NULL OR expires_at > ?2)",
  );
  const expireToken = one<null>("UPDATE stream_token SET expires_at = ? WHERE id = ?");
  const insertToken = one<null>("INSERT INTO stream_token (channel, hash, created_at) VALUES (?, ?, ?)");
  const tokenByHash = one<TokenRow>("SELECT id, channel, expires_at FROM stream_token WHERE hash = ?");
  const tokenById = one<TokenRow>("SELECT id, channel, expires_at FROM stream_token WHERE id = ?");

  const changeVersion = one<{ version: number }>("SELECT coalesce(max(version), 0) AS version FROM access_change");
  const changesAfter = one<{ version: number; subject: string }>(
    "SELECT version, subject FROM access_change WHERE version > ? ORDER BY version LIMIT 500",
  );

  return {
    createAccount: async (name, administrator) =>
      writer.transaction(() => {
        if (accountNamed.get(name) !== null) return "name-taken";
        insertAccount.run(name, administrator ? 1 : 0);
        return accountOf(accountNamed.get(name) as AccountRow);
      }),
    accounts: async () => allAccounts.all().map(accountOf),
    account: async (id) => mapped(accountById.get(id), accountOf),
    accountNamed: async (name) => mapped(accountNamed.get(name), accountOf),

    createChannel: async (slug, account, settings) =>
      changing((changed) => {
        if (channelBySlug.get(slug) !== null) return "name-taken";
        const row = insertChannel.get(
          slug,
          settings.title,
          account,
          settings.kickUsername,
          settings.url,
          clock.now(),
        ) as ChannelRow;
        changed(`account:${account}`);
        return channelOf(row);
      }),
    setChannel: async (id, settings: Partial<ChannelSettings>) =>
      changing((changed) => {
        const row = updateChannel.get(
          settings.title ?? null,
          settings.kickUsername ?? null,
          settings.url ?? null,
          id,
        ) as ChannelRow;
        changed(`channel:${id}`);
        return channelOf(row);
      }),
    channel: async (id) => mapped(channelById.get(id), channelOf),
    channelNamed: async (slug) => mapped(channelBySlug.get(slug), channelOf),
    channels: async (account) =>
      account === undefined
        ? allChannels.all().map((row) => ({ ...channelOf(row), role: "owner" as const }))
        : channelsOf.all(account).map((row) => ({ ...channelOf(row), role: row.role })),

    role: async (account, channel) => roleOf.get(account, channel)?.role,
    setMember: async (channel, account, role) =>
      changing((changed) => {
        insertMember.run(channel, account, role);
        changed(`channel:${channel}`);
        changed(`account:${account}`);
      }),
    removeMember: async (channel, account) =>
      changing((changed) => {
        if (deleteMember.run(channel, account).changes === 0) return false;
        changed(`channel:${channel}`);
        changed(`account:${account}`);
        return true;
      }),
    members: async (channel) => membersOf.all(channel),

    createKey: async (key, hash) =>
      writer.transaction(() => {
        const channels = key.channels === null ? null : JSON.stringify(key.channels);
        const row = insertKey.get(key.name, key.account, key.scopes.join(" "), channels, clock.now()) as KeyRow;
        setKeyHash.run(hash(row.id), row.id);
        return keyOf(row);
      }),
    keys: async (account) => keysOf.all(account ?? null).map(keyOf),
    keyForAuthentication: async (id) =>
      mapped(keyById.get(id), (row) => ({
        hash: row.hash,
        revoked: row.revoked_at !== null,
        credential: keyCredential(row, row.administrator === 1),
      })),
    revokeKey: async (id) =>
      changing((changed) => {
        if (endKey.run(clock.now(), id).changes === 0) return false;
        changed(`key:${id}`);
        return true;
      }),

    rotateToken: async (channel, hash, earlierUntil) =>
      changing((changed) => {
        for (const token of earlierTokens.all(channel, earlierUntil)) {
          expireToken.run(earlierUntil, token.id);
          changed(`token:${token.id}`);
        }
        insertToken.run(channel, hash, clock.now());
      }),
    tokenForAuthentication: async (hash) => mapped(tokenByHash.get(hash), tokenCredential),
    token: async (id) => mapped(tokenById.get(id), tokenCredential),

    accessVersion: async () => changeVersion.get()?.version ?? 0,
    accessChanges: async (version) => changesAfter.all(version),
  };
}

interface AccountRow {
  readonly id: number;
  readonly name: string;
  readonly administrator: number;
}

function mapped<T, U>(row: T | null, map: (row: T) => U): U | undefined {
  return row === null ? undefined : map(row);
}

function accountOf(row: AccountRow): Account {
  return { id: row.id, name: row.name, administrator: row.administrator === 1 };
}

function channelOf(row: ChannelRow): Channel {
  const { id, slug, title, account, url } = row;
  return { id, slug, title, account, kickUsername: row.kick_username, url, createdAt: row.created_at };
}

function keyOf(row: KeyRow): ApiKey {
  const { id, name, account } = row;
  const channels = channelsOfKey(row);
  return { id, name, account, scopes: scopesOf(row), channels, createdAt: row.created_at, revokedAt: row.revoked_at };
}

function keyCredential(row: KeyRow, administrator: boolean): KeyCredential {
  const scopes = new Set(scopesOf(row));
  return {
    kind: "key",
    id: `key:${row.id}`,
    account: row.account,
    scopes,
    channels: channelsOfKey(row),
    administrator,
  };
}

function scopesOf(row: KeyRow): readonly Scope[] {
  return row.scopes.split(" ") as Scope[];
}

function channelsOfKey(row: KeyRow): readonly number[] | null {
  return row.channels === null ? null : (JSON.parse(row.channels) as number[]);
}

function tokenCredential(row: TokenRow): TokenCredential {
  return { kind: "token", id: `token:${row.id}`, channel: row.channel, expiresAt: row.expires_at };
}

import { randomBytes } from "node:crypto";
import type { Challenge, Grant, Grants, ListedGrant, NewCode, NewTokens, OAuthScope } from "../../access/grants.ts";
import { changingAccess } from "./access-changes.ts";
import type { Writer } from "./writer.ts";

interface GrantRow {
  readonly id: number;
  readonly application: number;
  readonly account: number;
  readonly channel: number;
  readonly scopes: string;
  readonly created_at: number;
  readonly revoked_at: number | null;
}

interface ListedRow extends GrantRow {
  readonly application_name: string;
  readonly tokens_until: number;
}

interface CodeRow {
  readonly hash: string;
  readonly application: number;
  readonly account: number;
  readonly channel: number;
  readonly scopes: string;
  readonly redirect_uri: string | null;
  readonly challenge: string | null;
  readonly challenge_method: string | null;
  readonly expires_at: number;
  readonly app_grant: number | null;
}

const kinds = { access: 0, refresh: 1 } as const;

/** So long a code is remembered after it expired: whoever brings a redeemed one again is found out. */
const codeMemory = 86_400_000;

/** What applications may do, with their codes and tokens, in SQLite. */
export function sqliteGrants(writer: Writer): Grants {
  const { db } = writer;
  const { clock } = writer.options;
  const changing = changingAccess(writer);
  const one = <T>(sql: string) => db.query<T, (string | number | null)[]>(sql);

  const insertGrant = one<GrantRow>(
    "INSERT INTO app_grant (application, account, channel, scopes, created_at) VALUES (?, ?, ?, ?, ?) RETURNING *",
  );
  const grantById = one<GrantRow>("SELECT * FROM app_grant WHERE id = ?");
  const grantsOf = one<ListedRow>(
    "SELECT app_grant.*, application.name AS application_name, max(expires_at) AS tokens_until FROM app_grant JOIN application ON application.id = app_grant.application JOIN app_token ON app_token.app_grant = app_grant.id WHERE channel = ? AND revoked_at IS NULL AND expires_at > ? GROUP BY app_grant.id ORDER BY app_grant.id DESC",
  );
  const endGrant = one<null>("UPDATE app_grant SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL");

  const insertCode = one<null>("INSERT INTO app_code VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)");
  const codeByHash = one<CodeRow>("SELECT * FROM app_code WHERE hash = ?");
  const useCode = one<null>("UPDATE app_code SET app_grant = ? WHERE hash = ?");

  const insertToken = one<null>("INSERT INTO app_token VALUES (?, ?, ?, ?, NULL)");
  const tokenByHash = one<{ app_grant: number; sealed: string | null }>(
    "SELECT app_grant, sealed FROM app_token WHERE hash = ? AND kind = ? AND expires_at > ?",
  );
  const rotateToken = one<null>("UPDATE app_token SET sealed = ?, expires_at = min(expires_at, ?) WHERE hash = ?");
  const shortenAccess = one<null>(
    "UPDATE app_token SET expires_at = min(expires_at, ?) WHERE app_grant = ? AND kind = 0",
  );
  const deleteTokens = one<null>("DELETE FROM app_token WHERE expires_at <= ?");
  const deleteCodes = one<null>("DELETE FROM app_code WHERE expires_at <= ?");

  const keepKey = one<null>("INSERT INTO meta (key, value) VALUES ('signing_key', ?) ON CONFLICT DO NOTHING");
  const keptKey = one<{ value: string }>("SELECT value FROM meta WHERE key = 'signing_key'");

  function forgetExpired(): void {
    deleteTokens.run(clock.now());
    deleteCodes.run(clock.now() - codeMemory);
  }

  function insert(application: number, account: number, channel: number, scopes: string): GrantRow {
    return insertGrant.get(application, account, channel, scopes, clock.now()) as GrantRow;
  }

  function keepTokens(grant: number, { access, refresh }: NewTokens): void {
    insertToken.run(access.hash, grant, kinds.access, access.expiresAt);
    if (refresh !== undefined) insertToken.run(refresh.hash, grant, kinds.refresh, refresh.expiresAt);
  }

  function grantBehind(hash: string, kind: keyof typeof kinds): Grant | undefined {
    const token = tokenByHash.get(hash, kinds[kind], clock.now());
    return token === null ? undefined : grantOf(grantById.get(token.app_grant) as GrantRow);
  }

  function revoke(id: number, changed: (subject: string) => void): boolean {
    if (endGrant.run(clock.now(), id).changes === 0) return false;
    changed(`grant:${id}`);
    return true;
  }

  return {
    issue: async ({ application, account, channel, scopes }, tokens) =>
      writer.transaction(() => {
        forgetExpired();
        const row = insert(application, account, channel, scopes.join(" "));
        keepTokens(row.id, tokens);
        return grantOf(row);
      }),
    async grant(id) {
      const row = grantById.get(id);
      return row === null ? undefined : grantOf(row);
    },
    ofChannel: async (channel) => grantsOf.all(channel, clock.now()).map(listedOf),
    revoke: async (id) => changing((changed) => revoke(id, changed)),

    keepCode: async (code) =>
      writer.transaction(() => {
        const { application, account, channel, redirectUri, challenge, expiresAt } = code;
        const pkce = [challenge?.value ?? null, challenge?.method ?? null];
        const scopes = code.scopes.join(" ");
        insertCode.run(code.hash, application, account, channel, scopes, redirectUri, ...pkce, expiresAt);
      }),
    async code(hash) {
      const row = codeByHash.get(hash);
      return row === null ? undefined : codeOf(row);
    },
    redeem: async (hash, tokens) =>
      changing((changed) => {
        const code = codeByHash.get(hash);
        if (code === null) return "unknown";
        if (code.app_grant !== null) {
          revoke(code.app_grant, changed);
          return "redeemed-before";
        }
        if (code.expires_at <= clock.now()) return "expired";
        forgetExpired();
        const row = insert(code.application, code.account, code.channel, code.scopes);
        useCode.run(row.id, hash);
        keepTokens(row.id, tokens);
        return grantOf(row);
      }),

    byAccessToken: async (hash) => grantBehind(hash, "access"),
    byRefreshToken: async (hash) => grantBehind(hash, "refresh"),
    rotate: async (hash, { tokens, sealed, earlierUntil }) =>
      writer.transaction(() => {
        forgetExpired();
        const token = tokenByHash.get(hash, kinds.refresh, clock.now());
        if (token === null) return "unknown";
        if (token.sealed !== null) return { sealed: token.sealed };
        rotateToken.run(sealed, earlierUntil, hash);
        shortenAccess.run(earlierUntil, token.app_grant);
        keepTokens(token.app_grant, tokens);
        return { sealed };
      }),

    async signingKey() {
      const kept = keptKey.get();
      if (kept !== null) return kept.value;
      writer.transaction(() => keepKey.run(randomBytes(32).toString("hex")));
      return keptKey.get()?.value ?? "";
    },
  };
}

function grantOf(row: GrantRow): Grant {
  const { id, application, account, channel } = row;
  const scopes = scopesOf(row);
  return { id, application, account, channel, scopes, createdAt: row.created_at, revokedAt: row.revoked_at };
}

function listedOf(row: ListedRow): ListedGrant {
  return { ...grantOf(row), applicationName: row.application_name, tokensUntil: row.tokens_until };
}

function codeOf(row: CodeRow): NewCode {
  const { hash, application, account, channel, challenge, challenge_method } = row;
  return {
    hash,
    application,
    account,
    channel,
    scopes: scopesOf(row),
    redirectUri: row.redirect_uri,
    challenge: challenge === null ? null : { value: challenge, method: challenge_method as Challenge["method"] },
    expiresAt: row.expires_at,
  };
}

function scopesOf({ scopes }: { readonly scopes: string }): readonly OAuthScope[] {
  return scopes.split(" ").filter(Boolean) as OAuthScope[];
}

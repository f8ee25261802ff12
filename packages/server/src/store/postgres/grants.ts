import { randomBytes } from "node:crypto";
import type { Challenge, Grant, Grants, ListedGrant, NewCode, NewTokens, OAuthScope } from "../../access/grants.ts";
import type { Clock } from "../../core/clock.ts";
import type { Changing } from "./access-changes.ts";
import type { Database, Statements } from "./database.ts";

type GrantRow = Omit<Grant, "scopes"> & { readonly scopes: string };
type ListedRow = GrantRow & Pick<ListedGrant, "applicationName" | "tokensUntil">;

interface CodeRow extends Omit<NewCode, "scopes" | "challenge"> {
  readonly scopes: string;
  readonly challenge: string | null;
  readonly method: Challenge["method"];
  /** What it was redeemed for. */
  readonly grant: number | null;
}

const kinds = { access: 0, refresh: 1 } as const;

/** So long a code is remembered after it expired: whoever brings a redeemed one again is found out. */
const codeMemory = 86_400_000;

const grantColumns = `app_grant.id, application, app_grant.account, channel, scopes, app_grant.created_at AS "createdAt", revoked_at AS "revokedAt"`;
const codeColumns = `hash, application, account, channel, scopes, redirect_uri AS "redirectUri", challenge, challenge_method AS method, expires_at AS "expiresAt", app_grant AS "grant"`;

/** What applications may do, with their codes and tokens, in PostgreSQL. */
export function postgresGrants(database: Database, clock: Clock, changing: Changing): Grants {
  async function forgetExpired({ query }: Statements): Promise<void> {
    await query("DELETE FROM app_token WHERE expires_at <= $1", [clock.now()]);
    await query("DELETE FROM app_code WHERE expires_at <= $1", [clock.now() - codeMemory]);
  }

  async function insert(
    { query }: Statements,
    of: Omit<GrantRow, "id" | "createdAt" | "revokedAt">,
  ): Promise<GrantRow> {
    const sql = `INSERT INTO app_grant (application, account, channel, scopes, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING ${grantColumns}`;
    const [made] = await query<GrantRow>(sql, [of.application, of.account, of.channel, of.scopes, clock.now()]);
    return made as GrantRow;
  }

  async function keepTokens({ query }: Statements, grant: number, { access, refresh }: NewTokens): Promise<void> {
    const sql = "INSERT INTO app_token VALUES ($1, $2, $3, $4, NULL)";
    await query(sql, [access.hash, grant, kinds.access, access.expiresAt]);
    if (refresh !== undefined) await query(sql, [refresh.hash, grant, kinds.refresh, refresh.expiresAt]);
  }

  async function grantBehind(hash: string, kind: keyof typeof kinds): Promise<Grant | undefined> {
    const sql = `SELECT ${grantColumns} FROM app_token JOIN app_grant ON app_grant.id = app_grant WHERE hash = $1 AND kind = $2 AND expires_at > $3`;
    const [row] = await database.query<GrantRow>(sql, [hash, kinds[kind], clock.now()]);
    return row && grantOf(row);
  }

  async function revoke({ query }: Statements, id: number, changed: (subject: string) => void): Promise<boolean> {
    const sql = "UPDATE app_grant SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL RETURNING id";
    if ((await query(sql, [clock.now(), id])).length === 0) return false;
    changed(`grant:${id}`);
    return true;
  }

  async function keptKey(): Promise<string | undefined> {
    const sql = "SELECT value FROM meta WHERE key = 'signing_key'";
    return (await database.query<{ value: string }>(sql))[0]?.value;
  }

  return {
    async issue({ application, account, channel, scopes }, tokens) {
      const { result } = await database.transaction(async (statements) => {
        await forgetExpired(statements);
        const row = await insert(statements, { application, account, channel, scopes: scopes.join(" ") });
        await keepTokens(statements, row.id, tokens);
        return grantOf(row);
      });
      return result;
    },
    async grant(id) {
      const [row] = await database.query<GrantRow>(`SELECT ${grantColumns} FROM app_grant WHERE id = $1`, [id]);
      return row && grantOf(row);
    },
    async ofChannel(channel) {
      const sql = `SELECT ${grantColumns}, application.name AS "applicationName", max(expires_at) AS "tokensUntil" FROM app_grant JOIN application ON application.id = app_grant.application JOIN app_token ON app_token.app_grant = app_grant.id WHERE channel = $1 AND revoked_at IS NULL AND expires_at > $2 GROUP BY app_grant.id, application.name ORDER BY app_grant.id DESC`;
      const rows = await database.query<ListedRow>(sql, [channel, clock.now()]);
      return rows.map((row) => ({ ...row, ...grantOf(row) }));
    },
    revoke: (id) => changing((statements, changed) => revoke(statements, id, changed)),

    async keepCode({ hash, application, account, channel, scopes, redirectUri, challenge, expiresAt }) {
      const pkce = [challenge?.value ?? null, challenge?.method ?? null];
      const values = [hash, application, account, channel, scopes.join(" "), redirectUri, ...pkce, expiresAt];
      await database.write("INSERT INTO app_code VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL)", values);
    },
    async code(hash) {
      const [row] = await database.query<CodeRow>(`SELECT ${codeColumns} FROM app_code WHERE hash = $1`, [hash]);
      return row && codeOf(row);
    },
    redeem: (hash, tokens) =>
      changing(async (statements, changed) => {
        const sql = `SELECT ${codeColumns} FROM app_code WHERE hash = $1 FOR UPDATE`;
        const [code] = await statements.query<CodeRow>(sql, [hash]);
        if (code === undefined) return "unknown";
        if (code.grant !== null) {
          await revoke(statements, code.grant, changed);
          return "redeemed-before";
        }
        if (code.expiresAt <= clock.now()) return "expired";
        await forgetExpired(statements);
        const row = await insert(statements, code);
        await statements.query("UPDATE app_code SET app_grant = $1 WHERE hash = $2", [row.id, hash]);
        await keepTokens(statements, row.id, tokens);
        return grantOf(row);
      }),

    byAccessToken: (hash) => grantBehind(hash, "access"),
    byRefreshToken: (hash) => grantBehind(hash, "refresh"),
    async rotate(hash, { tokens, sealed, earlierUntil }) {
      const { result } = await database.transaction(async (statements) => {
        const { query } = statements;
        await forgetExpired(statements);
        const [token] = await query<{ grant: number; sealed: string | null }>(
          `SELECT app_grant AS "grant", sealed FROM app_token WHERE hash = $1 AND kind = $2 AND expires_at > $3 FOR UPDATE`,
          [hash, kinds.refresh, clock.now()],
        );
        if (token === undefined) return "unknown";
        if (token.sealed !== null) return { sealed: token.sealed };
        await query("UPDATE app_token SET sealed = $1, expires_at = least(expires_at, $2) WHERE hash = $3", [
          sealed,
          earlierUntil,
          hash,
        ]);
        await query("UPDATE app_token SET expires_at = least(expires_at, $1) WHERE app_grant = $2 AND kind = 0", [
          earlierUntil,
          token.grant,
        ]);
        await keepTokens(statements, token.grant, tokens);
        return { sealed };
      });
      return result;
    },

    async signingKey() {
      const kept = await keptKey();
      if (kept !== undefined) return kept;
      const sql = "INSERT INTO meta (key, value) VALUES ('signing_key', $1) ON CONFLICT DO NOTHING";
      await database.write(sql, [randomBytes(32).toString("hex")]);
      return (await keptKey()) ?? "";
    },
  };
}

function grantOf({ id, application, account, channel, scopes, createdAt, revokedAt }: GrantRow): Grant {
  return { id, application, account, channel, scopes: scopesOf(scopes), createdAt, revokedAt };
}

function codeOf({ hash, application, account, channel, redirectUri, expiresAt, ...row }: CodeRow): NewCode {
  const challenge = row.challenge === null ? null : { value: row.challenge, method: row.method };
  return { hash, application, account, channel, scopes: scopesOf(row.scopes), redirectUri, challenge, expiresAt };
}

function scopesOf(scopes: string): readonly OAuthScope[] {
  return scopes.split(" ").filter(Boolean) as OAuthScope[];
}

import { createHash, timingSafeEqual } from "node:crypto";
import type { Application } from "../../access/applications.ts";
import type { GrantGate } from "../../access/grant-gate.ts";
import type { Challenge } from "../../access/grants.ts";
import { sameHash, sha256 } from "../../access/secrets.ts";
import type { IssuedTokens } from "../../access/token-issuer.ts";
import { json } from "../answers.ts";
import { RequestParams } from "../params.ts";
import type { RateLimit } from "../rate-limit.ts";
import type { Route, Visit } from "../router.ts";
import { applicationOf } from "./authorization.ts";
import type { OAuthRoom } from "./authorize.ts";

export interface TokenRoom extends OAuthRoom {
  readonly grantGate: GrantGate;
  /** By application. */
  readonly limit: RateLimit;
}

type TokenError = "invalid_request" | "invalid_client" | "invalid_grant" | "unsupported_grant_type" | "slow_down";

const statuses: Readonly<Record<TokenError, number>> = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unsupported_grant_type: 400,
  slow_down: 429,
};

/** `/oauth/token`, RFC 6749 section 3.2: a code or a refresh token becomes a pair of tokens. */
export function tokenRoutes(room: TokenRoom): readonly Route[] {
  const { applications, grants, tokens, grantGate, limit, clock, bodyBytes } = room;

  return [
    {
      method: "POST",
      pattern: "/oauth/token",
      async answer(visit) {
        const params = await RequestParams.of(visit.request, visit.url, bodyBytes);
        const application = await client(visit, params);
        if (application === undefined) return invalidClient(visit);
        const key = String(application.id);
        const wait = limit.wait(key);
        if (wait > 0) return failed("slow_down", "Too many requests of this application.", wait);
        limit.spend(key);
        switch (params.get("grant_type")) {
          case "authorization_code":
            return byCode(application, params);
          case "refresh_token":
            return byRefreshToken(application, params);
          case undefined:
            return failed("invalid_request", "grant_type is missing.");
          default:
            return failed("unsupported_grant_type", "grant_type is authorization_code or refresh_token.");
        }
      },
    },
  ];

  /** The application that proves by its secret that it is one. */
  async function client({ request }: Visit, params: RequestParams): Promise<Application | undefined> {
    const [id, secret] = basicCredentials(request) ?? [params.get("client_id"), params.get("client_secret")];
    const application = await applicationOf(id, applications);
    const hash = application && (await applications.secretHash(application.id));
    return sameHash(sha256(secret ?? ""), hash ?? "") ? application : undefined;
  }

  async function byCode(application: Application, params: RequestParams): Promise<Response> {
    const given = params.get("code");
    if (given === undefined) return failed("invalid_request", "code is missing.");
    const code = await grants.code(sha256(given));
    if (code?.application !== application.id) return failed("invalid_grant", "This code is unknown.");
    // Left out by some clients; the address is one of the application's own in any case.
    const redirectUri = params.get("redirect_uri");
    if (redirectUri !== undefined && code.redirectUri !== null && redirectUri !== code.redirectUri) {
      return failed("invalid_grant", "redirect_uri is not the one that the code was asked for with.");
    }
    if (!proves(params.get("code_verifier"), code.challenge)) {
      return failed("invalid_grant", "code_verifier does not fit the code_challenge.");
    }
    const issued = await tokens.redeem(given);
    if (issued === "expired") return failed("invalid_grant", "This code has expired; it works for ten minutes.");
    if (typeof issued === "object") return pair(issued);
    return failed("invalid_grant", "This code was used before; the tokens that it gave are revoked.");
  }

  async function byRefreshToken(application: Application, params: RequestParams): Promise<Response> {
    const given = params.get("refresh_token");
    if (given === undefined) return failed("invalid_request", "refresh_token is missing.");
    const unknown = () => failed("invalid_grant", "This refresh token is unknown, used, expired or revoked.");
    const grant = await grants.byRefreshToken(sha256(given));
    if (grant?.application !== application.id) return unknown();
    if ((await grantGate.holding(grant.id)) === undefined) return unknown();
    const issued = await tokens.rotate(given);
    return issued === "unknown" ? unknown() : pair(issued);
  }

  function pair({ accessToken, refreshToken, expiresAt }: IssuedTokens): Response {
    const seconds = Math.max(1, Math.round((expiresAt - clock.now()) / 1000));
    return json({
      token_type: "Bearer",
      expires_in: seconds,
      access_token: accessToken,
      refresh_token: refreshToken,
    });
  }
}

function invalidClient(visit: Visit): Response {
  visit.handshake.failed();
  const response = failed("invalid_client", "client_id and client_secret do not fit.");
  if (visit.request.headers.has("authorization")) response.headers.set("www-authenticate", 'Basic realm="Tipwire"');
  return response;
}

function failed(error: TokenError, description: string, retryAfter?: number): Response {
  const response = json({ error, error_description: description, message: description }, statuses[error]);
  if (retryAfter !== undefined) response.headers.set("retry-after", String(retryAfter));
  return response;
}

/** Both parts are form-encoded before they are joined: RFC 6749 section 2.3.1. */
function basicCredentials(request: Request): [string, string] | undefined {
  const encoded = /^Basic +(\S+)\s*$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? "", "base64").toString()) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  const [decodedId = "", decodedSecret = ""] = new URLSearchParams(`a=${id}&b=${secret}`).values();
  return [decodedId, decodedSecret];
}

/** A verifier without a challenge is refused too: somebody may have taken the challenge away on its way. */
function proves(verifier: string | undefined, challenge: Challenge | null): boolean {
  if (challenge === null) return verifier === undefined;
  if (verifier === undefined) return false;
  const made = challenge.method === "plain" ? verifier : createHash("sha256").update(verifier).digest("base64url");
  const [given, wanted] = [Buffer.from(made), Buffer.from(challenge.value)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

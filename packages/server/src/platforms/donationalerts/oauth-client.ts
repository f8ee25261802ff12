import * as oauth from "oauth4webapi";
import type { Clock } from "../../core/clock.ts";
import type { LoginAttempt } from "../../intake/platform-login.ts";

/** An application as it is registered at DonationAlerts, and where DonationAlerts is. */
export interface RegisteredApplication {
  /** "App ID". */
  readonly clientId: string;
  /** "API Key". */
  readonly clientSecret: string;
  readonly scopes: readonly string[];
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  /** Without a slash at the end. */
  readonly apiUrl: string;
  readonly realtimeUrl: string;
}

/** What a code or a refresh token gave. */
export interface GrantedTokens {
  readonly access: string;
  /** `undefined`: the one that was used, if any, stays. */
  readonly refresh: string | undefined;
  /** `undefined`: nothing was said about it. */
  readonly expiresInSeconds: number | undefined;
  /** `undefined`: what was asked for. */
  readonly scopes: readonly string[] | undefined;
}

/**
 * Why there are no tokens. `grant`: the code or refresh token is not accepted any more; `client`: App ID and API Key are
 * not; `busy`: too many requests; `unreachable`: the outcome may be unknown; `odd`: an answer that makes no sense.
 */
export class NoTokens extends Error {
  readonly why: "grant" | "client" | "busy" | "unreachable" | "odd";
  /** Milliseconds before another try, where it was said. */
  readonly after: number | undefined;

  constructor(why: NoTokens["why"], options: ErrorOptions & { readonly after?: number | undefined } = {}) {
    super(`no tokens: ${why}`, options);
    this.why = why;
    this.after = options.after;
  }
}

/** How the person at the browser answered. */
export type Answered =
  | { readonly status: "code"; readonly params: URLSearchParams }
  | { readonly status: "denied" | "no-code" | "mismatch" };

/** How long an answer of the token endpoint may take, milliseconds. */
const patience = 30_000;

/** DonationAlerts' OAuth 2.0 server, asked as the application that was registered there: authorization code with PKCE. */
export class OAuthClient {
  readonly application: RegisteredApplication;
  readonly #server: oauth.AuthorizationServer;
  readonly #client: oauth.Client;
  readonly #fetch: typeof fetch;
  readonly #clock: Clock;

  constructor(application: RegisteredApplication, use: { readonly fetch: typeof fetch; readonly clock: Clock }) {
    this.application = application;
    this.#fetch = use.fetch;
    this.#clock = use.clock;
    this.#server = { issuer: new URL(application.authorizationUrl).origin, token_endpoint: application.tokenUrl };
    this.#client = { client_id: application.clientId };
  }

  get #authentication(): oauth.ClientAuth {
    return oauth.ClientSecretPost(this.application.clientSecret);
  }

  /** Where to send a browser. A server without PKCE overlooks the challenge. */
  async authorizationUrl({ redirectUri, state, verifier }: LoginAttempt): Promise<string> {
    const { authorizationUrl, clientId, scopes } = this.application;
    const url = new URL(authorizationUrl);
    const query = {
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: "code",
      scope: scopes.join(" "),
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url.href;
  }

  /** Reads what the browser came back with. */
  answered(query: URLSearchParams, { state }: LoginAttempt): Answered {
    try {
      const params = oauth.validateAuthResponse(this.#server, this.#client, query, state);
      return params.get("code") ? { status: "code", params } : { status: "no-code" };
    } catch (fault) {
      return { status: fault instanceof oauth.AuthorizationResponseError ? "denied" : "mismatch" };
    }
  }

  /** Throws `NoTokens`. `params`: as `answered` gave them. */
  exchange(params: URLSearchParams, { redirectUri, verifier }: LoginAttempt): Promise<GrantedTokens> {
    return this.#tokens(
      (options) => {
        const [server, client, authentication] = [this.#server, this.#client, this.#authentication];
        return oauth.authorizationCodeGrantRequest(
          server,
          client,
          authentication,
          params,
          redirectUri,
          verifier,
          options,
        );
      },
      (response) => oauth.processAuthorizationCodeResponse(this.#server, this.#client, response),
    );
  }

  /** Throws `NoTokens`. The scopes are those that the tokens had: DonationAlerts wants exactly them. */
  refresh(refreshToken: string, scopes: readonly string[]): Promise<GrantedTokens> {
    const additionalParameters = { scope: scopes.join(" ") };
    return this.#tokens(
      (options) =>
        oauth.refreshTokenGrantRequest(this.#server, this.#client, this.#authentication, refreshToken, {
          ...options,
          additionalParameters,
        }),
      (response) => oauth.processRefreshTokenResponse(this.#server, this.#client, response),
    );
  }

  async #tokens(
    ask: (options: oauth.TokenEndpointRequestOptions) => Promise<Response>,
    read: (response: Response) => Promise<oauth.TokenEndpointResponse>,
  ): Promise<GrantedTokens> {
    const tooLong = new AbortController();
    const inTime = this.#clock.after(patience, () => tooLong.abort());
    try {
      const response = await ask({
        [oauth.customFetch]: (url, init) => this.#fetch(url, init as RequestInit),
        [oauth.allowInsecureRequests]: this.application.tokenUrl.startsWith("http:"),
        signal: tooLong.signal,
      }).catch((cause: unknown) => {
        throw new NoTokens("unreachable", { cause });
      });
      if (response.status === 429) throw new NoTokens("busy", { after: retryAfter(response, this.#clock.now()) });
      if (response.status >= 500) throw new NoTokens("unreachable", { cause: new Error(`status ${response.status}`) });
      return granted(await read(response).catch((fault: unknown) => Promise.reject(refusalOf(fault))));
    } finally {
      inTime();
    }
  }
}

/** Milliseconds that `Retry-After` asks for, in either of its forms; `undefined` where it does not say. */
export function retryAfter(response: Response, now: number): number | undefined {
  const text = response.headers.get("retry-after")?.trim() ?? "";
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1000;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}

function granted(said: oauth.TokenEndpointResponse): GrantedTokens {
  return {
    access: said.access_token,
    refresh: said.refresh_token,
    expiresInSeconds: said.expires_in,
    scopes: said.scope?.split(/[ ,]+/).filter(Boolean),
  };
}

/**
 * What the answer means. DonationAlerts looks like Laravel Passport, whose league/oauth2-server before version 9 says
 * `invalid_request` of a refresh token that is revoked or expired (its issue 993).
 */
function refusalOf(cause: unknown): NoTokens {
  if (cause instanceof oauth.WWWAuthenticateChallengeError) return new NoTokens("client", { cause });
  if (!(cause instanceof oauth.ResponseBodyError)) return new NoTokens("odd", { cause });
  const said = `${cause.error_description ?? ""} ${String(cause.cause["message"] ?? "")}`;
  if (cause.error === "invalid_client") return new NoTokens("client", { cause });
  if (cause.error === "invalid_grant") return new NoTokens("grant", { cause });
  const isPassports = cause.error === "invalid_request" && /refresh token is invalid/i.test(said);
  return new NoTokens(isPassports ? "grant" : "odd", { cause });
}

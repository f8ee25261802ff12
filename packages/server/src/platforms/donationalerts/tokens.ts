import type { Clock } from "../../core/clock.ts";
import type { SourceSession } from "../../intake/source.ts";
import { type Ended, needsAuthorization, retry } from "./ended.ts";
import { type GrantedTokens, NoTokens, type OAuthClient } from "./oauth-client.ts";

/** What is kept, sealed, of a creator's consent. Times are milliseconds since 1970. */
export interface Tokens {
  readonly access: string;
  /** `null`: there is none; a new login replaces it. */
  readonly refresh: string | null;
  readonly issuedAt: number;
  /** `null`: nothing was said; it is used until it is refused. */
  readonly expiresAt: number | null;
  readonly scopes: readonly string[];
}

/** Tokens as they follow from an answer; `before`: what was asked for, and the refresh token that stays where no other one came. */
export function tokensFrom(said: GrantedTokens, now: number, before: Pick<Tokens, "refresh" | "scopes">): Tokens {
  const { access, refresh, expiresInSeconds, scopes } = said;
  return {
    access,
    refresh: refresh ?? before.refresh,
    issuedAt: now,
    expiresAt: expiresInSeconds === undefined ? null : now + expiresInSeconds * 1000,
    scopes: scopes ?? before.scopes,
  };
}

/** As they are sealed. */
export function tokensText(tokens: Tokens): string {
  return JSON.stringify(tokens);
}

const loginAgain = "Log in to DonationAlerts again.";

export interface TokenParts {
  readonly session: SourceSession;
  readonly oauth: OAuthClient;
  readonly clock: Clock;
  /** Resolves when the application may send one more request. */
  readonly turn: () => Promise<void>;
}

/**
 * The access token of one run, renewed before it expires and when it is refused. What a refresh token gave is stored before
 * it is used: it may be the only one that works from then on. Every method throws `Ended` where there is none any more.
 */
export class AccessTokens {
  readonly #parts: TokenParts;
  #tokens: Tokens;
  #renewing: Promise<void> | undefined;

  private constructor(parts: TokenParts, tokens: Tokens) {
    this.#parts = parts;
    this.#tokens = tokens;
  }

  static async open(parts: TokenParts): Promise<AccessTokens> {
    return new AccessTokens(parts, readTokens(await parts.session.secret()));
  }

  get scopes(): readonly string[] {
    return this.#tokens.scopes;
  }

  /** A token that should work for the next request. */
  async access(): Promise<string> {
    if (isDue(this.#tokens, this.#parts.clock.now())) await this.#renew();
    return this.#tokens.access;
  }

  /** Another token than the one that was refused. */
  async instead(refused: string): Promise<string> {
    if (this.#tokens.access === refused) await this.#renew();
    return this.#tokens.access;
  }

  /** All that ask meanwhile share one request. */
  #renew(): Promise<void> {
    this.#renewing ??= this.#renewed().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renewed(): Promise<void> {
    const { session, oauth, clock, turn } = this.#parts;
    const { refresh, scopes } = this.#tokens;
    if (refresh === null) throw needsAuthorization(`The access has expired and cannot be renewed. ${loginAgain}`);
    await turn();
    let tokens = this.#tokens;
    await session.replaceSecret(async () => {
      const said = await oauth.refresh(refresh, scopes).catch((fault: unknown) => {
        throw fault instanceof NoTokens ? ended(fault) : fault;
      });
      tokens = tokensFrom(said, clock.now(), this.#tokens);
      return tokensText(tokens);
    });
    this.#tokens = tokens;
  }
}

/** A tenth of its life before it expires, and a day before that at the most. */
function isDue({ issuedAt, expiresAt }: Tokens, now: number): boolean {
  if (expiresAt === null) return false;
  return now >= expiresAt - Math.min((expiresAt - issuedAt) / 10, 86_400_000);
}

/** Nothing but a grant that is not accepted any more discards tokens. */
function ended({ why, after }: NoTokens): Ended {
  switch (why) {
    case "grant":
      return needsAuthorization(`DonationAlerts does not accept this login any more. ${loginAgain}`);
    case "client":
      return retry(
        "DonationAlerts does not accept APP_ID and API_KEY. Compare them with its page of applications.",
        60_000,
      );
    case "busy":
      return retry("DonationAlerts asks for a pause: too many requests of this application.", after ?? 60_000);
    case "unreachable":
      return retry("DonationAlerts could not be asked for a new access token.");
    case "odd":
      return retry("DonationAlerts answered the request for a new access token with something else.", 60_000);
  }
}

function readTokens(secret: string): Tokens {
  try {
    const { access, refresh, issuedAt, expiresAt, scopes } = JSON.parse(secret) as Partial<Tokens>;
    if (typeof access === "string" && typeof issuedAt === "number" && Array.isArray(scopes)) {
      return { access, refresh: refresh ?? null, issuedAt, expiresAt: expiresAt ?? null, scopes };
    }
  } catch {
    // Not ours: below.
  }
  throw needsAuthorization(`What is stored of this login cannot be read. ${loginAgain}`);
}

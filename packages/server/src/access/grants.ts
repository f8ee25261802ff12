/** DonationAlerts' documented scopes, all of them. */
export const oauthScopes = [
  "oauth-user-show",
  "oauth-donation-subscribe",
  "oauth-donation-index",
  "oauth-custom_alert-store",
  "oauth-goal-subscribe",
  "oauth-poll-subscribe",
] as const;
export type OAuthScope = (typeof oauthScopes)[number];

export function isOAuthScope(text: string): text is OAuthScope {
  return (oauthScopes as readonly string[]).includes(text);
}

/** A person's leave for an application to use one channel. */
export interface NewGrant {
  readonly application: number;
  /** Who gave it. It holds as long as that account owns the channel, or runs the server. */
  readonly account: number;
  readonly channel: number;
  readonly scopes: readonly OAuthScope[];
}

export interface Grant extends NewGrant {
  readonly id: number;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

/** A grant as its creator finds it in a list. */
export interface ListedGrant extends Grant {
  readonly applicationName: string;
  /** When the last of its tokens expires, milliseconds since 1970. */
  readonly tokensUntil: number;
}

/** Tokens are kept as hex SHA-256 only. Times are milliseconds since 1970. */
export interface NewToken {
  readonly hash: string;
  readonly expiresAt: number;
}

export interface NewTokens {
  readonly access: NewToken;
  /** Absent for the implicit grant. */
  readonly refresh?: NewToken;
}

export interface NewCode extends NewGrant {
  readonly hash: string;
  /** As it came with the request; `null` when none did, and the only registered one was used. */
  readonly redirectUri: string | null;
  readonly challenge: Challenge | null;
  readonly expiresAt: number;
}

/** PKCE, RFC 7636. */
export interface Challenge {
  readonly method: "plain" | "S256";
  readonly value: string;
}

/** Replaces a refresh token by a new pair. */
export interface Rotation {
  readonly tokens: NewTokens;
  /** The new pair, readable only with the old refresh token itself: whoever repeats the request gets the same one. */
  readonly sealed: string;
  /** Until then the old refresh token gives `sealed`, and the old access tokens work; milliseconds since 1970. */
  readonly earlierUntil: number;
}

/** What applications may do and the codes and tokens by which they show it, as every store keeps them. */
export interface Grants {
  issue(grant: NewGrant, tokens: NewTokens): Promise<Grant>;
  grant(id: number): Promise<Grant | undefined>;
  /** Those that have tokens which work, newest first. */
  ofChannel(channel: number): Promise<readonly ListedGrant[]>;
  /** Ends its tokens for good and notes the change `grant:<id>`. `false`: there is none, or it was revoked before. */
  revoke(id: number): Promise<boolean>;

  keepCode(code: NewCode): Promise<void>;
  code(hash: string): Promise<NewCode | undefined>;
  /** Turns the code into a grant, once. A second time is theft or a mistake: the first one's grant is revoked. */
  redeem(hash: string, tokens: NewTokens): Promise<Grant | "unknown" | "expired" | "redeemed-before">;

  /** The grant behind an access token that has not expired, `undefined` for any other; revoked or not. */
  byAccessToken(hash: string): Promise<Grant | undefined>;
  /** The grant behind a refresh token that has not expired, `undefined` for any other; revoked or not. */
  byRefreshToken(hash: string): Promise<Grant | undefined>;
  /** Answers with what was sealed when the token was first rotated: whoever comes second gets the first one's pair. */
  rotate(hash: string, rotation: Rotation): Promise<{ readonly sealed: string } | "unknown">;

  /** The key of the tokens that the realtime server takes: 64 hex digits, made once for all nodes. */
  signingKey(): Promise<string>;
}

/** The bodies of the `/v1` addresses that administer a server. `docs/api.md` describes them. */
import type { NewEvent } from "./wire.ts";

export interface AccountInfo {
  readonly id: number;
  readonly name: string;
  readonly administrator: boolean;
}

export interface ChannelInfo {
  readonly id: number;
  readonly slug: string;
  readonly title: string;
  readonly kickUsername: string;
  readonly url: string;
  /** The caller's part in it. */
  readonly role: "owner" | "moderator" | "administrator";
  readonly createdAt: string;
}

/** What was given per currency: events, tests and replays left out. */
export interface Total {
  readonly currency: string;
  readonly exponent: number;
  readonly minor: number;
  readonly count: number;
}

export type ChannelDetails = ChannelInfo & { readonly totals: readonly Total[] };

export interface NewChannel {
  readonly slug: string;
  readonly title?: string;
  /** An account's name; without it the caller's own. */
  readonly account?: string;
  readonly kickUsername?: string;
  readonly url?: string;
}

/** The stream token is shown this once. */
export type CreatedChannel = ChannelInfo & { readonly streamToken: string };

export type ChannelChange = Partial<Pick<NewChannel, "title" | "kickUsername" | "url">>;

export interface RotatedToken {
  readonly streamToken: string;
  /** Until when the earlier token works too. */
  readonly earlierUntil: string;
}

export interface MemberInfo {
  readonly account: string;
  readonly role: "owner" | "moderator";
}

export type ScopeName = "events:read" | "events:write" | "control" | "admin";

export interface NewKey {
  readonly name: string;
  readonly scopes?: readonly ScopeName[];
  /** An account's name; without it the caller's own. */
  readonly account?: string;
  /** Slugs that the key is limited to. */
  readonly channels?: readonly string[];
}

export interface KeyInfo {
  readonly id: string;
  readonly name: string;
  readonly account: string;
  readonly scopes: readonly ScopeName[];
  /** `null`: all that the account may use. */
  readonly channels: readonly string[] | null;
  readonly createdAt: string;
  readonly revokedAt: string | null;
}

/** The key itself is shown this once. */
export type CreatedKey = KeyInfo & { readonly key: string };

/** A program that people may let act on their channel, over the addresses of DonationAlerts. */
export interface ApplicationInfo {
  readonly clientId: string;
  readonly name: string;
  readonly account: string;
  readonly redirectUris: readonly string[];
  readonly createdAt: string;
}

export interface NewApplication {
  readonly name: string;
  /** Where people may be sent back to, each to the letter. */
  readonly redirectUris: readonly string[];
  /** An account's name; without it the caller's own. */
  readonly account?: string;
}

/** The client secret is shown this once. */
export type CreatedApplication = ApplicationInfo & { readonly clientSecret: string };

export type OAuthScopeName =
  | "oauth-user-show"
  | "oauth-donation-subscribe"
  | "oauth-donation-index"
  | "oauth-custom_alert-store"
  | "oauth-goal-subscribe"
  | "oauth-poll-subscribe";

/** An application's tokens for one channel, shown this once. */
export interface ApplicationTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** The channel's number, which is DonationAlerts' user id. */
  readonly userId: number;
  readonly scopes: readonly OAuthScopeName[];
  /** When the access token must have been refreshed. */
  readonly expiresAt: string;
}

/** What an application was let do in a channel. */
export interface GrantInfo {
  readonly id: string;
  /** Its name. */
  readonly application: string;
  readonly scopes: readonly OAuthScopeName[];
  readonly createdAt: string;
  /** Until when it can go on without asking again. */
  readonly tokensUntil: string;
  readonly revokedAt: string | null;
}

/** A link that signs a person in at a browser, once. */
export interface SignInLink {
  readonly url: string;
  readonly expiresAt: string;
}

/** The platforms that events are fetched from. */
export type PlatformName = "donationalerts" | "pally" | "tuniform";

export interface NewConnectionInfo {
  readonly channel: string;
  readonly platform: PlatformName;
  /** What the platform gave its owner: Pally's API key, Tuniform's stream token. */
  readonly key?: string;
  /** One page of the account (Pally). */
  readonly page?: string;
}

export type ConnectionStatusName = "connecting" | "live" | "waiting" | "needs-authorization" | "stopped";

/** Where events are fetched from for a channel, and how that is. Times are ISO 8601. */
export interface ConnectionInfo {
  readonly id: string;
  readonly channel: string;
  readonly platform: PlatformName;
  /** Whose events it brings: an id or a page there; `""` until the platform said it. */
  readonly account: string;
  readonly name: string;
  /** `false`: a person has stopped it. */
  readonly wanted: boolean;
  readonly createdAt: string;
  /** How many texts could not be read. */
  readonly quarantined: number;
  readonly status: ConnectionStatusName;
  /** A sentence for a person; `""` where the status says it all. */
  readonly reason: string;
  readonly since: string;
  readonly retryAt: string | null;
  readonly heardAt: string | null;
  /** The last comparison with the platform's list. */
  readonly reconciled: { readonly at: string; readonly missing: number; readonly recovered: number } | null;
  /** The first reading of the platform's history, while it goes on. */
  readonly history: { readonly imported: number; readonly of: number | null } | null;
  /** What was not heard and cannot be read back, newest last. */
  readonly gaps: readonly { readonly from: string; readonly to: string }[];
  readonly warning: string | null;
}

/** What of a connection is no event in the log. */
export interface ConnectionQuarantine {
  /** What may be an event and cannot be read, the oldest first, at most 200. */
  readonly quarantined: readonly {
    readonly id: string;
    readonly receivedAt: string;
    readonly arrival: "live" | "late" | "import";
    readonly reason: string;
    /** What the platform sent. */
    readonly raw: string;
  }[];
  /** The newest of what is no event, newest first. */
  readonly noted: readonly { readonly receivedAt: string; readonly what: string; readonly raw: string }[];
}

/** What became of a quarantine that was read again. */
export interface RereadResult {
  readonly stored: number;
  readonly duplicates: number;
  /** No event after all. */
  readonly noted: number;
  readonly unreadable: number;
}

export type ImportFormat = "donationalerts" | "pally" | "tuniform" | "jsonl";

/** One request of an import: at most 1 MB. */
export interface ImportChunk {
  readonly format: ImportFormat;
  /** Alert for these as if they happened now. */
  readonly live?: boolean;
  /** The platform's id of the creator, for files that do not say whose events they are. */
  readonly creator?: string;
  /** The same random text for all chunks of one file: two identical lines of a Tuniform file are two gifts. */
  readonly session: string;
  readonly lines: readonly { readonly line: number; readonly text: string }[];
}

export interface ImportResult {
  readonly stored: number;
  readonly duplicates: number;
  readonly unreadable: readonly { readonly line: number; readonly reason: string }[];
  /** Handshakes and the like, which hold no event. */
  readonly skipped: number;
}

export interface ServerInfo {
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly channels: number;
  /** Open sessions by protocol. */
  readonly sessions: Readonly<Record<string, number>>;
}

/** Whom the presented key or token belongs to. */
export type WhoAmI =
  | {
      readonly kind: "key";
      readonly id: string;
      readonly account: string;
      readonly administrator: boolean;
      readonly scopes: readonly ScopeName[];
    }
  | {
      readonly kind: "token";
      readonly channel: { readonly id: number; readonly slug: string; readonly title: string };
    };

/** A line of an export: an event without its cursor, which belongs to the log that it stood in. */
export type { NewEvent };

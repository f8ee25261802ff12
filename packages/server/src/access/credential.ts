export const scopes = ["events:read", "events:write", "control", "admin"] as const;
export type Scope = (typeof scopes)[number];

export const roles = ["owner", "moderator"] as const;
export type Role = (typeof roles)[number];

/** Who a caller has proved to be. `id` is unique over all kinds (`key:3`, `token:9`). */
export type Credential = KeyCredential | TokenCredential;

export interface KeyCredential {
  readonly kind: "key";
  readonly id: string;
  readonly account: number;
  readonly scopes: ReadonlySet<Scope>;
  /** The channels it is limited to; `null`: all that its account may use. */
  readonly channels: readonly number[] | null;
  /** The account runs the server. */
  readonly administrator: boolean;
}

/** A channel's stream token: reads that channel, nothing else. */
export interface TokenCredential {
  readonly kind: "token";
  readonly id: string;
  readonly channel: number;
  /** Milliseconds since 1970 when a rotated token stops working; `null` while it is the current one. */
  readonly expiresAt: number | null;
}

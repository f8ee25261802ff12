/** The platforms that events are fetched from. */
export const sourcePlatforms = ["donationalerts", "pally", "tuniform"] as const;
export type SourcePlatform = (typeof sourcePlatforms)[number];

/** What a creator has stored so that a platform's events flow into a channel. */
export interface Connection {
  readonly id: number;
  readonly channel: number;
  readonly platform: SourcePlatform;
  /** Whose events it brings: DonationAlerts' or Tuniform's user id, Pally's page slug or `firehose`; `""` until the platform said it. */
  readonly account: string;
  /** What that account is called there, for people. */
  readonly name: string;
  /** `false`: a person has stopped it. */
  readonly wanted: boolean;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** `live` is said only after the platform confirmed the subscription. */
export type ConnectionStatus = "connecting" | "live" | "waiting" | "needs-authorization" | "stopped";

/** How a connection is, as whoever runs it reported last. */
export interface ConnectionState {
  readonly status: ConnectionStatus;
  /** A sentence for a person; `""` where the status says it all. */
  readonly reason: string;
  /** Since when it has that status, milliseconds since 1970. */
  readonly since: number;
  /** When it will be tried again, while it is waiting. */
  readonly retryAt?: number;
  /** When the platform was last heard, whatever it said. */
  readonly heardAt?: number;
  /** The last comparison with the platform's list: what is missing here since it cannot be read, and what was recovered. */
  readonly reconciled?: { readonly at: number; readonly missing: number; readonly recovered: number };
  /** The first reading of the platform's history, while it goes on. */
  readonly history?: { readonly imported: number; readonly of: number | null };
  /** What was not heard and cannot be read back, newest last, at most 20. */
  readonly gaps?: readonly { readonly from: number; readonly to: number }[];
  /** Something that works less well than it could, said loudly until it is mended. */
  readonly warning?: string;
}

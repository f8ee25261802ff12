/**
 * Tuniform's stream alerts as it sends them.
 * Source: the "Stream Alerts service" and "Event payload schemas" pages of its integration documentation.
 */

/** Always the first frame of a connection, never an event. */
export interface TuniformConnected {
  readonly type: "CONNECTED";
  /** The creator's handle on Kick, `""` if not set. */
  readonly kick_username: string;
  /** The creator's Tuniform user id. */
  readonly user_id: number;
  /** Tipwire's own addition, only where the client asked to resume by cursors. */
  readonly cursor?: string;
}

/** All types share this one flat shape, every key always present. `follow`, `raid` and `host` are announced. */
export interface TuniformEvent {
  readonly sender_username: string;
  readonly sender_avatar: string;
  /** Major units ("50.00" is fifty dinars); the currency's own number of decimals applies: TND has three. */
  readonly amount: number;
  readonly currency: string;
  readonly type: "donation" | "subscription" | "follow" | "raid" | "host";
  readonly tier: string;
  /** An integer on subscriptions, `""` on everything else. */
  readonly duration: number | "";
  readonly period: string;
  readonly streak: number;
  readonly receiver_username: string;
  readonly receiver_display_name: string;
  readonly receiver_avatar: string;
  readonly message: string;
  /** The sender's handle on Kick: not what the handshake means by the same key. */
  readonly kick_username: string;
  /** `""` when there is none; check `have_tts` first. */
  readonly tts_url: string;
  readonly have_tts: boolean;
  /** `""` when there is none; check `have_voice_message` first. */
  readonly voice_message: string;
  readonly have_voice_message: boolean;
  /** ISO 8601 with an offset. */
  readonly timestamp: string;
}

/** The documented keys of an event, in the documented order. */
export const tuniformKeys = [
  "sender_username",
  "sender_avatar",
  "amount",
  "currency",
  "type",
  "tier",
  "duration",
  "period",
  "streak",
  "receiver_username",
  "receiver_display_name",
  "receiver_avatar",
  "message",
  "kick_username",
  "tts_url",
  "have_tts",
  "voice_message",
  "have_voice_message",
  "timestamp",
] as const satisfies readonly (keyof TuniformEvent)[];

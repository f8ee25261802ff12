/**
 * The native protocol as JSON, version 1. `docs/protocol.md` describes every field.
 * The discriminator: a message with `kind` is an event, one without is a control message named by `type`.
 */
export type EventType = "donation" | "subscription" | "follow" | "raid" | "host" | "custom";

export interface Money {
  /** Decimal text: "5.00". */
  readonly value: string;
  /** The same as an integer of minor units: 500. */
  readonly minor: number;
  /** Decimals of the minor unit: 2. */
  readonly exponent: number;
  readonly currency: string;
}

/** An event, or its replay, as GET, SSE and WebSocket give it. */
export interface TipwireEvent {
  readonly id: string;
  /** Where this event stands: hand it back as `after` to go on behind it. */
  readonly cursor: string;
  readonly kind: "event" | "replay";
  readonly arrival: "live" | "late" | "import";
  readonly receivedAt: string;
  /** For a replay the id of the event that it shows again: show it, do not count it. */
  readonly replayOf: string | null;
  readonly type: EventType;
  readonly origin: string;
  readonly externalId: string;
  /** For a replay, when the original happened. */
  readonly occurredAt: string;
  readonly name: string | null;
  readonly anonymous: boolean;
  readonly message: string;
  readonly messageKind: "text" | "audio";
  readonly amount: Money | null;
  readonly fee: Money | null;
  readonly net: Money | null;
  readonly stated: Money | null;
  readonly tier: string | null;
  readonly period: string | null;
  readonly duration: number | null;
  readonly streak: number | null;
  readonly avatarUrl: string | null;
  readonly ttsUrl: string | null;
  readonly voiceUrl: string | null;
  readonly kickUsername: string | null;
  readonly test: boolean;
}

export interface ChannelName {
  readonly id: number;
  readonly slug: string;
  readonly title: string;
}

/** The first message of a WebSocket or SSE session. */
export interface Hello {
  readonly type: "hello";
  readonly protocol: 1;
  readonly channel: ChannelName;
  /** Where this session starts: safe to store. */
  readonly cursor: string;
  /** The newest event's place when the session started. */
  readonly head: string;
  /** Seconds after which something comes even when nothing happens. */
  readonly keepalive: number;
}

export interface Keepalive {
  readonly type: "keepalive";
}

/** The server is about to stop or restart: connect again, with the last cursor. */
export interface Reconnect {
  readonly type: "reconnect";
  /** Milliseconds that a client may wait before it comes back, at random within it. */
  readonly within: number;
}

/** The cursor that was handed in does not fit the log. The session goes on from `cursor`. */
export interface Reset {
  readonly type: "reset";
  /** `epoch`: another log's cursor. `ahead`: beyond the head. `changed`: another event stands there now. */
  readonly reason: "epoch" | "ahead" | "changed";
  readonly cursor: string;
  readonly oldest: string;
  readonly head: string;
}

export type Control = Hello | Keepalive | Reconnect | Reset;
export type ServerMessage = TipwireEvent | Control;

/** The only message that a client needs: a browser cannot send `Authorization`. */
export interface Auth {
  readonly type: "auth";
  readonly token: string;
}

/** The answer of GET. */
export interface Page {
  readonly events: readonly TipwireEvent[];
  /** Hand it back as `after`. */
  readonly cursor: string;
  readonly reset?: Omit<Reset, "type">;
}

/** The body of POST. */
export interface NewEvent {
  readonly type?: EventType;
  readonly origin?: string;
  readonly externalId?: string;
  readonly occurredAt?: string;
  readonly name?: string | null;
  readonly anonymous?: boolean;
  readonly message?: string;
  readonly messageKind?: "text" | "audio";
  /** Decimal text, or the object that GET gives. */
  readonly amount?: string | Money | null;
  readonly currency?: string;
  readonly currencyExponent?: number;
  /** In the currency of `amount` when text. */
  readonly fee?: string | Money | null;
  readonly net?: string | Money | null;
  readonly stated?: Money | null;
  readonly tier?: string | null;
  readonly period?: string | null;
  readonly duration?: number | null;
  readonly streak?: number | null;
  readonly avatarUrl?: string | null;
  readonly ttsUrl?: string | null;
  readonly voiceUrl?: string | null;
  readonly kickUsername?: string | null;
  readonly test?: boolean;
}

/** The answer of POST: 201 when it is new, 200 when it was there already. */
export interface Stored {
  readonly id: string;
  readonly cursor: string;
  readonly status: "stored" | "duplicate";
}

export interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly doc: string;
}

/**
 * Close codes of the native WebSocket. 4000–4499: come back with the last cursor. 4500–4999: coming back as you are is useless.
 */
export const closeCodes = {
  4000: "the server is stopping or restarting",
  4001: "too slow: the messages were not read for a minute",
  4002: "the server could not read its store",
  4003: "too many sessions of this key",
  4500: "a parameter of the address, or the first message, is not of the documented form",
  4501: "no valid key or token within five seconds",
  4502: "the token has expired",
  4503: "the key or token was revoked, or no longer covers this channel",
  4504: "no such channel, or this key does not cover it, or may not read",
  4505: "more than 60 messages in 10 seconds",
} as const;

export type CloseCode = keyof typeof closeCodes;

/** Whether a client that was closed with this code should come back. */
export function shouldRetry(code: number): boolean {
  return code < 4500 || code > 4999;
}

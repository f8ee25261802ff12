import type { Clock } from "./clock.ts";
import { answerError, type TipwireError } from "./error.ts";
import type { Hello, Reset, ServerMessage, TipwireEvent } from "./wire.ts";

export type TransportName = "websocket" | "sse" | "poll";

/** How a session ended by itself: worth another try, or not. */
export type Ending =
  | { readonly status: "lost"; readonly reason: string; readonly retryAfter?: number | undefined }
  | { readonly status: "refused"; readonly error: TipwireError };

export type Fetch = (address: string, init?: RequestInit) => Promise<Response>;

/** One connection's view of the follower that it works for. */
export interface Session {
  /** The `…/events` address, without parameters. */
  readonly address: string;
  readonly token: string;
  readonly after: string | undefined;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** Ends the connection. */
  readonly signal: AbortSignal;
  /** The server has let us in. `keepalive`: seconds after which something comes even when nothing happens. */
  opened(keepalive: number, hello: Hello | null): void;
  /** Something came, be it a comment. */
  alive(): void;
  event(event: TipwireEvent): void;
  reset(reset: Omit<Reset, "type">): void;
  /** All up to here was given. */
  reached(cursor: string): void;
  /** Come back within so many milliseconds. */
  moved(within: number): void;
}

/** Reads a channel until the connection ends or `session.signal` aborts. */
export type Transport = (session: Session) => Promise<Ending>;

/** Hands on one message of a WebSocket or an SSE session; messages of a later protocol version are passed over. */
export function hear(session: Session, message: ServerMessage): void {
  if ("kind" in message) session.event(message);
  else if (message.type === "hello") session.opened(message.keepalive, message);
  else if (message.type === "reset") session.reset(message);
  else if (message.type === "reconnect") session.moved(message.within);
}

/** Waiting changes nothing about these, where it is Tipwire that answers them and not a proxy while it is away. */
const useless = new Set([400, 401, 403, 404]);

export async function refusedAnswer(response: Response): Promise<Ending> {
  const error = await answerError(response);
  if (useless.has(error.status) && error.code !== "unexpected_answer") return { status: "refused", error };
  return { status: "lost", reason: error.message, retryAfter: error.retryAfter };
}

/** The address with the parameters that are set. */
export function withQuery(address: string, query: Readonly<Record<string, string | number | undefined>>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
  return url.href;
}

import type { Serve } from "../core/socket.ts";

export interface DialOptions {
  /** Ends the connection, or the attempt. */
  readonly signal: AbortSignal;
  /** Called for every frame that comes in, pings and pongs of the protocol too. */
  readonly heard?: () => void;
  /** Milliseconds that connecting may take. */
  readonly within?: number;
  /** Largest message that is taken, in UTF-16 units or bytes; a larger one ends the connection with 1009. */
  readonly frameBytes?: number;
}

/** What became of dialling. Reasons are sentences for a person, without the address, which may hold a key. */
export type Dialled =
  | { readonly status: "open" }
  /** The other side answered the upgrade with another HTTP status than 101. */
  | { readonly status: "refused"; readonly httpStatus: number }
  | { readonly status: "unreachable"; readonly reason: string };

/**
 * Opens a WebSocket as a client, never throws. `serve` is given the open socket and returns who listens to it, before the
 * first frame is read; its `closed` is called exactly once, whoever closed. Binary messages arrive as text.
 */
export type Dial = (url: string, serve: Serve, options: DialOptions) => Promise<Dialled>;

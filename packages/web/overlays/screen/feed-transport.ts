import type { OverlayFrame, OverlayHello, OverlayMessage } from "@tipwire/client";

/** One connection's view of the feed. */
export interface FeedSession {
  readonly signal: AbortSignal;
  readonly hello: () => OverlayHello;
  readonly hear: (frame: OverlayFrame) => void;
}

export type FeedEnding = { readonly status: "lost" | "refused"; readonly reason: string };

export interface FeedConnection {
  readonly ended: Promise<FeedEnding>;
  send(message: OverlayMessage): void;
}

export type FeedTransport = (session: FeedSession) => FeedConnection;

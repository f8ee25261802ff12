import type { OverlayAnswer, OverlayMessage, OverlayRequest } from "@tipwire/client";
import type { FeedEnding, FeedSession } from "./feed-transport.ts";

/** Asks `/overlay/feed` by an ordinary request. Rejects where the network does. */
export function request(
  { hello, signal }: FeedSession,
  accept: "application/json" | "text/event-stream",
  { messages = [], after = null, wait = 0 }: Partial<Pick<OverlayRequest, "messages" | "after" | "wait">>,
): Promise<Response> {
  const body: OverlayRequest = { hello: hello(), messages, after, wait };
  const headers = { accept, "content-type": "application/json" };
  return fetch("/overlay/feed", { method: "POST", headers, body: JSON.stringify(body), cache: "no-store", signal });
}

/** Hands messages over, and hears what the answer holds. A report that is lost here comes again with the next `hello`. */
export async function deliver(session: FeedSession, messages: readonly OverlayMessage[]): Promise<void> {
  const response = await request(session, "application/json", { messages });
  if (!response.ok) return;
  const { frames } = (await response.json()) as OverlayAnswer;
  for (const frame of frames) if (frame.type === "noted") session.hear(frame);
}

/** Our own refusals that waiting does not change. What a proxy answers in the server's place, by whatever status, is none. */
const useless = new Set<unknown>(["body_invalid", "token_invalid", "token_expired", "token_revoked"]);

export async function refused(response: Response): Promise<FeedEnding> {
  const body = (await response.json().catch(() => null)) as { readonly code?: unknown } | null;
  const reason = `the server answered ${response.status}`;
  return { status: useless.has(body?.code) ? "refused" : "lost", reason };
}

export function broken(fault: unknown): FeedEnding {
  return { status: "lost", reason: fault instanceof Error ? fault.message : String(fault) };
}

import type { OverlayAnswer, OverlayMessage } from "@tipwire/client";
import { broken, deliver, refused, request } from "./feed-request.ts";
import type { FeedConnection, FeedEnding, FeedSession } from "./feed-transport.ts";

/** Seconds that the server may hold an answer back. */
const wait = 20;

/** Long-polling: works wherever any web page does. */
export function pollFeed(session: FeedSession): FeedConnection {
  return {
    ended: poll(session).catch(broken),
    send: (message: OverlayMessage) => void deliver(session, [message]).catch(() => {}),
  };
}

async function poll(session: FeedSession): Promise<FeedEnding> {
  let after: string | null = null;
  for (;;) {
    // The first answer comes at once and says everything.
    const response: Response = await request(session, "application/json", { after, wait: after === null ? 0 : wait });
    if (!response.ok) return refused(response);
    const answer = (await response.json()) as OverlayAnswer;
    session.hear({ type: "keepalive" });
    for (const frame of answer.frames) session.hear(frame);
    after = answer.after;
  }
}

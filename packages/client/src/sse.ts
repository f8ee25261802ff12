import { reasonOf } from "./error.ts";
import { eventStreamParser } from "./event-stream.ts";
import { type Ending, hear, refusedAnswer, type Session, withQuery } from "./transport.ts";
import type { ServerMessage } from "./wire.ts";

/** Server-sent events over `fetch`: unlike `EventSource` it can send `Authorization` and sees the status. */
export async function sseTransport(session: Session): Promise<Ending> {
  const response = await session.fetch(withQuery(session.address, { after: session.after }), {
    headers: { accept: "text/event-stream", authorization: `Bearer ${session.token}` },
    cache: "no-store",
    signal: session.signal,
  });
  if (!response.ok) return refusedAnswer(response);
  if (response.body === null || !response.headers.get("content-type")?.startsWith("text/event-stream")) {
    await response.body?.cancel();
    return { status: "lost", reason: "the answer is no event stream" };
  }
  const parse = eventStreamParser(({ event, data }) => {
    const message = JSON.parse(data) as ServerMessage;
    hear(session, event === "message" ? message : ({ ...message, type: event } as ServerMessage));
  });
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { status: "lost", reason: "the event stream ended" };
      session.alive();
      parse(decoder.decode(value, { stream: true }));
    }
  } catch (fault) {
    reader.cancel().catch(() => {});
    return { status: "lost", reason: reasonOf(fault) };
  }
}

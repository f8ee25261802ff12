import type { OverlayFrame } from "@tipwire/client";
import { broken, deliver, refused, request } from "./feed-request.ts";
import type { FeedConnection, FeedEnding, FeedSession } from "./feed-transport.ts";

/** Server-sent events; what the page has to say goes by requests of its own. */
export function streamFeed(session: FeedSession): FeedConnection {
  return {
    ended: read(session).catch(broken),
    send: (message) => void deliver(session, [message]).catch(() => {}),
  };
}

async function read(session: FeedSession): Promise<FeedEnding> {
  const response = await request(session, "text/event-stream", {});
  if (!response.ok) return refused(response);
  if (response.body === null || !response.headers.get("content-type")?.startsWith("text/event-stream")) {
    return { status: "lost", reason: "the answer is no event stream" };
  }
  let rest = "";
  for await (const text of chunks(response.body.pipeThrough(new TextDecoderStream()))) {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const frame of blocks.flatMap(frameOf)) session.hear(frame);
  }
  return { status: "lost", reason: "the event stream ended" };
}

/** `for await` over a stream itself needs a newer Chromium than OBS may have. */
async function* chunks(stream: ReadableStream<string>): AsyncGenerator<string, void, undefined> {
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}

/** A comment, by which the server keeps the connection open, is no frame. */
function frameOf(block: string): readonly OverlayFrame[] {
  const data = block
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5));
  return data.length === 0 ? [] : [JSON.parse(data.join("\n")) as OverlayFrame];
}

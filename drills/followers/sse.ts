import type { Session } from "./follower.ts";

/** `text/event-stream`, resumed as browsers do: by `Last-Event-ID`. */
export const sse: Session = async (after, reading, { url, slug, key }, stop) => {
  const response = await fetch(`${url}/v1/channels/${slug}/events?after=oldest`, {
    headers: { accept: "text/event-stream", authorization: `Bearer ${key}`, "last-event-id": after },
    signal: stop,
  });
  if (!response.ok || response.body === null) throw new Error(`SSE was answered with ${response.status}`);
  let text = "";
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const { event, id, data } = fields(block);
      if (event === "reset") reading.reset();
      if (event === "hello") reading.standsAt((JSON.parse(data) as { cursor: string }).cursor);
      if (event === "" && id !== "") reading.took((JSON.parse(data) as { externalId: string }).externalId, id);
    }
  }
};

function fields(block: string): { event: string; id: string; data: string } {
  const found = { event: "", id: "", data: "" };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(": ");
    const name = line.slice(0, colon);
    if (name === "event" || name === "id" || name === "data") found[name] += line.slice(colon + 2);
  }
  return found;
}

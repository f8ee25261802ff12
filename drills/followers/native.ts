import type { Reading, Session } from "./follower.ts";
import { readSocket } from "./socket.ts";

/** The native WebSocket as programs open it: with `Authorization`. */
export const nativeWithKey: Session = (after, reading, { url, slug, key }, stop) =>
  readSocket(address(url, slug, after), { authorization: `Bearer ${key}` }, undefined, take(reading), stop);

/** The native WebSocket as pages open it: the stream token comes in the first message. */
export const nativeWithToken: Session = (after, reading, { url, streamToken }, stop) =>
  readSocket(address(url, "-", after), {}, JSON.stringify({ type: "auth", token: streamToken }), take(reading), stop);

function address(url: string, slug: string, after: string): string {
  return `${url.replace("http", "ws")}/v1/channels/${slug}/events?after=${after}`;
}

function take(reading: Reading) {
  return (text: string) => {
    const message = JSON.parse(text) as { kind?: string; type: string; cursor: string; externalId: string };
    if (message.kind !== undefined) reading.took(message.externalId, message.cursor);
    else if (message.type === "reset") reading.reset();
    else if (message.type === "hello") reading.standsAt(message.cursor);
  };
}

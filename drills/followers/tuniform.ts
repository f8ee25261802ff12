import type { Session } from "./follower.ts";
import { readSocket } from "./socket.ts";

/**
 * Tuniform's protocol with our `after`. Its events carry no id, so the feeder put the name into the message. That a cursor
 * is refused shows by the place where the session then stands.
 */
export const tuniform: Session = (after, reading, { url, streamToken }, stop) => {
  const address = `${url.replace("http", "ws")}/ws?token=${streamToken}&after=${after}`;
  const take = (text: string) => {
    const frame = JSON.parse(text) as { type: string; message: string; cursor: string };
    if (frame.type === "CONNECTED") {
      if (after !== "oldest" && frame.cursor !== after) reading.reset();
      reading.standsAt(frame.cursor);
    } else reading.took(frame.message, frame.cursor);
  };
  return readSocket(address, {}, undefined, take, stop);
};

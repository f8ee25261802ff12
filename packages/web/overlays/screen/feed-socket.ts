import type { OverlayFrame } from "@tipwire/client";
import type { FeedConnection, FeedEnding, FeedSession } from "./feed-transport.ts";

/** From here on coming back as we are is useless: see `overlayCloseCodes`. */
const firstUselessCode = 4500;

export function socketFeed({ signal, hello, hear }: FeedSession): FeedConnection {
  const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/overlay/feed`);
  const ended = new Promise<FeedEnding>((resolve) => {
    socket.onclose = ({ code, reason }) => {
      const useless = code >= firstUselessCode && code < 5000;
      resolve({ status: useless ? "refused" : "lost", reason: reason || `closed with ${code}` });
    };
  });
  socket.onopen = () => socket.send(JSON.stringify(hello()));
  socket.onmessage = ({ data }) => {
    if (!signal.aborted) hear(JSON.parse(String(data)) as OverlayFrame);
  };
  signal.addEventListener("abort", () => socket.close(), { once: true });
  return {
    ended,
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
  };
}

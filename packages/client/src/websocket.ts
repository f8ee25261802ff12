import { closeError, reasonOf } from "./error.ts";
import { type Ending, hear, type Transport, withQuery } from "./transport.ts";
import { type Auth, type ServerMessage, shouldRetry } from "./wire.ts";

/** What is used of a WebSocket. `unknown`, because the standard's and the package `ws`'s events differ in type. */
export interface WebSocketLike {
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;
  send(text: string): void;
  close(): void;
}

export type WebSocketConstructor = new (url: string) => WebSocketLike;

export function webSocketTransport(WebSocket: WebSocketConstructor): Transport {
  return (session) =>
    new Promise((resolve) => {
      const socket = new WebSocket(withQuery(session.address, { after: session.after }).replace(/^http/, "ws"));
      const end = (ending: Ending) => {
        socket.onmessage = null;
        resolve(ending);
        socket.close();
      };
      const auth: Auth = { type: "auth", token: session.token };
      socket.onopen = () => socket.send(JSON.stringify(auth));
      socket.onmessage = ({ data }: { readonly data: unknown }) => {
        session.alive();
        try {
          hear(session, JSON.parse(String(data)) as ServerMessage);
        } catch (fault) {
          end({ status: "lost", reason: `a message could not be read: ${reasonOf(fault)}` });
        }
      };
      // A close follows, and knows more. Without a listener the package `ws` would throw.
      socket.onerror = () => {};
      socket.onclose = (event: { readonly code: number; readonly reason: string }) =>
        resolve(closed(event.code, event.reason));
      session.signal.addEventListener("abort", () => end({ status: "lost", reason: "given up" }), { once: true });
    });
}

function closed(code: number, reason: string): Ending {
  if (!shouldRetry(code)) return { status: "refused", error: closeError(code, reason) };
  const known = code === 1006 ? "the connection broke" : `the connection was closed (${code})`;
  return { status: "lost", reason: reason || known };
}

/** The runtime's own, where it has one: Node 20 does not. */
export function nativeWebSocket(): WebSocketConstructor | undefined {
  return (globalThis as { WebSocket?: unknown }).WebSocket as WebSocketConstructor | undefined;
}

/** The types know the browser's constructor only. */
const BunWebSocket = WebSocket as unknown as new (address: string, options: Bun.WebSocketOptions) => WebSocket;

/** Opens a WebSocket, gives every message to `take`, and resolves when the socket has closed. */
export function readSocket(
  address: string,
  headers: Readonly<Record<string, string>>,
  first: string | undefined,
  take: (text: string) => void,
  stop: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const socket = new BunWebSocket(address, { headers });
    const close = () => socket.close();
    stop.addEventListener("abort", close);
    socket.onopen = () => {
      if (first !== undefined) socket.send(first);
      if (stop.aborted) socket.close();
    };
    socket.onmessage = ({ data }) => take(String(data));
    socket.onclose = () => {
      stop.removeEventListener("abort", close);
      resolve();
    };
  });
}

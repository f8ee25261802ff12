/** A proxy such as some networks have: it lets requests through and, as it is told, no WebSocket and no event stream. */
export interface BlockingProxy {
  readonly url: string;
  /** Refused upgrades, refused streams, and streams and polls that went through. */
  readonly seen: { upgrades: number; refusedStreams: number; streams: number; polls: number };
  stop(): Promise<void>;
}

export function startBlockingProxy(target: string, { streams }: { readonly streams: boolean }): BlockingProxy {
  const seen = { upgrades: 0, refusedStreams: 0, streams: 0, polls: 0 };
  const server = Bun.serve({
    port: 0,
    hostname: "localhost",
    idleTimeout: 0,
    fetch(request) {
      const { pathname, search } = new URL(request.url);
      if (request.headers.get("upgrade") !== null) {
        seen.upgrades++;
        return new Response("no WebSockets here", { status: 403 });
      }
      const isStream = request.headers.get("accept") === "text/event-stream";
      if (isStream && !streams) {
        seen.refusedStreams++;
        return new Response("no streams here", { status: 502 });
      }
      if (isStream) seen.streams++;
      else if (/\/(events|feed)$/.test(pathname)) seen.polls++;
      const { method, headers, body, signal } = request;
      return fetch(target + pathname + search, { method, headers, body, signal, redirect: "manual" });
    },
  });
  return { url: `http://localhost:${server.port}`, seen, stop: () => server.stop(true) };
}

import { type Endpoint, type Refusal, type Serve, type Socket, socketPair } from "../src/core/socket.ts";
import type { Dial } from "../src/intake/dial.ts";

/** Who is called: grants the connection or refuses it. */
export type Callee = (url: URL) => Promise<Serve | Refusal> | Serve | Refusal;

/** Dials in memory, where nothing takes longer than what it sets off: for virtual time. Pings are answered. */
export function pairDial(callee: Callee): Dial {
  return async (url, serve, { signal, heard }) => {
    const answer = await callee(new URL(url));
    if (typeof answer !== "function") return { status: "refused", httpStatus: answer.status };
    const [theirs, ours] = socketPair();
    const socket: Socket = {
      send: (messages) => ours.send(messages),
      ping: () => queueMicrotask(() => ours.closed ?? heard?.()),
      close: (code, reason) => ours.close(code, reason),
    };
    const events = serve(socket);
    ours.events = {
      text(message) {
        heard?.();
        events.text(message);
      },
      drain: () => events.drain(),
      closed: (code, reason) => events.closed(code, reason),
      stalled: () => events.stalled(),
      shutdown: () => events.shutdown(),
    };
    theirs.events = answer(theirs);
    signal.addEventListener("abort", () => ours.close(1000, ""));
    return { status: "open" };
  };
}

/** One of our own endpoints answers. */
export function endpointDial(endpoint: Endpoint): Dial {
  return pairDial(({ pathname, searchParams }) =>
    endpoint.authorize({ path: pathname, query: searchParams, header: () => null, failed: () => undefined }),
  );
}

import { reasonOf } from "./error.ts";
import type { Ending, Session, Transport } from "./transport.ts";
import type { Hello, Reset, TipwireEvent } from "./wire.ts";

/** Milliseconds within which the server must let us in. */
const openWithin = 10_000;
/** Milliseconds of silence, on top of two keepalive intervals, after which a connection counts as dead. */
const patience = 5000;

export type Target = Pick<Session, "address" | "token" | "after" | "fetch" | "clock">;

export interface Listener {
  opened(hello: Hello | null): void;
  event(event: TipwireEvent): void;
  reset(reset: Omit<Reset, "type">): void;
  reached(cursor: string): void;
}

/** How a connection went. `moved`: the server asked us to come back. `left`: `signal` ended it. */
export type Outcome = Ending | { readonly status: "moved"; readonly within: number } | { readonly status: "left" };

/** Runs one connection to its end. Never rejects, and says nothing more to `listener` once it has settled. */
export function connect(
  transport: Transport,
  target: Target,
  listener: Listener,
  signal: AbortSignal,
): Promise<Outcome> {
  const { clock } = target;
  return new Promise((resolve) => {
    const over = new AbortController();
    let silence = openWithin;
    let heardAt = clock.now();
    let cancelWatch = () => {};

    function end(outcome: Outcome): void {
      if (over.signal.aborted) return;
      over.abort();
      cancelWatch();
      resolve(outcome);
    }
    /** One timer that looks when something was last heard, instead of one a message. */
    function watch(): void {
      const left = heardAt + silence - clock.now();
      if (left > 0) cancelWatch = clock.after(left, watch);
      else end({ status: "lost", reason: silence === openWithin ? "no answer in time" : "nothing came for too long" });
    }
    /** A connection that has ended may still hold a message or two; they come again on the next one. */
    function unlessOver<Values extends unknown[]>(call: (...values: Values) => void): (...values: Values) => void {
      return (...values) => {
        if (!over.signal.aborted) call(...values);
      };
    }

    signal.addEventListener("abort", () => end({ status: "left" }), { once: true, signal: over.signal });
    watch();
    transport({
      ...target,
      signal: over.signal,
      opened: unlessOver((keepalive, hello) => {
        silence = keepalive * 2000 + patience;
        cancelWatch();
        watch();
        listener.opened(hello);
      }),
      alive: () => {
        heardAt = clock.now();
      },
      event: unlessOver((event) => listener.event(event)),
      reset: unlessOver((reset) => listener.reset(reset)),
      reached: unlessOver((cursor) => listener.reached(cursor)),
      moved: (within) => end({ status: "moved", within }),
    }).then(end, (fault) => end({ status: "lost", reason: reasonOf(fault) }));
  });
}

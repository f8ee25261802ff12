import { eventsAddress } from "./address.ts";
import { type Backoff, backoff } from "./backoff.ts";
import { type Clock, systemClock } from "./clock.ts";
import { connect, type Outcome, type Target } from "./connection.ts";
import type { TipwireError } from "./error.ts";
import { Ladder } from "./ladder.ts";
import { pollTransport } from "./poll.ts";
import { sseTransport } from "./sse.ts";
import type { Fetch, Transport, TransportName } from "./transport.ts";
import { nativeWebSocket, type WebSocketConstructor, webSocketTransport } from "./websocket.ts";
import type { Hello, Reset, TipwireEvent } from "./wire.ts";

export interface FollowOptions {
  /** Where Tipwire is: "http://localhost:8000". */
  readonly url: string;
  /** The channel's stream token, or an API key that may read it. */
  readonly token: string;
  /** Its slug; without it the channel that the stream token belongs to. */
  readonly channel?: string | undefined;
  /** The last cursor that you have dealt with, or `oldest`, or `head`. Without it: what happens from now on. */
  readonly after?: string | undefined;
  /** Called with each event in order, each once. What it throws is reported as uncaught, and the following goes on. */
  readonly onEvent: (event: TipwireEvent) => void;
  /** The cursor did not fit the log (it was restored from a backup, for example); it goes on from `reset.cursor`. */
  readonly onReset?: ((reset: Omit<Reset, "type">) => void) | undefined;
  readonly onState?: ((state: FollowState) => void) | undefined;
  /** What may be used, best first. Without it: WebSocket, then SSE, then long-polling. */
  readonly transports?: readonly TransportName[] | undefined;
  /** Ends it, as `stop()` does. */
  readonly signal?: AbortSignal | undefined;
  /** A constructor like the standard one, for a runtime that has none (`ws` on Node 20). */
  readonly WebSocket?: WebSocketConstructor | undefined;
  readonly fetch?: Fetch | undefined;
  readonly clock?: Clock | undefined;
  /** From 0 to 1, for the jitter. */
  readonly random?: (() => number) | undefined;
}

export type FollowState =
  | { readonly status: "connecting"; readonly transport: TransportName }
  /** `hello` is `null` with long-polling. */
  | { readonly status: "live"; readonly transport: TransportName; readonly hello: Hello | null }
  | { readonly status: "waiting"; readonly milliseconds: number; readonly reason: string }
  /** By `stop()` when `error` is `null`; otherwise coming back as we are is useless. */
  | { readonly status: "stopped"; readonly error: TipwireError | null };

export interface Follower {
  /** The place that was reached: store it, and hand it back as `after`. */
  readonly cursor: string | undefined;
  readonly state: FollowState;
  stop(): void;
  /** Settles when it has stopped: with what made going on useless, or `null` after `stop()`. Never rejects. */
  readonly done: Promise<TipwireError | null>;
}

/** Follows a channel for ever: reconnects, resumes behind the last event, and changes the transport where one is blocked. */
export function follow(options: FollowOptions): Follower {
  return new ChannelFollower(options);
}

const firstWait = 250;
const longestWait = 5000;
const lookForBetterEvery = 60_000;

class ChannelFollower implements Follower {
  readonly done: Promise<TipwireError | null>;
  readonly #options: FollowOptions;
  readonly #address: string;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #backoff: Backoff;
  readonly #transports: ReadonlyMap<TransportName, Transport>;
  readonly #ladder: Ladder;
  #cursor: string | undefined;
  #state: FollowState;
  #stopped = false;
  /** Ends what is waited for just now. */
  #interrupt = () => {};

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#address = new URL(eventsAddress(options.url, options.channel ?? "-")).href;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#backoff = backoff(firstWait, longestWait, this.#random);
    this.#transports = usableTransports(options);
    this.#ladder = new Ladder([...this.#transports.keys()]);
    this.#cursor = options.after;
    this.#state = { status: "connecting", transport: this.#ladder.current };
    const stop = () => this.stop();
    if (options.signal?.aborted) stop();
    options.signal?.addEventListener("abort", stop, { once: true });
    this.done = Promise.resolve()
      .then(() => this.#run())
      .finally(() => options.signal?.removeEventListener("abort", stop));
  }

  get cursor(): string | undefined {
    return this.#cursor;
  }

  get state(): FollowState {
    return this.#state;
  }

  stop(): void {
    this.#stopped = true;
    this.#interrupt();
  }

  async #run(): Promise<TipwireError | null> {
    while (!this.#stopped) {
      const outcome = await this.#connection();
      if (outcome.status === "refused") return this.#end(outcome.error);
      if (outcome.status === "moved") {
        await this.#pause(Math.round(this.#random() * outcome.within), "the server is restarting");
      } else if (outcome.status === "lost") {
        await this.#pause(this.#backoff.next() + (outcome.retryAfter ?? 0) * 1000, outcome.reason);
      }
    }
    return this.#end(null);
  }

  async #connection(): Promise<Outcome> {
    const transport = this.#ladder.current;
    this.#enter({ status: "connecting", transport });
    const leaving = new AbortController();
    this.#interrupt = () => leaving.abort();
    let openedAt: number | undefined;
    const outcome = await this.#connect(transport, leaving.signal, (hello) => {
      openedAt = this.#clock.now();
      this.#cursor = hello?.cursor ?? this.#cursor;
      this.#enter({ status: "live", transport, hello });
      this.#lookForBetter(leaving);
    });
    leaving.abort();
    if (outcome.status === "lost") this.#ladder.lost(openedAt !== undefined);
    if (openedAt !== undefined && this.#clock.now() - openedAt > longestWait) this.#backoff.reset();
    return outcome;
  }

  #connect(name: TransportName, signal: AbortSignal, opened: (hello: Hello | null) => void): Promise<Outcome> {
    return connect(
      this.#transport(name),
      this.#target(this.#cursor),
      {
        opened,
        event: (event) => {
          if (event.cursor === this.#cursor) return;
          this.#cursor = event.cursor;
          this.#backoff.reset();
          reportingFaults(() => this.#options.onEvent(event));
        },
        reset: (reset) => {
          this.#cursor = reset.cursor;
          reportingFaults(() => this.#options.onReset?.(reset));
        },
        reached: (cursor) => {
          this.#cursor = cursor;
        },
      },
      signal,
    );
  }

  /** On a lesser transport: sees from time to time whether a better one works by now, beside the connection that there is. */
  #lookForBetter(leaving: AbortController): void {
    const { better } = this.#ladder;
    if (better.length === 0) return;
    const cancel = this.#clock.after(lookForBetterEvery, async () => {
      for (const name of better) {
        if (!(await this.#works(name, leaving.signal))) continue;
        this.#ladder.climb(name);
        return leaving.abort();
      }
      if (!leaving.signal.aborted) this.#lookForBetter(leaving);
    });
    leaving.signal.addEventListener("abort", cancel, { once: true });
  }

  /** Whether the server lets us in that way. What such a trial hears is left to the connection that follows. */
  async #works(name: TransportName, signal: AbortSignal): Promise<boolean> {
    const trial = new AbortController();
    const leave = () => trial.abort();
    signal.addEventListener("abort", leave, { once: true });
    let opened = false;
    await connect(
      this.#transport(name),
      this.#target("head"),
      {
        opened: () => {
          opened = true;
          trial.abort();
        },
        event: () => {},
        reset: () => {},
        reached: () => {},
      },
      trial.signal,
    );
    signal.removeEventListener("abort", leave);
    return opened && !signal.aborted;
  }

  #transport(name: TransportName): Transport {
    return this.#transports.get(name) as Transport;
  }

  #target(after: string | undefined): Target {
    // Called bare: a browser's `fetch` minds what it is a method of.
    const bare = this.#options.fetch ?? fetch;
    return {
      address: this.#address,
      token: this.#options.token,
      after,
      fetch: (address, init) => bare(address, init),
      clock: this.#clock,
    };
  }

  #pause(milliseconds: number, reason: string): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#enter({ status: "waiting", milliseconds, reason });
    return new Promise((resolve) => {
      const cancel = this.#clock.after(milliseconds, resolve);
      this.#interrupt = () => {
        cancel();
        resolve();
      };
    });
  }

  #end(error: TipwireError | null): TipwireError | null {
    this.#stopped = true;
    this.#enter({ status: "stopped", error });
    return error;
  }

  #enter(state: FollowState): void {
    this.#state = state;
    reportingFaults(() => this.#options.onState?.(state));
  }
}

function usableTransports(options: FollowOptions): ReadonlyMap<TransportName, Transport> {
  const WebSocket = options.WebSocket ?? nativeWebSocket();
  const usable = new Map<TransportName, Transport>();
  for (const name of options.transports ?? ["websocket", "sse", "poll"]) {
    if (name === "sse") usable.set(name, sseTransport);
    else if (name === "poll") usable.set(name, pollTransport);
    else if (WebSocket !== undefined) usable.set(name, webSocketTransport(WebSocket));
  }
  if (usable.size === 0) throw new TypeError("There is no WebSocket here: pass one, or allow another transport.");
  return usable;
}

/** A listener's fault is its own: reported as any uncaught one, it does not end the following. */
function reportingFaults(call: () => void): void {
  try {
    call();
  } catch (fault) {
    queueMicrotask(() => {
      throw fault;
    });
  }
}

import type { OverlayFrame, OverlayHello, OverlayMessage } from "@tipwire/client";
import { pollFeed } from "./feed-poll.ts";
import { socketFeed } from "./feed-socket.ts";
import { streamFeed } from "./feed-stream.ts";
import type { FeedConnection, FeedEnding, FeedTransport } from "./feed-transport.ts";

export interface FeedOptions {
  /** What the page is and does at this moment. */
  readonly hello: () => OverlayHello;
  readonly hear: (frame: OverlayFrame) => void;
  readonly onState: (state: FeedState) => void;
}

export type FeedState =
  | { readonly status: "connecting" | "live" }
  | { readonly status: "waiting"; readonly reason: string }
  /** The link does not work. The page looks again once in a while: it may, after all, when the server is set right. */
  | { readonly status: "stopped"; readonly reason: string };

/** Best first; each with how often in a row it may fail before the next has its turn. */
const transports: readonly (readonly [FeedTransport, number])[] = [
  [socketFeed, 3],
  [streamFeed, 1],
  [pollFeed, 1],
];
const firstWait = 250;
const longestWait = 5000;
const refusedWait = 300_000;
const answerWithin = 10_000;
const patience = 5000;
const lookForBetterEvery = 60_000;
/** A clock that jumps so far was asleep. */
const asleep = 15_000;

/**
 * Keeps the page connected for ever: by WebSocket, else by an event stream, else by polling, and back up when that works
 * again; at once after sleep and when the network comes back, otherwise after waits that grow and differ from page to page. A
 * server that refuses the link is asked again every few minutes.
 */
export class Feed {
  readonly #options: FeedOptions;
  #rung = 0;
  #misses = 0;
  #wait = firstWait;
  #connection: FeedConnection | undefined;
  /** Ends what is waited for just now: a pause, or a connection that may be dead. */
  #hurry = () => {};

  constructor(options: FeedOptions) {
    this.#options = options;
    window.addEventListener("online", () => this.#hurry());
    this.#watchSleep();
    void this.#run();
  }

  /** Lost if there is no connection: `hello` says what matters to the next one. */
  send(message: OverlayMessage): void {
    this.#connection?.send(message);
  }

  async #run(): Promise<void> {
    for (;;) {
      this.#options.onState({ status: "connecting" });
      const { ending, opened, within } = await this.#connect();
      if (ending.status === "refused") {
        this.#options.onState({ ...ending, status: "stopped" });
        await this.#pause(jittered(refusedWait));
        continue;
      }
      if (opened) this.#misses = 0;
      else this.#miss();
      this.#options.onState({ ...ending, status: "waiting" });
      await this.#pause(within ?? this.#nextWait());
    }
  }

  /** One connection, from `hello` to its end. `within`: the server asked to come back at a random moment of so many ms. */
  async #connect(): Promise<{ readonly ending: FeedEnding; readonly opened: boolean; readonly within?: number }> {
    const over = new AbortController();
    const given = Promise.withResolvers<FeedEnding>();
    const giveUp = (reason: string) => {
      given.resolve({ status: "lost", reason });
      over.abort();
    };
    let silence = answerWithin;
    let watch = setTimeout(giveUp, silence, "no answer in time");
    let opened = false;
    let within: number | undefined;
    const better = this.#rung > 0 ? setTimeout(() => this.#climb(giveUp), lookForBetterEvery) : undefined;
    this.#hurry = () => giveUp("the network changed");

    const hear = (frame: OverlayFrame) => {
      if (over.signal.aborted) return;
      if (frame.type === "welcome") {
        opened = true;
        silence = frame.keepalive * 2000 + patience;
        this.#wait = firstWait;
        this.#options.onState({ status: "live" });
      }
      clearTimeout(watch);
      watch = setTimeout(giveUp, silence, "nothing came for too long");
      if (frame.type === "reconnect") {
        within = frame.within * Math.random();
        return giveUp("the server is restarting");
      }
      if (frame.type === "ping") this.send({ type: "pong" });
      this.#options.hear(frame);
    };
    const [transport] = transports[this.#rung] as (typeof transports)[number];
    this.#connection = transport({ signal: over.signal, hello: this.#options.hello, hear });
    const ending = await Promise.race([this.#connection.ended, given.promise]);
    this.#connection = undefined;
    over.abort();
    clearTimeout(watch);
    clearTimeout(better);
    return { ending, opened, ...(within !== undefined && { within }) };
  }

  #miss(): void {
    this.#misses++;
    if (this.#misses < (transports[this.#rung]?.[1] ?? 1)) return;
    this.#misses = 0;
    this.#rung = (this.#rung + 1) % transports.length;
  }

  /** Once in a while a lesser transport makes way for a try of the best one; should that fail, it has its turn again. */
  #climb(giveUp: (reason: string) => void): void {
    this.#rung = 0;
    this.#misses = (transports[0]?.[1] ?? 1) - 1;
    giveUp("looking for a better way");
  }

  #nextWait(): number {
    const wait = this.#wait;
    this.#wait = Math.min(longestWait, wait * 2);
    return jittered(wait);
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #watchSleep(): void {
    let before = Date.now();
    setInterval(() => {
      const now = Date.now();
      if (now - before > asleep) this.#hurry();
      before = now;
    }, 1000);
  }
}

/** At least half of it. */
function jittered(wait: number): number {
  return wait / 2 + (Math.random() * wait) / 2;
}

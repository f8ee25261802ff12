import type { Clock } from "../core/clock.ts";
import type { Socket, SocketEvents } from "../core/socket.ts";
import { Attendance } from "./attendance.ts";
import type { Dial, Dialled } from "./dial.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Inflow } from "./inflow.ts";
import type { SourceEnd, SourceSession, TakenItem } from "./source.ts";

/** A platform that pushes what happens to whoever is connected, and never pushes it again. */
export interface PushedFeed {
  readonly dial: Dial;
  readonly clock: Clock;
  /** What people call the platform, and what lets them in there: "Pally", "API key". */
  readonly platform: string;
  readonly credential: string;
  /** Milliseconds between two pings, and those in which something has to be heard then. */
  readonly pingEvery: number;
  readonly pingWithin: number;
  readonly ping: (socket: Socket) => void;
  /** As in `NewEvent`. */
  readonly replayAfter?: number;
  /** HTTP statuses and close codes after which only another credential helps. */
  readonly refusals: ReadonlySet<number>;
  /** What other HTTP statuses mean there; a sentence for a person. */
  readonly statuses?: { readonly [status: number]: string };
}

/** A platform's own part of one open connection. */
export interface FeedListener {
  text(message: string): void;
  /** The connection is over: what was started ends; what is still under way is waited for. */
  stop(): Promise<void> | void;
}

/** One open connection, as the platform's part sees it. */
export interface OpenFeed {
  readonly socket: Socket;
  readonly isLive: boolean;
  /** On its way into the log. */
  push(item: TakenItem): void;
  /** The platform has shown that events will come. */
  confirm(): void;
  /** Ends it, to be tried again. `reason` is a sentence for a person. */
  fail(reason: string): void;
}

/** How often it is noted that somebody listened, milliseconds. */
const noteEvery = 60_000;

/** Dials, and resolves when that connection has ended and all that it brought is stored. */
export async function runFeed(
  feed: PushedFeed,
  url: string,
  session: SourceSession,
  listen: (open: OpenFeed) => FeedListener,
): Promise<SourceEnd> {
  let connection: FeedConnection | undefined;
  const heard = () => {
    session.heard();
    connection?.heard();
  };
  const serve = (socket: Socket) => {
    connection = new FeedConnection(feed, session, socket);
    connection.listener = listen(connection);
    return connection;
  };
  const dialled = await feed.dial(url, serve, { signal: session.signal, heard });
  return dialled.status === "open" && connection !== undefined ? connection.ended : notOpened(feed, dialled);
}

class FeedConnection implements SocketEvents, OpenFeed {
  readonly socket: Socket;
  isLive = false;
  listener: FeedListener | undefined;
  readonly #feed: PushedFeed;
  readonly #session: SourceSession;
  readonly #attendance: Attendance;
  readonly #inflow: Inflow;
  readonly #heartbeat: Heartbeat;
  readonly #ended = Promise.withResolvers<SourceEnd>();
  /** Whatever the platform said until then has come in. */
  #heardUntil: number;
  #notedUntil = 0;
  /** Why we ended it. */
  #why: string | undefined;

  constructor(feed: PushedFeed, session: SourceSession, socket: Socket) {
    const { clock, pingEvery, pingWithin, replayAfter } = feed;
    this.socket = socket;
    this.#feed = feed;
    this.#session = session;
    this.#attendance = new Attendance(session);
    this.#inflow = new Inflow({ session, clock, ...(replayAfter !== undefined && { replayAfter }) });
    this.#heardUntil = clock.now();
    this.#heartbeat = new Heartbeat({
      clock,
      every: pingEvery,
      within: pingWithin,
      ping: () => feed.ping(socket),
      silent: () => this.fail(`${feed.platform} did not answer within ${pingWithin / 1000} seconds.`),
    });
  }

  get ended(): Promise<SourceEnd> {
    return this.#ended.promise;
  }

  heard(): void {
    this.#heartbeat.heard();
    const before = this.#heardUntil;
    this.#heardUntil = this.#feed.clock.now();
    const isDue = this.isLive && this.#inflow.isDry && before - this.#notedUntil >= noteEvery;
    if (isDue) void this.#note(before);
  }

  text(message: string): void {
    this.heard();
    this.listener?.text(message);
  }

  push(item: TakenItem): void {
    this.#inflow.push(item);
  }

  confirm(): void {
    if (this.isLive) return;
    this.isLive = true;
    this.#notedUntil = this.#feed.clock.now();
    void this.#attendance.begin(this.#notedUntil);
    this.#session.live();
  }

  fail(reason: string): void {
    this.#why ??= reason;
    this.socket.close(1000, "");
  }

  drain(): void {}

  closed(code: number, reason: string): void {
    this.#heartbeat.stop();
    // Before a close frame everything has come in; a connection that broke may have lost what was under way.
    if (code !== 1006 && this.#why === undefined) this.#heardUntil = this.#feed.clock.now();
    void this.#settle(this.#endOf(code, reason));
  }

  stalled(): void {}

  shutdown(): void {}

  async #settle(end: SourceEnd): Promise<void> {
    await this.listener?.stop();
    await this.#inflow.settled();
    if (this.isLive) await this.#note(this.#heardUntil);
    this.#ended.resolve(end);
  }

  #note(until: number): Promise<void> {
    this.#notedUntil = until;
    return this.#attendance.note(until);
  }

  #endOf(code: number, reason: string): SourceEnd {
    if (this.#why !== undefined) return { status: "retry", reason: this.#why };
    if (this.#feed.refusals.has(code)) return refused(this.#feed, `close code ${code}`);
    const how = reason === "" ? code : `${code}, ${reason}`;
    return { status: "retry", reason: `${this.#feed.platform} closed the connection (${how}).` };
  }
}

function notOpened(feed: PushedFeed, dialled: Dialled): SourceEnd {
  const { platform, refusals, statuses } = feed;
  if (dialled.status !== "refused") {
    const why = dialled.status === "unreachable" ? ` ${dialled.reason}` : "";
    return { status: "retry", reason: `${platform} was not reached.${why}` };
  }
  const { httpStatus } = dialled;
  if (refusals.has(httpStatus)) return refused(feed, `HTTP ${httpStatus}`);
  const reason = statuses?.[httpStatus] ?? `${platform} refused the connection.`;
  return { status: "retry", reason: `${reason} (HTTP ${httpStatus})` };
}

function refused({ platform, credential }: PushedFeed, how: string): SourceEnd {
  return { status: "needs-authorization", reason: `${platform} does not accept the ${credential} (${how}).` };
}

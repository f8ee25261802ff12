import type { Clock } from "../core/clock.ts";
import { Refused } from "../core/errors.ts";
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
  /** Only texts show that the platform is there: frames of the WebSocket protocol's own may be a proxy's. */
  readonly saysInTexts?: true;
  /** As in `NewEvent`. */
  readonly replayAfter?: number;
  /** HTTP statuses and close codes after which only another credential helps. */
  readonly refusals: ReadonlySet<number>;
  /** What other HTTP statuses mean there; a sentence for a person, without its full stop. */
  readonly statuses?: { readonly [status: number]: string };
  /** The platform's list of what happened; without one what nobody heard is a gap. */
  readonly history?: FeedHistory;
}

export interface FeedHistory {
  /** Milliseconds between two readings. */
  readonly every: number;
  /**
   * Stores what the list has, and returns the place from which the next reading goes on. `since` is until when the feed was
   * heard (milliseconds), `undefined` at the very first. Throws `ListUnreadable`, also where `signal` ends it.
   */
  read(since: number | undefined, place: string, signal: AbortSignal): Promise<string>;
}

/** The list could not be read; the message says to a person why. */
export class ListUnreadable extends Error {}

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
  /** The platform has shown that events will come, with something that is none itself or the first of them. */
  confirm(): void;
  /** Ends it, to be tried again. `reason` is a sentence for a person. */
  fail(reason: string): void;
}

/** How often it is noted that somebody listened, at most; milliseconds. */
const noteEvery = 15_000;

/** Dials, and resolves when that connection has ended and all that it brought is stored. */
export async function runFeed(
  feed: PushedFeed,
  url: string,
  session: SourceSession,
  listen: (open: OpenFeed) => FeedListener,
): Promise<SourceEnd> {
  let connection: FeedConnection | undefined;
  const heard = () => connection?.heard();
  const serve = (socket: Socket) => {
    connection = new FeedConnection(feed, session, socket);
    connection.listener = listen(connection);
    return connection;
  };
  const dialled = await feed.dial(url, serve, { signal: session.signal, ...(!feed.saysInTexts && { heard }) });
  if (dialled.status === "open" && connection !== undefined) return connection.ended;
  const end = notOpened(feed, dialled);
  if (end.status === "retry") await readInstead(feed, session);
  return end;
}

/** While the feed cannot be reached its list may be. */
async function readInstead({ history }: PushedFeed, session: SourceSession): Promise<void> {
  const attendance = new Attendance(session);
  const { until, place } = attendance;
  if (history === undefined || until === undefined) return;
  try {
    await attendance.note(until, await history.read(until, place, session.signal));
  } catch (fault) {
    tellUnread(session, fault);
  }
}

/** A list that cannot be read, or a store that takes nothing, is no reason to end a feed that works. */
function tellUnread(session: SourceSession, fault: unknown): void {
  const isExpected = fault instanceof ListUnreadable || fault instanceof Refused || session.signal.aborted;
  if (!isExpected) throw fault;
  session.tell({ warning: fault instanceof Error ? fault.message : String(fault) });
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
  /** Nothing that was said before the last frame is missing. */
  #isComplete = false;
  #reading: Promise<void> | undefined;
  readonly #closed = new AbortController();
  #stopReading: () => void = () => undefined;
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
    this.#session.heard();
    this.#heartbeat.heard();
    // What comes now is not stored yet: what came before it is.
    this.#note(this.#heardUntil);
    this.#heardUntil = this.#feed.clock.now();
  }

  text(message: string): void {
    this.heard();
    this.listener?.text(message);
  }

  push(item: TakenItem): void {
    this.#inflow.push(item);
  }

  confirm(): void {
    if (this.isLive) {
      this.#note(this.#feed.clock.now());
      return;
    }
    this.isLive = true;
    this.#session.live();
    const { history, clock } = this.#feed;
    if (history === undefined) {
      this.#tellGap(clock.now());
      return;
    }
    this.#stopReading = clock.every(history.every, () => this.#read(history));
    this.#read(history);
  }

  fail(reason: string): void {
    this.#why ??= reason;
    this.socket.close(1000, "");
  }

  drain(): void {}

  closed(code: number, reason: string): void {
    this.#heartbeat.stop();
    this.#stopReading();
    this.#closed.abort();
    // Before a close frame everything has come in; a connection that broke may have lost what was under way.
    if (code !== 1006 && this.#why === undefined) this.#heardUntil = this.#feed.clock.now();
    void this.#settle(this.#endOf(code, reason));
  }

  stalled(): void {}

  shutdown(): void {}

  async #settle(end: SourceEnd): Promise<void> {
    await this.listener?.stop();
    await this.#inflow.settled();
    await this.#reading;
    if (this.#isComplete) await this.#attendance.note(this.#heardUntil);
    this.#ended.resolve(end);
  }

  /** Everything that was said until then is here, and, if nothing waits, stored. */
  #note(until: number): void {
    const isDue = until - (this.#attendance.until ?? 0) >= noteEvery;
    if (isDue && this.#isComplete && this.#inflow.isDry) void this.#attendance.note(until);
  }

  #tellGap(now: number): void {
    const { until } = this.#attendance;
    if (until !== undefined && until < now) this.#session.gap(until, now);
    this.#isComplete = true;
    void this.#attendance.note(now);
  }

  #read(history: FeedHistory): void {
    this.#reading ??= this.#readBack(history)
      .catch((fault) => {
        this.#ended.reject(fault);
        this.fail("The list could not be read.");
      })
      .finally(() => {
        this.#reading = undefined;
      });
  }

  async #readBack(history: FeedHistory): Promise<void> {
    const { until, place } = this.#attendance;
    const begun = this.#feed.clock.now();
    try {
      const next = await history.read(until, place, AbortSignal.any([this.#session.signal, this.#closed.signal]));
      await this.#inflow.settled();
      this.#isComplete = true;
      this.#session.tell({ warning: undefined });
      await this.#attendance.note(begun, next);
    } catch (fault) {
      if (!this.#closed.signal.aborted) tellUnread(this.#session, fault);
    }
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
  const reason = statuses?.[httpStatus] ?? `${platform} refused the connection`;
  return { status: "retry", reason: `${reason} (HTTP ${httpStatus}).` };
}

function refused({ platform, credential }: PushedFeed, how: string): SourceEnd {
  return { status: "needs-authorization", reason: `${platform} does not accept the ${credential} (${how}).` };
}

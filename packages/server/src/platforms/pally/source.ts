import type { Clock } from "../../core/clock.ts";
import type { Dial } from "../../intake/dial.ts";
import { type FeedListener, type OpenFeed, type PushedFeed, runFeed } from "../../intake/pushed-feed.ts";
import type { SourceEnd, SourceSession } from "../../intake/source.ts";
import type { AcceptedAccess, GivenAccess, SourceFactory } from "../../intake/source-factory.ts";
import { decodePally, keepaliveOf } from "./decode.ts";
import { selfTest, selfTestAnswer } from "./self-test.ts";
import { replayAfter } from "./wire.ts";

export interface PallySourceParts {
  readonly dial: Dial;
  readonly clock: Clock;
  /** Where the feed is: a WebSocket address. */
  readonly url: string;
}

/** The account of a connection that brings the tips of all pages that the key's owner has. */
const firehose = "firehose";

/** How often Pally's page asks for a ping, and how long its clients wait for the pong; milliseconds. */
const pingEvery = 60_000;
const pongWithin = 10_000;

/** Pally.gg's feed, of which we are a client: by key, of one page or of all. */
export function pallySource(parts: PallySourceParts): SourceFactory {
  return {
    open: () => ({ run: (session) => run(parts, session) }),
    silence: pingEvery + 2 * pongWithin,
    accept,
    decode: (raw, { receivedAt }) => decodePally(raw, { receivedAt }),
  };
}

function accept({ key, page }: GivenAccess): AcceptedAccess | string {
  if (!/^\S{1,500}$/.test(key)) return "An API key is needed: on Pally's dashboard under Settings, API Keys.";
  const slug = page.trim().replace(/^https?:\/\/(www\.)?pally\.gg\/p\//i, "");
  if (!/^[^\s/?#]{0,200}$/.test(slug)) return "The page is the last part of its address: pally for pally.gg/p/pally.";
  return { account: slug || firehose, name: slug || "all pages", secret: key };
}

async function run({ dial, clock, url }: PallySourceParts, session: SourceSession): Promise<SourceEnd> {
  const feed: PushedFeed = {
    dial,
    clock,
    platform: "Pally",
    credential: "API key",
    pingEvery,
    pingWithin: pongWithin,
    ping: (socket) => void socket.send(["ping"]),
    saysInTexts: true,
    replayAfter,
    refusals,
    statuses: { 404: "Pally knows no such page, or the API key does not cover it" },
  };
  const address = feedAddress(url, session.connection.account, await session.secret());
  return runFeed(feed, address, session, (open) => new PallyListener(open, session, clock));
}

/** How Pally refuses a key is documented nowhere. These are the statuses of HTTP, and the close codes in use, that say so. */
const refusals: ReadonlySet<number> = new Set([401, 403, 1008, 4000, 4001]);

function feedAddress(base: string, account: string, key: string): string {
  const url = new URL(base);
  const isPage = account !== "" && account !== firehose;
  url.searchParams.set("auth", key);
  url.searchParams.set("channel", isPage ? "activity-feed" : "firehose");
  if (isPage) url.searchParams.set("room", account);
  return url.href;
}

/**
 * Pally sends no welcome, so nothing says that the subscription was taken. A pong says that the feed's own program is
 * there and answers us, which it would not do for a key that it had turned away; the answer to the self-test goes the whole
 * way that a tip goes from that program to us.
 */
class PallyListener implements FeedListener {
  readonly #open: OpenFeed;
  readonly #session: SourceSession;
  readonly #clock: Clock;
  readonly #selfTestId = crypto.randomUUID();
  readonly #answerIsDue: () => void;

  constructor(open: OpenFeed, session: SourceSession, clock: Clock) {
    this.#open = open;
    this.#session = session;
    this.#clock = clock;
    this.#answerIsDue = clock.after(pongWithin, () => session.tell({ warning: noAnswer }));
    open.socket.send([selfTest(this.#selfTestId)]);
  }

  text(message: string): void {
    const keepalive = keepaliveOf(message);
    const answered = selfTestAnswer(message);
    if (keepalive === "pong") this.#open.confirm();
    else if (answered === this.#selfTestId) this.#answered();
    else if (keepalive === undefined && answered === undefined) this.#take(message);
  }

  stop(): void {
    this.#answerIsDue();
  }

  #take(raw: string): void {
    const decoded = decodePally(raw, { receivedAt: this.#clock.now() });
    if (decoded.status === "event" && !this.#open.isLive) this.#open.confirm();
    this.#open.push({ decoded, raw });
  }

  #answered(): void {
    this.#answerIsDue();
    this.#session.tell({ warning: undefined });
    this.#open.confirm();
  }
}

const noAnswer = "Pally does not answer the self-test: tips may not arrive, although the connection is open.";

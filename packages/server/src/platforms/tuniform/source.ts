import type { Clock } from "../../core/clock.ts";
import type { Dial } from "../../intake/dial.ts";
import { type FeedListener, type OpenFeed, type PushedFeed, runFeed } from "../../intake/pushed-feed.ts";
import type { SourceEnd, SourceSession } from "../../intake/source.ts";
import type { AcceptedAccess, GivenAccess, SourceFactory } from "../../intake/source-factory.ts";
import { decodeTuniform, handshake, TuniformConnection } from "./decode.ts";
import { TuniformHistory, type TuniformHistoryOptions } from "./history.ts";

export interface TuniformSourceParts {
  readonly dial: Dial;
  readonly clock: Clock;
  /** Where the alerts are: a WebSocket address. */
  readonly url: string;
  /** Where its list is; `""`: nobody knows, and what was missed is a gap. */
  readonly listUrl: string;
  readonly fetch: TuniformHistoryOptions["fetch"];
}

/** Tuniform pings too, at intervals that are not documented; with our own pings nothing depends on them. Milliseconds. */
const pingEvery = 25_000;
const pongWithin = 10_000;

/** Tuniform's stream alerts, of which we are a client: by stream token. */
export function tuniformSource(parts: TuniformSourceParts): SourceFactory {
  return {
    open: () => ({ run: (session) => run(parts, session) }),
    silence: pingEvery + 2 * pongWithin,
    accept,
    decode: (raw, { connection, receivedAt }) =>
      decodeTuniform(raw, new TuniformConnection({ userId: connection.account, now: () => receivedAt })),
  };
}

function accept({ key, page }: GivenAccess): AcceptedAccess | string {
  const token = key.trim().replace(/^wss?:\/\/\S+[?&]token=/, "");
  if (!/^[0-9a-f]{64}$/i.test(token)) return "A stream token of Tuniform is needed: 64 characters, 0 to 9 and a to f.";
  if (page !== "") return "Tuniform has no pages: a stream token is that of one creator.";
  return { account: "", name: "", secret: token };
}

async function run(parts: TuniformSourceParts, session: SourceSession): Promise<SourceEnd> {
  const { dial, clock, url, listUrl, fetch } = parts;
  const token = await session.secret();
  const history = listUrl === "" ? undefined : new TuniformHistory({ fetch, clock, url: listUrl, token, session });
  const feed: PushedFeed = {
    dial,
    clock,
    platform: "Tuniform",
    credential: "stream token",
    pingEvery,
    pingWithin: pongWithin,
    ping: (socket) => socket.ping(),
    refusals,
    ...(history !== undefined && { history }),
  };
  const address = new URL(url);
  address.searchParams.set("token", token);
  return runFeed(feed, address.href, session, (open) => new TuniformListener(open, session, clock, history));
}

/** A wrong token is refused with 401; 1008 is what a server closes with that revokes one. */
const refusals: ReadonlySet<number> = new Set([401, 403, 1008]);

/** Until the handshake says whose events these are nothing is believed: what comes before it waits for it. */
class TuniformListener implements FeedListener {
  readonly #open: OpenFeed;
  readonly #session: SourceSession;
  readonly #clock: Clock;
  readonly #history: TuniformHistory | undefined;
  readonly #handshakeIsDue: () => void;
  #connection = this.#unknown();
  #waiting: string[] = [];
  #identified: Promise<void> | undefined;
  #userId: string | undefined;

  constructor(open: OpenFeed, session: SourceSession, clock: Clock, history: TuniformHistory | undefined) {
    this.#open = open;
    this.#session = session;
    this.#clock = clock;
    this.#history = history;
    this.#handshakeIsDue = clock.after(pongWithin, () => open.fail("Tuniform did not send its handshake."));
  }

  text(message: string): void {
    if (this.#open.isLive) this.#take(message);
    else if (this.#identified === undefined && decodeTuniform(message, this.#connection) === handshake) {
      this.#identified = this.#identify();
    } else this.#waiting.push(message);
  }

  /** What still waits for a handshake cannot be read without it, and is kept in quarantine. */
  async stop(): Promise<void> {
    this.#handshakeIsDue();
    await this.#identified;
    this.#connection = this.#unknown();
    this.#takeWaiting();
  }

  async #identify(): Promise<void> {
    this.#handshakeIsDue();
    const { userId = "", kickUsername } = this.#connection;
    try {
      await this.#session.identify(userId, kickUsername);
    } catch {
      this.#open.fail("It could not be stored whose events these are.");
      return;
    }
    this.#userId = userId;
    if (this.#history !== undefined) this.#history.userId = userId;
    this.#open.confirm();
    this.#takeWaiting();
  }

  #takeWaiting(): void {
    for (const message of this.#waiting.splice(0)) this.#take(message);
  }

  #take(raw: string): void {
    const decoded = decodeTuniform(raw, this.#connection);
    if (decoded !== handshake) this.#open.push({ decoded, raw });
    else if (this.#connection.userId !== this.#userId)
      this.#open.fail("Tuniform changed its mind whose events these are.");
  }

  #unknown(): TuniformConnection {
    return new TuniformConnection({ now: () => this.#clock.now() });
  }
}

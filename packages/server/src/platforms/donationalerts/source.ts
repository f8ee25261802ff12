import type { Clock } from "../../core/clock.ts";
import { pause } from "../../core/pause.ts";
import type { Connection } from "../../intake/connection.ts";
import { each } from "../../intake/decoded.ts";
import type { Dial } from "../../intake/dial.ts";
import { Inflow } from "../../intake/inflow.ts";
import type { Source, SourceEnd, SourceSession, TakenItem } from "../../intake/source.ts";
import type { SourceFactory } from "../../intake/source-factory.ts";
import { CreatorCurrency } from "./creator-currency.ts";
import { decodeDonationAlerts, type Unsaid } from "./decode.ts";
import { Ended, retry } from "./ended.ts";
import { ListReader } from "./list.ts";
import { Notes } from "./notes.ts";
import type { OAuthClient } from "./oauth-client.ts";
import { type Position, type Subscribed, subscribe } from "./realtime.ts";
import { AskedToWait, type DonationAlertsAccount, DonationAlertsRest, NotPermitted, notGranted } from "./rest.ts";
import { AccessTokens } from "./tokens.ts";

export interface DonationAlertsSourceParts {
  readonly oauth: OAuthClient;
  readonly fetch: typeof fetch;
  readonly dial: Dial;
  readonly clock: Clock;
  /** Milliseconds to wait before one more request of this application, which counts from now on. */
  readonly reserve: () => Promise<number>;
  /** As the settings have it. */
  readonly unsaid?: Unsaid;
}

/** Milliseconds that this source may hear nothing: the realtime server pings every 25 seconds, and is asked when it does not. */
const silence = 90_000;

/** While it waits for the budget the watchdog is told so, this often; milliseconds. */
const slice = 20_000;

/** How often a source that reads no list notes that it was there, milliseconds. */
const noteEvery = 60_000;

const noList =
  "The list of donations may not be read: what comes while the connection is down is lost. Log in to DonationAlerts again with the scope oauth-donation-index (take DA_SCOPES away, or add it there).";

/** DonationAlerts as a source: subscribed to a creator's donations, and compared with the list of them. */
export function donationAlertsSource(parts: DonationAlertsSourceParts): SourceFactory {
  return {
    open: () => new DonationAlertsSource(parts),
    silence,
    accept: ({ slug }) =>
      `DonationAlerts is connected in the browser: open /api/auth/donationalerts/login?channel=${slug} on this server.`,
    decode: (raw, { connection, receivedAt }) =>
      decodeDonationAlerts(raw, { receivedAt, ...userOf(connection), ...parts.unsaid }),
  };
}

function userOf({ account }: Connection): { readonly userId?: string } {
  return account === "" ? {} : { userId: account };
}

class DonationAlertsSource implements Source {
  readonly #parts: DonationAlertsSourceParts;

  constructor(parts: DonationAlertsSourceParts) {
    this.#parts = parts;
  }

  async run(session: SourceSession): Promise<SourceEnd> {
    const { oauth, clock } = this.#parts;
    try {
      const tokens = await AccessTokens.open({ session, oauth, clock, turn: () => turn(this.#parts, session) });
      return await new Run(this.#parts, session, tokens).whole();
    } catch (fault) {
      if (fault instanceof Ended) return fault.end;
      if (!(fault instanceof AskedToWait)) throw fault;
      return { status: "retry", reason: "DonationAlerts asks for a pause (429).", after: fault.after };
    }
  }
}

/** Waits until the application may send one more request. Throws `Ended` when the run is over before. */
async function turn({ reserve, clock }: DonationAlertsSourceParts, session: SourceSession): Promise<void> {
  const { signal } = session;
  for (let left = await reserve(); left > 0 && !signal.aborted; left -= slice) {
    await pause(clock, Math.min(left, slice), signal);
    session.heard();
  }
  if (signal.aborted) throw retry("It was stopped.");
}

class Run {
  readonly #parts: DonationAlertsSourceParts;
  readonly #session: SourceSession;
  readonly #tokens: AccessTokens;
  readonly #notes: Notes;
  readonly #currency: CreatorCurrency;
  readonly #rest: DonationAlertsRest;
  readonly #over = new AbortController();
  readonly #signal: AbortSignal;
  readonly #inflow: Inflow;
  /** Where the subscription stands after everything that was pushed, and its way into the notes. */
  #position: Position | undefined;
  #noting: Promise<void> | undefined;
  #userId = "";
  #mayList: boolean;
  #heardAt: number;

  constructor(parts: DonationAlertsSourceParts, session: SourceSession, tokens: AccessTokens) {
    const { fetch, clock, oauth } = parts;
    this.#parts = parts;
    this.#session = session;
    this.#tokens = tokens;
    this.#notes = new Notes(session);
    this.#currency = new CreatorCurrency(this.#notes, parts.unsaid ?? {});
    this.#inflow = new Inflow({ session, clock });
    this.#signal = AbortSignal.any([session.signal, this.#over.signal]);
    this.#mayList = tokens.scopes.includes("oauth-donation-index");
    this.#heardAt = clock.now();
    const { apiUrl } = oauth.application;
    const signal = this.#signal;
    this.#rest = new DonationAlertsRest({
      apiUrl,
      fetch,
      clock,
      tokens,
      signal,
      turn: () => turn(parts, session),
      heard: () => this.#heard(),
    });
  }

  async whole(): Promise<SourceEnd> {
    const user = await this.#required("oauth-user-show", this.#rest.user());
    this.#userId = user.id;
    await this.#session.identify(user.id, user.name);
    const { clock } = this.#parts;
    const [rest, session, notes, signal] = [this.#rest, this.#session, this.#notes, this.#signal];
    const [currency, unsaid] = [this.#currency, this.#parts.unsaid ?? {}];
    const list = new ListReader({ rest, session, notes, currency, unsaid, clock, signal, userId: user.id });
    await this.#ifPermitted(() => list.findBoundary());
    const subscribed = await this.#subscribe(user);
    const reading = this.#readList(list);
    try {
      await this.#confirmed(subscribed);
      const readUntilTheEnd = reading.then(() => subscribed.ended);
      return await Promise.race([subscribed.ended, readUntilTheEnd]);
    } finally {
      this.#over.abort();
      subscribed.close();
      await Promise.allSettled([reading, this.#inflow.settled(), this.#noting]);
    }
  }

  #subscribe(user: DonationAlertsAccount): Promise<Subscribed> {
    const { dial, clock, oauth } = this.#parts;
    const channel = `$alerts:donation_${user.id}`;
    // The first token has just been brought by the request for the account.
    let fresh: string | undefined = user.connectionToken;
    return subscribe({
      url: oauth.application.realtimeUrl,
      dial,
      clock,
      signal: this.#signal,
      channel,
      from: this.#notes.current.position,
      connectionToken: async () => {
        const token = fresh ?? (await this.#rest.user()).connectionToken;
        fresh = undefined;
        return token;
      },
      subscriptionToken: async (client) => {
        const token = await this.#required("oauth-donation-subscribe", this.#rest.subscriptionToken(client, channel));
        if (token === undefined) throw notGranted("oauth-donation-subscribe");
        return token;
      },
      heard: () => this.#heard(),
      received: (text, at) => this.#received(text, at),
    });
  }

  #heard(): void {
    this.#heardAt = this.#parts.clock.now();
    this.#session.heard();
  }

  /** What was missed is stored before anything that is pushed from now on. */
  async #confirmed({ missed, at, recovered, start }: Subscribed): Promise<void> {
    const now = this.#parts.clock.now();
    const { heardAt, position } = this.#notes.current;
    this.#session.live();
    if (!this.#mayList && !recovered && heardAt !== undefined) this.#session.gap(heardAt, now);
    if (missed.length > 0)
      await this.#session.take(
        missed.flatMap((text) => this.#items(text)),
        { arrival: "late" },
      );
    await this.#notes.change({ position: at ?? position, heardAt: this.#mayList ? undefined : now });
    start();
  }

  #received(text: string, at: Position | undefined): void {
    for (const item of this.#items(text)) this.#inflow.push(item);
    this.#position = at ?? this.#position;
    // A note that fails only makes the next recovery longer.
    this.#noting ??= this.#notePosition().catch(() => undefined);
  }

  /** Once everything before it is stored. */
  async #notePosition(): Promise<void> {
    await this.#inflow.settled();
    this.#noting = undefined;
    if (this.#inflow.isDry && this.#position !== undefined) await this.#notes.change({ position: this.#position });
  }

  #items(text: string): readonly TakenItem[] {
    const { clock, unsaid } = this.#parts;
    const context = { receivedAt: clock.now(), userId: this.#userId, ...unsaid, ...this.#currency.known };
    const items = each(decodeDonationAlerts(text, context)).map((decoded) => ({ decoded, raw: text }));
    this.#currency.learn(items);
    return items;
  }

  /** Until the run is over. */
  async #readList(list: ListReader): Promise<void> {
    await this.#ifPermitted(() => list.follow());
    while (!this.#signal.aborted) {
      this.#session.tell({ warning: noList });
      await this.#notes.change({ heardAt: this.#heardAt }).catch(() => undefined);
      await pause(this.#parts.clock, noteEvery, this.#signal);
      if (!this.#signal.aborted) await this.#tokens.access();
    }
    if (!this.#mayList) await this.#notes.change({ heardAt: this.#heardAt });
  }

  /** Does without the list from then on where it may not be read. */
  async #ifPermitted(read: () => Promise<void>): Promise<void> {
    if (!this.#mayList) return;
    await read().catch((fault: unknown) => {
      if (!(fault instanceof NotPermitted)) throw fault;
      this.#mayList = false;
    });
  }

  /** Without which nothing works. A token that was renewed just now and has the scope is refused for another reason. */
  async #required<T>(scope: string, answer: Promise<T>): Promise<T> {
    return answer.catch((fault: unknown) => {
      if (!(fault instanceof NotPermitted)) throw fault;
      if (!this.#tokens.scopes.includes(scope)) throw notGranted(scope);
      throw retry("DonationAlerts refuses the access token that it has just given.", 60_000);
    });
  }
}

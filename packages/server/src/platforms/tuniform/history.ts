import type { Clock } from "../../core/clock.ts";
import { pause } from "../../core/pause.ts";
import { elementTexts, parseExact } from "../../intake/exact-json.ts";
import { type Fields, fieldsOf, textOf } from "../../intake/fields.ts";
import { type FeedHistory, ListUnreadable } from "../../intake/pushed-feed.ts";
import type { SourceSession, TakenItem } from "../../intake/source.ts";
import { decodeTuniform, TuniformConnection } from "./decode.ts";
import { frameOf, type Receiver, receiverOf } from "./native-list.ts";

export interface TuniformHistoryOptions {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
  /** Where the list is; `{token}` in it stands for the stream token, which is sent as a bearer's otherwise. */
  readonly url: string;
  readonly token: string;
  readonly session: SourceSession;
}

/** One reading of the list. */
interface Reading {
  readonly since: number | undefined;
  readonly signal: AbortSignal;
  stored: number;
  unreadable: number;
  quarantined: number;
}

/** How long an answer may take, and how often the list is read while all is well; milliseconds. */
const patience = 15_000;
const readEvery = 240_000;

/** What is in the list may still be on its way through the socket; milliseconds. */
const onItsWay = 1000;

/** Events of a page, and of one taking. */
const pageLength = 500;

const none: ReadonlySet<string> = new Set();

/**
 * Tuniform keeps its events and lets overlays poll for them, at an address that is documented nowhere. Two lists are read:
 * an array of objects in the feed's own shape, newest last, and the events of a Tipwire that speaks like Tuniform.
 */
export class TuniformHistory implements FeedHistory {
  readonly every = readEvery;
  /** Whose events a list in the feed's own shape holds: it does not say. */
  userId: string;
  readonly #options: TuniformHistoryOptions;

  constructor(options: TuniformHistoryOptions) {
    this.#options = options;
    this.userId = options.session.connection.account;
  }

  async read(since: number | undefined, place: string, signal: AbortSignal): Promise<string> {
    const { session, clock } = this.#options;
    const reading: Reading = { since, signal, stored: 0, unreadable: 0, quarantined: 0 };
    const next = await this.#readAll(reading, place);
    const { unreadable: missing, quarantined: newlyMissing, stored: recovered } = reading;
    if (since === undefined) session.tell({ history: undefined });
    else session.tell({ reconciled: { at: clock.now(), missing, newlyMissing, recovered } });
    return next;
  }

  async #readAll(reading: Reading, place: string): Promise<string> {
    const { signal } = reading;
    const text = await this.#get(this.#pageAfter(place), signal);
    const list = parseExact(text, none);
    if (reading.since !== undefined) await pause(this.#options.clock, onItsWay, signal);
    if (signal.aborted) throw new ListUnreadable("It was stopped.");
    if (Array.isArray(list)) {
      await this.#takeArray(elementTexts(text), reading);
      return "";
    }
    const page = fieldsOf(list);
    if (page?.events === undefined) throw new ListUnreadable(unknownShape);
    const receiver = receiverOf(parseExact(await this.#get(new URL("/v1/me", this.#options.url), signal), none));
    if (receiver === undefined) throw new ListUnreadable(unknownShape);
    return this.#takePages(page, receiver, reading);
  }

  async #takeArray(texts: readonly string[], reading: Reading): Promise<void> {
    const connection = new TuniformConnection({ userId: this.userId });
    const items = itemsOf(texts, connection);
    const known = await this.#take(items, reading);
    const [oldest] = items.flatMap(({ decoded }) => (decoded.status === "event" ? [decoded.event.occurredAt] : []));
    const from = Date.parse(oldest ?? "");
    // Nothing in it was known: it may not reach back to what was heard last.
    if (known === 0 && reading.since !== undefined && from > reading.since) {
      this.#options.session.gap(reading.since, from);
    }
  }

  /** Goes on until a page is empty; returns the cursor behind the last one. */
  async #takePages(first: Fields, receiver: Receiver, reading: Reading): Promise<string> {
    const connection = new TuniformConnection({ userId: receiver.userId });
    for (let page: Fields | undefined = first; ; ) {
      const records = Array.isArray(page?.events) ? page.events.map(fieldsOf) : [];
      const frames = records.flatMap((record) => (record && frameOf(record, receiver)) ?? []);
      await this.#take(itemsOf(frames, connection), reading);
      const cursor = textOf(page?.cursor);
      if (records.length === 0 || cursor === "") return cursor;
      page = fieldsOf(parseExact(await this.#get(this.#pageAfter(cursor), reading.signal), none));
    }
  }

  /** Returns how many were known already. */
  async #take(items: readonly TakenItem[], reading: Reading): Promise<number> {
    const { session } = this.#options;
    const isFirst = reading.since === undefined;
    let known = 0;
    for (let at = 0; at < items.length; at += pageLength) {
      const part = items.slice(at, at + pageLength);
      const { stored, duplicates, quarantined } = await session.take(part, { arrival: isFirst ? "import" : "late" });
      reading.stored += stored;
      reading.unreadable += part.filter(({ decoded }) => decoded.status === "unreadable").length;
      reading.quarantined += quarantined;
      known += duplicates;
      if (isFirst) session.tell({ history: { imported: reading.stored, of: null } });
    }
    return known;
  }

  /** `after` is understood by a Tipwire; another list would not be asked with it, since it gives no cursor. */
  #pageAfter(cursor: string): URL {
    const url = new URL(this.#options.url.replace("{token}", encodeURIComponent(this.#options.token)));
    if (cursor !== "") url.searchParams.set("after", cursor);
    if (cursor !== "") url.searchParams.set("limit", String(pageLength));
    return url;
  }

  async #get(url: URL, ended: AbortSignal): Promise<string> {
    const { fetch, token, url: address } = this.#options;
    const headers = address.includes("{token}") ? undefined : { authorization: `Bearer ${token}` };
    const signal = AbortSignal.any([ended, AbortSignal.timeout(patience)]);
    const answer = await fetch(url.href, { ...(headers && { headers }), signal, redirect: "error" }).catch(() => {
      throw new ListUnreadable("Tuniform's list was not reached.");
    });
    const text = await answer.text().catch(() => "");
    if (answer.ok) return text;
    throw new ListUnreadable(`Tuniform's list was refused (HTTP ${answer.status}).`);
  }
}

/** Of a list only what may be an event: what is none would be noted again at every reading. */
function itemsOf(texts: readonly string[], connection: TuniformConnection): readonly TakenItem[] {
  return texts.flatMap((raw) => {
    const decoded = decodeTuniform(raw, connection);
    return decoded.status === "other" ? [] : [{ decoded, raw }];
  });
}

const unknownShape =
  "Tuniform's list has a shape that is not known: an array of events is, or the events of a Tipwire.";

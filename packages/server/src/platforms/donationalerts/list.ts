import type { Clock } from "../../core/clock.ts";
import type { Arrival } from "../../core/event.ts";
import { pause } from "../../core/pause.ts";
import { longestWait, type SourceSession, type Taken, type TakenItem } from "../../intake/source.ts";
import type { CreatorCurrency } from "./creator-currency.ts";
import { listedDonations, type Unsaid } from "./decode.ts";
import { Ended } from "./ended.ts";
import type { Notes } from "./notes.ts";
import { AskedToWait, type DonationAlertsRest, type DonationPage } from "./rest.ts";

export interface ListParts {
  readonly rest: DonationAlertsRest;
  readonly session: SourceSession;
  readonly notes: Notes;
  readonly currency: CreatorCurrency;
  readonly unsaid: Unsaid;
  readonly clock: Clock;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
  /** Whose list it is. */
  readonly userId: string;
}

/** Between two comparisons; milliseconds. */
const period = 240_000;

/** A donation in the list may still be on its way through the socket; milliseconds. */
const onItsWay = 1000;

/** Before a page that could not be read is asked for again; milliseconds. */
const patience = 30_000;

/** Pages of history that are read at once, and the pause before each further one, which leaves the others room; milliseconds. */
const pagesAtOnce = 10;
const pace = 2000;

/** So many are stored together. */
const portion = 300;

/**
 * The truth by list: what it holds and the log does not was missed by the socket. What was in the list before the creator
 * connected is history, and comes in silently, the oldest first.
 */
export class ListReader {
  readonly #parts: ListParts;
  #historyPages = 0;
  /** As the last page of history said. */
  #perPage = 30;

  constructor(parts: ListParts) {
    this.#parts = parts;
  }

  /** Notes, before the first subscription, where history ends and which currency the creator has. */
  async findBoundary(): Promise<void> {
    const { rest, notes, currency } = this.#parts;
    if (notes.current.boundary !== undefined) return;
    const page = await rest.donations(1);
    const { ids, total = 0 } = page;
    currency.learn(this.#items(page));
    const boundary = newestOf(ids, 0);
    await notes.change({ boundary, known: boundary, history: total === 0 ? undefined : { done: 0, of: total } });
  }

  /** Compares, imports history, and compares again every few minutes, until the signal. Throws `Ended`, `NotPermitted`. */
  async follow(): Promise<void> {
    const { clock, signal, notes, session } = this.#parts;
    const { history } = notes.current;
    session.tell({ history: history && { imported: history.done, of: history.of } });
    while (!signal.aborted) {
      const next = clock.now() + period;
      await this.#compare();
      while (notes.current.history !== undefined && clock.now() < next && !signal.aborted) await this.#importPage();
      await pause(clock, next - clock.now(), signal);
    }
  }

  /** Reads back to the newest id that was compared before; of the page that holds it everything, since ids may come late. */
  async #compare(): Promise<void> {
    const { clock, signal, notes, session, currency } = this.#parts;
    const { boundary = 0, known = 0, history } = notes.current;
    const pages: (readonly TakenItem[])[] = [];
    let newest = known;
    for (let number = 1; ; number++) {
      const page = await this.#page(number);
      if (page === undefined) return;
      if (number === 1) currency.learn(this.#items(page));
      pages.push(this.#items(page, (id) => id === undefined || id > boundary || history === undefined));
      newest = newestOf(page.ids, newest);
      if (page.isLast || page.ids.some((id) => id !== undefined && id <= known)) break;
    }
    await pause(clock, onItsWay, signal);
    if (signal.aborted) return;
    const items = pages.reverse().flat();
    const missing = items.filter(({ decoded }) => decoded.status === "unreadable").length;
    const { stored, quarantined } = await this.#take(items, "late");
    await notes.change({ known: newest });
    const reconciled = { at: clock.now(), missing, newlyMissing: quarantined, recovered: stored };
    session.tell({ reconciled, warning: undefined });
  }

  /**
   * One page, by the place of its donations counted from the oldest, which newer ones do not change. Where donations were
   * removed meanwhile, as many are read again.
   */
  async #importPage(): Promise<void> {
    const { clock, signal, notes, session } = this.#parts;
    const { boundary = 0, history: { done, of } = { done: 0, of: 0 } } = notes.current;
    if (++this.#historyPages > pagesAtOnce) await pause(clock, pace, signal);
    const number = Math.floor((of - 1 - done) / this.#perPage) + 1;
    const page = await this.#page(number);
    if (page === undefined) return;
    this.#perPage = page.perPage;
    const total = page.total ?? of;
    const start = Math.max(0, done - Math.max(0, of - total));
    const first = Math.max(0, total - number * page.perPage);
    const end = first + page.ids.length;
    if (start < first || start >= end)
      return notes.change({ history: start >= total ? undefined : { done: start, of: total } });
    const items = this.#items(page, (id) => id === undefined || id <= boundary);
    await this.#take(items.slice(start - first), "import");
    const isOver = end >= total || page.ids.some((id) => id !== undefined && id > boundary);
    await notes.change({ history: isOver ? undefined : { done: end, of: total } });
    session.tell({ history: isOver ? undefined : { imported: end, of: total } });
  }

  /** `undefined`: stopped meanwhile. */
  async #page(number: number): Promise<DonationPage | undefined> {
    const { rest, clock, signal, session } = this.#parts;
    for (;;) {
      if (signal.aborted) return undefined;
      try {
        return await rest.donations(number);
      } catch (fault) {
        const { wait, why } = setbackOf(fault);
        if (signal.aborted) return undefined;
        session.tell({ warning: `The list cannot be read just now: ${why}` });
        await pause(clock, wait, signal);
      }
    }
  }

  /** Oldest first. */
  #items(page: DonationPage, wanted: (id: number | undefined) => boolean = () => true): readonly TakenItem[] {
    const { userId, clock, currency, unsaid } = this.#parts;
    const items = listedDonations(page.text, { receivedAt: clock.now(), userId, ...unsaid, ...currency.known });
    return items.filter((_, i) => wanted(page.ids.at(-1 - i)));
  }

  async #take(items: readonly TakenItem[], arrival: Arrival): Promise<Pick<Taken, "stored" | "quarantined">> {
    let [stored, quarantined] = [0, 0];
    for (let at = 0; at < items.length; at += portion) {
      const taken = await this.#parts.session.take(items.slice(at, at + portion), { arrival });
      stored += taken.stored;
      quarantined += taken.quarantined;
    }
    return { stored, quarantined };
  }
}

function newestOf(ids: DonationPage["ids"], least: number): number {
  return ids.reduce<number>((newest, id) => Math.max(newest, id ?? 0), least);
}

/** A list that cannot be read just now ends nothing. `wait`: milliseconds; `why`: a sentence for a person. */
function setbackOf(fault: unknown): { readonly wait: number; readonly why: string } {
  if (fault instanceof AskedToWait) {
    const wait = Math.min(fault.after, longestWait);
    return { wait, why: `DonationAlerts asks for a pause of ${Math.ceil(wait / 1000)} seconds (429).` };
  }
  if (!(fault instanceof Ended) || fault.end.status !== "retry") throw fault;
  return { wait: Math.min(fault.end.after ?? patience, longestWait), why: fault.end.reason };
}

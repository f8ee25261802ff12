import type { TakenItem } from "../../intake/source.ts";
import type { DonationAlertsContext, Unsaid } from "./decode.ts";
import type { Notes } from "./notes.ts";

/**
 * The creator's own currency, which no message names: a setting says it, or the newest donation whose amount is the same in it.
 * What was learned is noted for the next run.
 */
export class CreatorCurrency {
  readonly #notes: Notes;
  readonly #setting: string | undefined;

  constructor(notes: Notes, { currency }: Unsaid) {
    this.#notes = notes;
    this.#setting = currency;
  }

  /** What a message is read with. */
  get known(): Pick<DonationAlertsContext, "currency" | "learned"> {
    return this.#setting === undefined ? { learned: this.#notes.current.currency } : { currency: this.#setting };
  }

  /** From donations, the oldest first. A note that fails only means that it is learned again. */
  learn(items: readonly TakenItem[]): void {
    if (this.#setting !== undefined) return;
    const currency = items.reduce<string | undefined>((newest, item) => ownCurrencyOf(item) ?? newest, undefined);
    if (currency === undefined || currency === this.#notes.current.currency) return;
    void this.#notes.change({ currency }).catch(() => undefined);
  }
}

/** Nothing is nothing in every currency. */
function ownCurrencyOf({ decoded }: TakenItem): string | undefined {
  if (decoded.status !== "event") return undefined;
  const { amount, stated } = decoded.event;
  return amount !== null && amount.minor > 0 && stated?.currency === amount.currency ? amount.currency : undefined;
}

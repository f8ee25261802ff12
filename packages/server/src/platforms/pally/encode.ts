import type { Channel } from "../../access/directory.ts";
import type { StreamEvent } from "../../core/event.ts";
import { type Money, minorAt } from "../../core/money.ts";
import type { LogRecord } from "../../core/record.ts";
import type { Encoder } from "../../log/hub.ts";
import { resumable } from "../../log/resumable.ts";
import type { PallyNotify, PallyPage, PallyTip } from "./wire.ts";

/**
 * Says a channel's donations as Pally says tips. What it has no word for is not said: other types, imported history.
 * A replay repeats the tip with its id and the extra field `replay`.
 */
export class PallyEncoder implements Encoder {
  /** Its settings as they are now: the page in every frame. */
  channel: Channel;
  /** How many sessions use it. */
  sessions = 0;
  /** The same for sessions that resume by cursors: each frame has one more key at its end, its `cursor`. */
  readonly resumable: Encoder;
  readonly #publicUrl: () => string;

  /** `publicUrl`: this server's address without a slash at the end, for channels that have no page of their own. */
  constructor(channel: Channel, epoch: string, publicUrl: () => string) {
    this.channel = channel;
    this.#publicUrl = publicUrl;
    this.resumable = resumable(this, epoch);
  }

  encode(record: LogRecord): string | null {
    const { event } = record;
    if (record.arrival === "import" || event.type !== "donation" || event.amount === null) return null;
    const frame: PallyNotify = {
      type: "campaigntip.notify",
      payload: { campaignTip: tipOf(record, event, event.amount), page: this.#page() },
    };
    return JSON.stringify(frame);
  }

  #page(): PallyPage {
    const { id, slug, title, url } = this.channel;
    return { id: String(id), slug, title: title || slug, url: url || `${this.#publicUrl()}/` };
  }
}

function tipOf(record: LogRecord, event: StreamEvent, amount: Money): PallyTip {
  const gross = minorAt(amount, 2);
  const fee = feeOf(event, amount, gross);
  return {
    createdAt: event.occurredAt,
    displayName: event.anonymous ? "" : (event.name ?? ""),
    grossAmountInCents: gross,
    id: event.origin.startsWith("pally:") ? event.externalId : record.eventId,
    message: event.messageKind === "text" ? event.message : "",
    netAmountInCents: gross - fee,
    processingFeeInCents: fee,
    updatedAt: event.occurredAt,
    currency: amount.currency,
    amount: amount.value,
    ...(record.kind === "replay" && { replay: true as const }),
    ...(event.test && { test: true as const }),
  };
}

/** Hundredths; what is not known in the tip's own currency is not known. */
function feeOf(event: StreamEvent, amount: Money, gross: number): number {
  const { fee, net } = event;
  if (fee?.currency === amount.currency) return minorAt(fee, 2);
  return net?.currency === amount.currency ? gross - minorAt(net, 2) : 0;
}

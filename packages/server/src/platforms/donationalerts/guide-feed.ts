import type { Channel } from "../../access/directory.ts";
import type { LogRecord } from "../../core/record.ts";
import type { Encoder } from "../../log/hub.ts";
import { resumable } from "../../log/resumable.ts";
import { donationResource, isDonation, type PayinSystem } from "./encode.ts";

/**
 * Says a channel's donations as the guide to DonationAlerts has its server say them to its page:
 * `{"type":"donation","data":<donation>}`, the donation being that of a realtime push. There is no first frame.
 */
export class GuideVoice implements Encoder {
  /** Its settings as they are now: the recipient of every donation. */
  channel: Channel;
  /** How many sessions use it. */
  sessions = 0;
  readonly resumable: Encoder;
  readonly #payinSystem: PayinSystem;

  constructor(channel: Channel, payinSystem: PayinSystem, epoch: string) {
    this.channel = channel;
    this.#payinSystem = payinSystem;
    this.resumable = resumable(this, epoch);
  }

  connected(): undefined {}

  encode(record: LogRecord): string | null {
    if (record.arrival === "import" || !isDonation(record)) return null;
    const wording = { name: "Donations", payinSystem: this.#payinSystem, reason: "default" };
    return `{"type":"donation","data":${donationResource(record, this.channel, wording)}}`;
  }
}

import type { Channel } from "../../access/directory.ts";
import type { Money } from "../../core/money.ts";
import type { LogRecord } from "../../core/record.ts";
import type { Encoder } from "../../log/hub.ts";
import { positionFields, push } from "./centrifugo.ts";
import type { DonationAlertsCustomAlert } from "./wire.ts";

/** What `payin_system` says of every donation: strictly typed clients disagree about it. */
export type PayinSystem = "none" | "object" | "text";

const payinSystems: Readonly<Record<PayinSystem, string>> = {
  none: "null",
  object: '{"title":"Tipwire"}',
  text: '"Tipwire"',
};

/**
 * Says a channel's events as DonationAlerts does. It has no word for replays, tests and lateness: a replay repeats the
 * donation with its id. Of imported history only the list tells, and of events of other types nothing does.
 */
export class DonationAlertsVoice {
  /** Its settings as they are now: the recipient of every donation. */
  channel: Channel;
  /** How many streams use it. */
  streams = 0;
  readonly donations: Publisher;
  readonly customAlerts: Publisher;

  constructor(channel: Channel, payinSystem: PayinSystem) {
    this.channel = channel;
    this.donations = new Publisher(`$alerts:donation_${channel.id}`, (record) =>
      isDonation(record)
        ? donationResource(record, this.channel, { name: "Donations", payinSystem, reason: "default" })
        : null,
    );
    this.customAlerts = new Publisher(`$alerts:custom_alert_${channel.id}`, (record) =>
      record.event.type === "custom" ? JSON.stringify({ ...customAlertResource(record), reason: "default" }) : null,
    );
  }
}

/** Says records as publications in one channel of the realtime server. */
export class Publisher implements Encoder {
  readonly #name: string;
  readonly #resource: (record: LogRecord) => string | null;

  constructor(name: string, resource: (record: LogRecord) => string | null) {
    this.#name = name;
    this.#resource = resource;
  }

  encode(record: LogRecord): string | null {
    const publication = this.publication(record);
    return publication === null ? null : push("publication", this.#name, publication);
  }

  /** `{"seq":15,"data":{…}}`, where `seq` (with `gen`) is the record's offset in the log. */
  publication(record: LogRecord): string | null {
    const resource = record.arrival === "import" ? null : this.#resource(record);
    if (resource === null) return null;
    return `${JSON.stringify(positionFields(record.offset)).slice(0, -1)},"data":${resource}}`;
  }
}

export interface DonationWording {
  /** The type of the alert: "Donations" in a push, "donation" in the list. */
  readonly name: string;
  readonly payinSystem: PayinSystem;
  /** Only in a push. */
  readonly reason?: string;
}

/** A donation as JSON text, written out rather than stringified: amounts are printed exactly, never through a float. */
export function donationResource(record: LogRecord, channel: Channel, wording: DonationWording): string {
  const { event } = record;
  const { amount, stated } = event;
  const name = JSON.stringify(channel.title || channel.slug);
  const code = JSON.stringify(channel.slug);
  const fields = [
    `"id":${donationId(record)}`,
    `"name":${JSON.stringify(wording.name)}`,
    `"username":${JSON.stringify(event.anonymous ? null : event.name)}`,
    `"message":${JSON.stringify(event.message)}`,
    `"message_type":${JSON.stringify(event.messageKind)}`,
    `"payin_system":${payinSystems[wording.payinSystem]}`,
    `"amount":${numberText(amount)}`,
    `"currency":${JSON.stringify(amount?.currency ?? "")}`,
    `"is_shown":1`,
    `"amount_in_user_currency":${numberText(stated ?? amount)}`,
    `"recipient_name":${name}`,
    `"recipient":{"user_id":${channel.id},"code":${code},"name":${name},"avatar":""}`,
    `"created_at":"${utcTime(event.occurredAt)}"`,
    `"shown_at":null`,
    ...(wording.reason === undefined ? [] : [`"reason":${JSON.stringify(wording.reason)}`]),
  ];
  return `{${fields.join(",")}}`;
}

/** A custom alert: its header is our event's name, its picture and sound are the addresses that go with it. */
export function customAlertResource(record: LogRecord): DonationAlertsCustomAlert {
  const { event } = record;
  return {
    id: ownId(record),
    external_id: event.externalId.length > longestExternalId ? null : event.externalId,
    header: event.name,
    message: event.message === "" ? null : event.message,
    image_url: event.avatarUrl,
    sound_url: event.voiceUrl,
    is_shown: record.arrival === "import" ? 1 : 0,
    created_at: utcTime(event.occurredAt),
    shown_at: null,
  };
}

/** A longer one was made by us, for an alert that came without. */
const longestExternalId = 32;

/** DonationAlerts' own ids are below this one for years to come. */
const firstOwnId = 1_500_000_000;
const mostInt32 = 2 ** 31 - 1;

/** DonationAlerts' own id where the donation came from there, else one of ours: always an int32, as typed clients need it. */
function donationId(record: LogRecord): number {
  const { origin, externalId } = record.event;
  const theirs = origin.startsWith("donationalerts:") ? Number(externalId) : Number.NaN;
  return Number.isInteger(theirs) && theirs > 0 && theirs < firstOwnId ? theirs : ownId(record);
}

function ownId({ number }: LogRecord): number {
  return firstOwnId + (number % (mostInt32 - firstOwnId));
}

/** DonationAlerts' list and pushes know of nothing without an amount. */
export function isDonation({ event }: LogRecord): boolean {
  return event.type === "donation" && event.amount !== null;
}

/** "22.00" as 22, "0.50" as 0.5. */
function numberText(money: Money | null): string {
  const { value } = money ?? { value: "0" };
  return value.includes(".") ? value.replace(/\.?0+$/, "") : value;
}

/** "2025-04-12T07:15:49.000Z" as DonationAlerts writes times: "2025-04-12 07:15:49". Its zone is nowhere said; ours is UTC. */
function utcTime(iso: string): string {
  return iso.slice(0, 19).replace("T", " ");
}

import type { Channel, Directory } from "../../access/directory.ts";
import type { Grant } from "../../access/grants.ts";
import { type Clock, isoTime } from "../../core/clock.ts";
import { streamEvent } from "../../core/event.ts";
import type { DonationList } from "../../ledger/donations.ts";
import { ledgerProjection } from "../../ledger/ledger.ts";
import type { EventLog } from "../../log/event-log.ts";
import { advanceProjection, type Checkpoints } from "../../log/projection.ts";
import { permittedChannel } from "./channels.ts";
import { customAlertResource, donationResource, type PayinSystem } from "./encode.ts";
import type { RealtimeTokens } from "./realtime-tokens.ts";
import type {
  DonationAlertsCustomAlert,
  DonationAlertsList,
  DonationAlertsSubscriptions,
  DonationAlertsUser,
} from "./wire.ts";

export interface ApiParts {
  readonly directory: Directory;
  readonly log: EventLog;
  readonly donations: DonationList;
  readonly checkpoints: Checkpoints;
  readonly tokens: RealtimeTokens;
  readonly clock: Clock;
  readonly payinSystem: PayinSystem;
  /** How long the realtime server's tokens are good, seconds; 0: for ever. */
  readonly connectionSeconds: number;
  readonly subscriptionSeconds: number;
  /** Where clients find this server, without a slash at the end. */
  readonly publicUrl: () => string;
}

/** A custom alert as it is asked for, checked. */
export interface NewCustomAlert {
  readonly externalId: string | null;
  readonly header: string | null;
  readonly message: string | null;
  readonly imageUrl: string | null;
  readonly soundUrl: string | null;
  /** Taken for shown already: kept, and not displayed. */
  readonly isShown: boolean;
}

const perPage = 30;

/** What DonationAlerts' REST addresses say and do, for a grant that was checked. */
export class DonationAlertsApi {
  readonly #parts: ApiParts;

  constructor(parts: ApiParts) {
    this.#parts = parts;
  }

  async user(grant: Grant): Promise<DonationAlertsUser> {
    const { id, slug, title } = await this.#channel(grant);
    const claims = { sub: String(id), grant: grant.id };
    const token = this.#parts.tokens.sign(claims, this.#parts.connectionSeconds);
    const name = title || slug;
    return { data: { id, code: slug, name, avatar: "", email: "", socket_connection_token: token } };
  }

  /** A page of donations, newest first, as JSON text. What the log has just received is counted in. */
  async donations(grant: Grant, page: number): Promise<string> {
    const { log, checkpoints, donations, payinSystem } = this.#parts;
    const channel = await this.#channel(grant);
    await advanceProjection(ledgerProjection, [channel.id], log, checkpoints);
    const total = await donations.count(channel.id);
    const before = (page - 1) * perPage;
    const records = before < total ? await donations.page(channel.id, total - before, perPage) : [];
    const data = records.map((record) => donationResource(record, channel, { name: "donation", payinSystem }));
    const frame = JSON.stringify(this.#frame(page, total, records.length));
    return `{"data":[${data.join(",")}],${frame.slice(1)}`;
  }

  /** `isNew`: false when this application had asked for one with that external id before. */
  async customAlert(
    { application, channel }: Pick<Grant, "application" | "channel">,
    alert: NewCustomAlert,
  ): Promise<{ readonly alert: DonationAlertsCustomAlert; readonly isNew: boolean }> {
    const { log, clock } = this.#parts;
    const event = streamEvent({
      type: "custom",
      origin: `app:${application}`,
      externalId: alert.externalId ?? crypto.randomUUID(),
      occurredAt: isoTime(clock.now()),
      name: alert.header,
      message: alert.message ?? "",
      avatarUrl: alert.imageUrl,
      voiceUrl: alert.soundUrl,
    });
    const { status, record } = await log.append({ channel, event, arrival: alert.isShown ? "import" : "live" });
    return { alert: customAlertResource(record), isNew: status === "appended" };
  }

  /** Tokens for those of the channels that the grant covers; the others are left out. */
  subscriptions(grant: Grant, client: string, channels: readonly string[]): DonationAlertsSubscriptions {
    const { tokens, subscriptionSeconds } = this.#parts;
    const permitted = channels.filter((name) => permittedChannel(name, grant) !== undefined);
    const token = (channel: string) => tokens.sign({ client, channel, grant: grant.id }, subscriptionSeconds);
    return { channels: permitted.map((channel) => ({ channel, token: token(channel) })) };
  }

  async #channel({ channel }: Grant): Promise<Channel> {
    const found = await this.#parts.directory.channel(channel);
    if (found === undefined) throw new Error(`The grant's channel ${channel} is gone.`);
    return found;
  }

  /** Laravel's links and meta. */
  #frame(page: number, total: number, count: number): Omit<DonationAlertsList, "data"> {
    const path = `${this.#parts.publicUrl()}/api/v1/alerts/donations`;
    const address = (of: number) => `${path}?page=${of}`;
    const last = Math.max(1, Math.ceil(total / perPage));
    const from = (page - 1) * perPage + 1;
    return {
      links: {
        first: address(1),
        last: address(last),
        prev: page > 1 ? address(page - 1) : null,
        next: page < last ? address(page + 1) : null,
      },
      meta: {
        current_page: page,
        from: count > 0 ? from : null,
        last_page: last,
        path,
        per_page: perPage,
        to: count > 0 ? from + count - 1 : null,
        total,
      },
    };
  }
}

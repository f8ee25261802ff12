/**
 * DonationAlerts' donations as it sends them.
 * Sources: its API documentation ("Donation Alerts List", "Centrifugo Channels"), and a push as received in April 2025,
 * whose key order and types this follows where the documentation is silent.
 */

/** The centrifugo push around a donation. Replies (`id`) and join pushes (`type: 1`) come on the same socket. */
export interface DonationAlertsPush {
  readonly result: {
    /** `$alerts:donation_<user id>` */
    readonly channel: string;
    readonly data: {
      readonly seq: number;
      readonly data: DonationAlertsDonation;
    };
  };
}

/** `GET /api/v1/alerts/donations`: thirty a page, newest first. */
export interface DonationAlertsList {
  readonly data: readonly DonationAlertsDonation[];
  readonly links: {
    readonly first: string;
    readonly last: string;
    readonly prev: string | null;
    readonly next: string | null;
  };
  readonly meta: {
    readonly current_page: number;
    /** The first and last one's place on this page, 1 being the newest; `null` on an empty page. */
    readonly from: number | null;
    readonly last_page: number;
    readonly path: string;
    readonly per_page: number;
    readonly to: number | null;
    readonly total: number;
  };
}

export interface DonationAlertsDonation {
  readonly id: number;
  /** The type of the alert ("Donations"), never the donor. */
  readonly name: string;
  /** The donor, `null` when anonymous. */
  readonly username: string | null;
  /** Absent in the documentation's list. With "audio" the message is the address of the recording. */
  readonly message_type?: "text" | "audio";
  /** `null`, and even the text "null", when there is none. */
  readonly message: string | null;
  readonly payin_system?: unknown;
  readonly amount: number;
  readonly currency: string;
  readonly is_shown: 0 | 1;
  /** In the creator's currency, which is not named. */
  readonly amount_in_user_currency?: number;
  readonly recipient_name?: string;
  readonly recipient?: {
    readonly user_id: number;
    readonly code: string;
    readonly name: string;
    readonly avatar: string;
  };
  /** "2025-04-12 07:15:49"; the documentation writes dots for the colons. Read as UTC. */
  readonly created_at: string;
  readonly shown_at: string | null;
  /** Only in pushes. */
  readonly reason?: string;
}

/** `POST /api/v1/custom_alert` answers with it; in a push it has a `reason` like a donation. */
export interface DonationAlertsCustomAlert {
  readonly id: number;
  readonly external_id: string | null;
  readonly header: string | null;
  readonly message: string | null;
  readonly image_url: string | null;
  readonly sound_url: string | null;
  /** 1: taken for shown already, so that it is not displayed. */
  readonly is_shown: 0 | 1;
  readonly created_at: string;
  readonly shown_at: string | null;
}

/** `GET /api/v1/user/oauth`. */
export interface DonationAlertsUser {
  readonly data: {
    readonly id: number;
    readonly code: string;
    readonly name: string;
    readonly avatar: string;
    readonly email: string;
    readonly socket_connection_token: string;
  };
}

/** `POST /api/v1/centrifuge/subscribe`: at the top level, not under `data`. */
export interface DonationAlertsSubscriptions {
  readonly channels: readonly { readonly channel: string; readonly token: string }[];
}

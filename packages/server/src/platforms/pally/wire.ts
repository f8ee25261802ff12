/**
 * Pally.gg's WebSocket feed as it sends it. Source: its "WebSockets" developer page (beta). Events may contain more
 * fields than are documented, never fewer.
 */

/** A new tip, or one that the creator replays from the activity feed: nothing tells them apart. */
export interface PallyNotify {
  readonly type: "campaigntip.notify";
  readonly payload: {
    readonly campaignTip: PallyTip;
    readonly page: PallyPage;
  };
  /** Tipwire's own addition, only where the client asked to resume by cursors. */
  readonly cursor?: string;
}

export interface PallyTip {
  /** ISO 8601, milliseconds, Z. */
  readonly createdAt: string;
  /** `""` for an anonymous tip. */
  readonly displayName: string;
  /** Hundredths of the major unit; Pally knows only US dollars. */
  readonly grossAmountInCents: number;
  readonly id: string;
  readonly message: string;
  /** Gross minus fee. */
  readonly netAmountInCents: number;
  readonly processingFeeInCents: number;
  readonly updatedAt: string;
  /** Tipwire's own additions: the currency, the exact gross amount as decimal text, and flags that are present only when true. */
  readonly currency?: string;
  readonly amount?: string;
  readonly replay?: true;
  readonly test?: true;
}

export interface PallyPage {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly url: string;
}

/** A client asks for X back, to test what it does with it. */
export interface PallyEcho {
  readonly type: "echo";
  readonly payload: unknown;
}

/** The documented keys in the documented order. */
export const pallyTipKeys = [
  "createdAt",
  "displayName",
  "grossAmountInCents",
  "id",
  "message",
  "netAmountInCents",
  "processingFeeInCents",
  "updatedAt",
] as const satisfies readonly (keyof PallyTip)[];

export const pallyPageKeys = ["id", "slug", "title", "url"] as const satisfies readonly (keyof PallyPage)[];

/**
 * Pally marks a creator's replay with nothing, and sends every tip to each open socket. The same tip again is a replay
 * when its last showing is older than this many milliseconds, and an echo of another socket otherwise.
 */
export const replayAfter = 10_000;

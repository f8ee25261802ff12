/**
 * What an overlay page and the server say to each other, version 1: one JSON text a frame, on a WebSocket at
 * `/overlay/feed`, or by the requests that `docs/protocol.md` describes where there is none. The page says `hello` first.
 *
 * The server tells what is to be on screen, not what happened: whoever comes back hears it anew. Whatever a page reports
 * may be reported again; it takes effect once.
 */
import type { LookSettings } from "./look-settings.ts";
import type { EventType, Money } from "./wire.ts";

/**
 * `screen`: takes part. `watching`: hears of settings alone and never plays for the stage: the preview in an editor, or a
 * browser tab that nobody declared to be a screen.
 */
export type OverlayPart = "screen" | "watching";

/** The first frame of a page. */
export interface OverlayHello {
  readonly type: "hello";
  readonly protocol: 1;
  /** The display key, from the fragment of the page's address. */
  readonly key: string;
  /**
   * Random, 16 to 64 of `[a-zA-Z0-9_-]`, made when the page was loaded and kept for its life: by it a page that comes back is
   * known as the one that plays. Two pages never share one.
   */
  readonly copy: string;
  /**
   * Higher with each `hello` of this copy, from 1: of two connections the server takes the later one for the page, also where
   * it has not heard yet that the earlier one is dead. Without it the page waits for that when it comes to another node.
   */
  readonly connection?: number | undefined;
  /** The `build` of the `welcome` that the page heard first; `""` before. */
  readonly build: string;
  readonly part: OverlayPart;
  readonly visible: boolean;
  /** OBS's version, `null` elsewhere. A page in OBS is preferred to one that is not. */
  readonly obs: string | null;
  /** Whether OBS streams; `null`: the page cannot say. */
  readonly streaming: boolean | null;
  /** Canvas in CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** What it is playing at this moment although the connection was lost. */
  readonly playing: string | null;
  /** What it had to report while there was no connection, oldest first, at most 50. */
  readonly reports: readonly ShowingReport[];
  /** Milliseconds since 1970 as the page's clock has it just now: it tells how long ago was what `reports` holds. */
  readonly now?: number | undefined;
}

/** The scene was switched, or the page hidden. */
export interface OverlayVisible {
  readonly type: "visible";
  readonly visible: boolean;
}

/** The first frame of the alert was painted. */
export interface ShowingStarted {
  readonly type: "started";
  readonly showing: string;
  /** Milliseconds since 1970, by the page's clock. */
  readonly at: number;
  readonly visible: boolean;
}

/** The alert has left the screen by itself. */
export interface ShowingFinished {
  readonly type: "finished";
  readonly showing: string;
  readonly at: number;
  /** Milliseconds on screen, and how many of them the page was visible. */
  readonly shown: number;
  readonly visible: number;
}

/** The alert could not be shown. */
export interface ShowingFailed {
  readonly type: "failed";
  readonly showing: string;
  readonly at: number;
  /** For people, at most 200 characters. */
  readonly reason: string;
}

/** A report is kept until `noted` names its showing, and sent again after a reconnect. */
export type ShowingReport = ShowingStarted | ShowingFinished | ShowingFailed;

/** The answer to `ping`. A page whose answer does not come within 1.5 s counts as frozen until it speaks again. */
export interface OverlayPong {
  readonly type: "pong";
}

/** What OBS says of the stream: `active` is the scene on program, `null` unknown. */
export interface OverlayStreaming {
  readonly type: "streaming";
  readonly streaming: boolean | null;
  readonly active: boolean | null;
}

export type OverlayMessage = OverlayHello | OverlayVisible | ShowingReport | OverlayPong | OverlayStreaming;

/** The answer to `hello`; `settings` and `sound` follow, then `show` if something is to be on screen. */
export interface OverlayWelcome {
  readonly type: "welcome";
  readonly protocol: 1;
  /** Of the web pages that this server has. Another one than before: reload as soon as nothing is on screen. */
  readonly build: string;
  readonly channel: { readonly slug: string; readonly title: string };
  readonly stage: { readonly id: number; readonly name: string };
  readonly screen: { readonly id: number; readonly name: string };
  /** Seconds after which something comes even when nothing happens. */
  readonly keepalive: number;
}

/** How the alerts look from the next one on. Comes after `welcome`, and whenever settings are put on stream. */
export interface OverlaySettings {
  readonly type: "settings";
  readonly version: number;
  readonly look: LookSettings;
}

/** At once, also for what is playing. */
export interface OverlaySound {
  readonly type: "sound";
  readonly muted: boolean;
  /** 0 to 100, of everything. */
  readonly volume: number;
}

export const tiers = ["small", "medium", "big", "huge"] as const;
export type Tier = (typeof tiers)[number];

/** What an alert is about: an event, or several that came while nobody could see them. */
export type AlertKind = EventType | "summary";

/**
 * An alert as it is to be shown. Whatever a viewer wrote was filtered by the stage's rules and is text, never markup: a name
 * or message that is hidden is `null` or `""` here.
 */
export interface AlertContent {
  readonly kind: AlertKind;
  readonly tier: Tier;
  /** Which of the look's variations; `null` the usual one. */
  readonly variation: string | null;
  /** `null`: anonymous, or hidden. */
  readonly name: string | null;
  readonly amount: Money | null;
  readonly stated: Money | null;
  readonly message: string;
  /** `audio`: there is a recording instead of text; `message` is `""` then. */
  readonly messageKind: "text" | "audio";
  /** A subscription's tier, its months in a row. */
  readonly subscriptionTier: string | null;
  readonly streak: number | null;
  readonly avatarUrl: string | null;
  /** Merged into this one, or summed up by it: how many more, and what they gave by currency. */
  readonly more: { readonly count: number; readonly totals: readonly Money[] } | null;
  /** It happened a while ago. */
  readonly late: boolean;
}

/**
 * Play this now, instead of whatever is playing. The same `showing` again: go on, it is playing already. One that the page has
 * played to its end: its report and this frame crossed; it is not played again.
 */
export interface OverlayShow {
  readonly type: "show";
  /** One alert's turn on the stage: what reports name. */
  readonly showing: string;
  /** The event's id; `null` for a summary. */
  readonly event: string | null;
  readonly alert: AlertContent;
  /** Whether this screen is the one that sounds. */
  readonly sound: boolean;
  /** Milliseconds on screen at least (its tier's), and at most: then it has to be over, whatever its text and sound. */
  readonly least: number;
  readonly most: number;
}

/** Take it off the screen: `skip` with its usual leave, the others at once and silently. Nothing else is reported of it. */
export interface OverlayHide {
  readonly type: "hide";
  /** `null`: whatever is there. */
  readonly showing: string | null;
  /** `moved`: another page plays it now. */
  readonly how: "skip" | "clear" | "panic" | "moved";
}

/** A report of this showing arrived and is stored: it need not be sent again. */
export interface OverlayNoted {
  readonly type: "noted";
  readonly showing: string;
  readonly report: ShowingReport["type"];
}

export interface OverlayPing {
  readonly type: "ping";
}

/** The server stops or restarts: come back within so many milliseconds, at random. What is playing plays on. */
export interface OverlayReconnect {
  readonly type: "reconnect";
  readonly within: number;
}

/** Nothing has happened for a while. */
export interface OverlayKeepalive {
  readonly type: "keepalive";
}

export type OverlayFrame =
  | OverlayWelcome
  | OverlaySettings
  | OverlaySound
  | OverlayShow
  | OverlayHide
  | OverlayNoted
  | OverlayPing
  | OverlayReconnect
  | OverlayKeepalive;

/**
 * Where WebSockets are blocked: the body of `POST /overlay/feed`, as JSON. With `Accept: text/event-stream` the answer is a
 * stream of frames, each the `data` of one event, until it breaks. With `Accept: application/json` it is an
 * `OverlayAnswer`, held back while there is nothing new. A refusal has the status that its close code stands for: 401 for
 * 4501, 4502 and 4503, 400 for 4500, 429 and 503 for those that come back.
 */
export interface OverlayRequest {
  /** As it stands now: each request renews it, and its `reports` are the reports that are not noted yet. */
  readonly hello: OverlayHello;
  /** What else the page has to say: `pong` and `streaming`. */
  readonly messages: readonly OverlayMessage[];
  /** The last answer's; `null` at first, and then the answer says everything: `welcome`, `settings`, `sound`, `show`. */
  readonly after: string | null;
  /** Seconds that the answer may be held back, 0 to 25. A page on an event stream asks with 0 to deliver its messages. */
  readonly wait: number;
}

export interface OverlayAnswer {
  readonly frames: readonly OverlayFrame[];
  readonly after: string;
}

/** Close codes of `/overlay/feed`. As on the native protocol: 4000–4499 come back, 4500–4999 is useless. */
export const overlayCloseCodes = {
  4000: "the server is stopping or restarting",
  4001: "too slow: the messages were not read for a minute",
  4002: "the server could not read its store",
  4003: "too many pages of this key",
  4004: "more than 60 messages in 10 seconds, without answers to pings",
  4500: "a message is not of the documented form",
  4501: "no valid display key within five seconds",
  4502: "the display key was replaced, and its grace is over",
  4503: "the display key was revoked, or its screen removed",
} as const;

/** The bodies of the `/v1` addresses of stages and overlays. `docs/api.md` describes them. */
import type { AlertContent } from "./overlay-wire.ts";
import type { StageSettings } from "./stage-settings.ts";

export interface NewOverlay {
  /** Its screen's name: Main, Vertical, Second PC. Without it Main. */
  readonly screen?: string;
  /** Without it the stage called main. */
  readonly stage?: string;
}

/** A screen of a stage, with the link that opens it. */
export interface OverlayInfo {
  readonly id: string;
  readonly channel: string;
  readonly stage: string;
  readonly screen: string;
  /** For OBS. Whoever has it sees the alerts; it can do nothing else. */
  readonly url: string | null;
  /** Whether a page plays for it just now, and whether that one is in OBS. */
  readonly live: boolean;
  readonly obs: boolean;
  readonly usedAt: string | null;
  /** Earlier links that still work, and when each was used last. */
  readonly earlier: readonly { readonly worksUntil: string; readonly usedAt: string | null }[];
}

export type AlertStateName =
  | "held"
  | "queued"
  | "leased"
  | "showing"
  | "shown"
  | "skipped"
  | "expired"
  | "failed"
  | "rejected"
  | "merged"
  | "summarised"
  | "silent";

export type AlertInfo = AlertContent & {
  readonly id: string;
  /** `null`: a summary of several. */
  readonly event: string | null;
  readonly state: AlertStateName;
  readonly queuedAt: string;
  /** When a held one is decided by the settings. */
  readonly decideBy: string | null;
  readonly test: boolean;
  readonly again: boolean;
  readonly into: string | null;
};

export interface StageInfo {
  readonly id: number;
  readonly name: string;
  readonly mode: "playing" | "paused" | "panic";
  readonly muted: boolean;
  readonly volume: number;
  readonly queued: number;
  /** The alert's id. */
  readonly onScreen: string | null;
  readonly screens: readonly {
    readonly id: number;
    readonly name: string;
    readonly live: boolean;
    readonly obs: boolean;
  }[];
  /** Whether OBS streams, as the screens say; `null`: none of them can say. */
  readonly streaming: boolean | null;
  /** What keeps the queue from going on just now; `null`: nothing does. */
  readonly obstacle: {
    readonly why: "panic" | "paused" | "no-screen" | "not-live" | "live-unknown";
    /** For people. */
    readonly sentence: string;
  } | null;
  /** Until when `undo` works. */
  readonly undoUntil: string | null;
}

export type StageDetails = StageInfo & {
  /** On screen, next and held: the first 64 of each. */
  readonly alerts: readonly AlertInfo[];
  /** What is over, newest first. */
  readonly past: readonly AlertInfo[];
};

export type StageControl =
  | { readonly action: "pause" | "resume" | "clear" | "panic" | "undo" }
  /** Without an alert the one on screen. */
  | { readonly action: "skip"; readonly alert?: string }
  | { readonly action: "again"; readonly alert: string; readonly when?: "now" | "in-turn" }
  | { readonly action: "reorder"; readonly alerts: readonly string[] }
  | { readonly action: "approve"; readonly alert: string; readonly outcome?: "show" | "hide-message" | "hide-name" }
  | { readonly action: "reject"; readonly alert: string }
  | { readonly action: "hide"; readonly alert: string; readonly what: "hide-message" | "hide-name" }
  | { readonly action: "mute"; readonly muted: boolean }
  | { readonly action: "volume"; readonly volume: number }
  | { readonly action: "calm"; readonly queue?: "keep" | "count-only" };

/** One step on an event's way to the screen. */
export interface ReceiptInfo {
  readonly stage: string | null;
  readonly alert: string;
  readonly event: string | null;
  readonly step: string;
  readonly at: string;
  readonly screen: string | null;
  readonly visible: boolean | null;
  readonly why: string | null;
  readonly by: string | null;
  /** For people. */
  readonly sentence: string;
}

export interface StageSettingsInfo {
  readonly onStream: { readonly version: number; readonly settings: StageSettings };
  readonly draft: StageSettings | null;
  /** What was on stream, newest first, at most ten. */
  readonly versions: readonly {
    readonly version: number;
    readonly settings: StageSettings;
    readonly savedAt: string;
    readonly by: string;
  }[];
}

/** A change of some groups; what is left out of a group stays. */
export type StageSettingsChange = { readonly [Group in keyof StageSettings]?: Partial<StageSettings[Group]> };

/** A key that steers a stage, or an address that does one thing to it. */
export interface StageKeyInfo {
  readonly id: string;
  readonly name: string;
  readonly action: string | null;
  readonly key: string | null;
  readonly url: string | null;
  readonly createdAt: string;
  /** `null`: never. */
  readonly usedAt: string | null;
}

export interface AuditInfo {
  readonly at: string;
  /** Its name, also of one that was removed. */
  readonly stage: string;
  readonly by: string;
  readonly action: string;
  /** The alert that it was done to; `null`: the whole stage. */
  readonly subject: string | null;
}

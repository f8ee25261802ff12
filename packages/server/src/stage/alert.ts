import type { EventType } from "../core/event.ts";
import type { Money } from "../core/money.ts";

export const tiers = ["small", "medium", "big", "huge"] as const;
export type Tier = (typeof tiers)[number];

export type OpenState = "held" | "queued" | "leased" | "showing";
export type FinalState = "shown" | "skipped" | "expired" | "failed" | "rejected" | "merged" | "summarised" | "silent";
export type AlertState = OpenState | FinalState;

const open: ReadonlySet<AlertState> = new Set<AlertState>(["held", "queued", "leased", "showing"]);

export function isOpen({ state }: Pick<Alert, "state">): boolean {
  return open.has(state);
}

/** What is on screen of an alert, after the stage's rules. Viewer text as text. */
export interface AlertContent {
  readonly kind: EventType | "summary";
  readonly tier: Tier;
  /** The name of a variation in the settings; `null`: none fits. */
  readonly variation: string | null;
  readonly name: string | null;
  readonly amount: Money | null;
  readonly stated: Money | null;
  readonly message: string;
  readonly messageKind: "text" | "audio";
  readonly subscriptionTier: string | null;
  readonly streak: number | null;
  readonly avatarUrl: string | null;
  /** What was merged into this alert or is summed up by it. */
  readonly more: { readonly count: number; readonly totals: readonly Money[] } | null;
  readonly late: boolean;
}

/** The showing of an event on a stage. */
export interface Alert {
  /** Of the record that it came from, or `x` and a number of the stage's. */
  readonly id: string;
  /** The event's id; `null` for a summary. */
  readonly event: string | null;
  readonly state: AlertState;
  /** The lowest is next. */
  readonly rank: number;
  /** Milliseconds since 1970. */
  readonly queuedAt: number;
  /** When a held one is decided by the settings; `null` while it is not held. */
  readonly decideBy: number | null;
  readonly test: boolean;
  /** Somebody asked to see it again. */
  readonly again: boolean;
  readonly sound: boolean;
  /** How many of its showings began to play. */
  readonly begun: number;
  /** How often it was given to screens. */
  readonly leases: number;
  /** The alert that shows it along with itself. */
  readonly into: string | null;
  /** Reports that took effect, `showing/screen/copy/type/time`: each does once. */
  readonly heard: readonly string[];
  /** A receipt says already that it waits for OBS to stream. */
  readonly toldHeld?: true;
  readonly content: AlertContent;
}

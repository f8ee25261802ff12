import type { Alert, FinalState } from "./alert.ts";

/** Which rule decided that an event becomes no alert, or waits. */
export type Rule =
  | "imported"
  | "kind-off"
  | "below-minimum"
  | "blocked-donor"
  | "late"
  | "strong-word"
  | "review-all"
  | "undecided"
  | "panic";

/** Why an alert left its way to the screen. */
export type Cause =
  | Rule
  | "hidden"
  | "closed"
  | "frozen"
  | "node-died"
  | "not-started"
  | "overlong"
  | "page-failed"
  | "not-live"
  | "asked"
  | "cleared"
  | "stage-removed"
  | "flood"
  | "absence"
  | "finished-after-all";

/**
 * A step on an alert's way. `leased`: given to screens. `started`, `finished`: what a screen's page said. `lost`: its page went
 * away. `again`: it will be shown once more for that reason. `undone`: a final state was taken back within ten seconds.
 */
export type Step = "held" | "queued" | "leased" | "started" | "finished" | "lost" | "again" | "undone" | FinalState;

export interface Receipt {
  readonly alert: string;
  /** The event's id; `null` for a summary. */
  readonly event: string | null;
  readonly step: Step;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The screen's name, where one is concerned. */
  readonly screen: string | null;
  /** `started`: whether the page was visible. `finished`: whether it was for most of the time. */
  readonly visible: boolean | null;
  readonly why: Cause | null;
  /** Who, where a person did it; for `merged` and `summarised` the alert that shows it. */
  readonly by: string | null;
}

export function receiptOf(
  alert: Pick<Alert, "id" | "event">,
  step: Step,
  at: number,
  facts: Partial<Pick<Receipt, "screen" | "visible" | "why" | "by">> = {},
): Receipt {
  const { screen = null, visible = null, why = null, by = null } = facts;
  return { alert: alert.id, event: alert.event, step, at, screen, visible, why, by };
}

const causes: Readonly<Record<Cause, string>> = {
  imported: "history is imported silently",
  "kind-off": "alerts of this kind are switched off",
  "below-minimum": "below your minimum",
  "blocked-donor": "the donor is blocked",
  late: "it arrived late",
  "strong-word": "it holds a strong word",
  "review-all": "every alert is reviewed",
  undecided: "nobody decided in time",
  panic: "panic",
  hidden: "the scene was hidden",
  closed: "its page was closed or lost its connection",
  frozen: "its page stopped answering",
  "node-died": "the server that it was connected to died",
  "not-started": "its page did not begin to play",
  overlong: "its page did not finish in time",
  "page-failed": "its page could not show it",
  "not-live": "OBS did not stream",
  asked: "somebody asked for it",
  cleared: "the queue was cleared",
  "stage-removed": "the stage was removed",
  flood: "many were waiting",
  absence: "no screen was visible for a while",
  "finished-after-all": "its page came back and had finished it",
};

const steps: Readonly<Record<Step, string>> = {
  held: "To review",
  queued: "Waiting",
  leased: "Given to the screen",
  started: "On screen",
  finished: "Played",
  lost: "Cut off",
  again: "Will be shown again",
  undone: "Taken back",
  shown: "Shown",
  skipped: "Skipped",
  expired: "Given up",
  failed: "Failed",
  rejected: "Rejected",
  merged: "Shown together with another",
  summarised: "Shown in a summary",
  silent: "Not shown",
};

/** A receipt as a person reads it: "Skipped by Anna", "Not shown: below your minimum", "Played on Main, but it was hidden". */
export function sentence({ step, screen, visible, why, by }: Receipt): string {
  const where = screen === null ? "" : ` on ${screen}`;
  const who = by === null || step === "merged" || step === "summarised" ? "" : ` by ${by}`;
  const hidden = visible === false ? ", but it was hidden" : "";
  const reason = why === null ? "" : `: ${causes[why]}`;
  return `${steps[step]}${where}${who}${hidden}${reason}`;
}

import { type Alert, isOpen } from "./alert.ts";
import { hidden, type Outcome, release, undoable } from "./queue.ts";
import type { Turn } from "./turn.ts";

/** What people may do to a stage. */
export type Control =
  | { readonly action: "pause" | "resume" | "clear" | "panic" | "undo" }
  /** Without an alert the one on the stage. */
  | { readonly action: "skip"; readonly alert?: string | undefined }
  | { readonly action: "again"; readonly alert: string; readonly when: "now" | "in-turn" }
  /** These come next, in this order. */
  | { readonly action: "reorder"; readonly alerts: readonly string[] }
  | { readonly action: "approve"; readonly alert: string; readonly outcome: Outcome }
  | { readonly action: "reject"; readonly alert: string }
  | { readonly action: "hide"; readonly alert: string; readonly what: "hide-message" | "hide-name" }
  | { readonly action: "mute"; readonly muted: boolean }
  | { readonly action: "volume"; readonly volume: number }
  /** Leaves a panic: what waited goes on, or only counts. */
  | { readonly action: "calm"; readonly queue: "keep" | "count-only" }
  /** Ends all that is open, before the stage is removed. */
  | { readonly action: "close" };

export interface Controlling {
  readonly kind: "control";
  /** Who, for receipts and the audit. */
  readonly by: string;
  readonly control: Control;
}

/** `not-there`: no such alert, or it is past the state in which that could be done to it. */
export type ControlOutcome = "done" | "not-there";

/** Skips, rejections and clears can be taken back so long, milliseconds. */
const undoWithin = 10_000;

/** The alerts that a control names. */
export function namedBy(control: Control): readonly string[] {
  if (control.action === "reorder") return control.alerts;
  return "alert" in control && control.alert !== undefined ? [control.alert] : [];
}

export function control(turn: Turn, { by, control: given }: Controlling): ControlOutcome {
  const outcome = act(turn, by, given);
  if (outcome === "done") turn.record(by, actionText(given), namedBy(given)[0] ?? null);
  return outcome;
}

function act(turn: Turn, by: string, given: Control): ControlOutcome {
  switch (given.action) {
    case "pause":
      return setMode(turn, "playing", "paused");
    case "resume":
      return setMode(turn, "paused", "playing");
    case "skip":
      return skip(turn, by, given.alert);
    case "again":
      return showAgain(turn, turn.alert(given.alert), given.when, by);
    case "reorder":
      return reorder(turn, given.alerts);
    case "approve":
      return onHeld(turn, given.alert, (alert) => release(turn, alert, given.outcome, { by }));
    case "reject":
      return onHeld(turn, given.alert, (alert) => {
        remember(turn, [alert]);
        turn.finish(alert.id, "rejected", { by });
      });
    case "hide":
      return hide(turn, given.alert, given.what);
    case "mute":
      return change(turn, { muted: given.muted });
    case "volume":
      return change(turn, { volume: given.volume });
    case "clear":
      return clear(turn, by);
    case "panic":
      return panic(turn, by);
    case "calm":
      return calm(turn, by, given.queue);
    case "close":
      return close(turn, by);
    case "undo":
      return undo(turn, by);
  }
}

function change(turn: Turn, to: { readonly muted: boolean } | { readonly volume: number }): ControlOutcome {
  turn.set(to);
  return "done";
}

/** A panic is left by `calm` alone. */
function setMode(turn: Turn, from: "playing" | "paused", to: "playing" | "paused"): ControlOutcome {
  if (turn.state.mode === "panic") return "not-there";
  if (turn.state.mode === from) turn.set({ mode: to });
  return "done";
}

function skip(turn: Turn, by: string, id = turn.state.showing?.alert): ControlOutcome {
  const alert = id === undefined ? undefined : turn.alert(id);
  if (alert === undefined || !isOpen(alert)) return "not-there";
  remember(turn, [alert]);
  turn.finish(alert.id, "skipped", { by });
  if (turn.state.showing?.alert === alert.id) turn.leaveStage("skip");
  return "done";
}

/** An alert of its own for the same event: it counts nowhere, and no rule holds it. */
function showAgain(turn: Turn, alert: Alert | undefined, when: "now" | "in-turn", by: string): ControlOutcome {
  if (alert === undefined) return "not-there";
  const rank = when === "now" ? turn.firstRank : turn.lastRank;
  const id = `x${turn.number()}`;
  const fresh = {
    state: "queued",
    decideBy: null,
    queuedAt: turn.now,
    begun: 0,
    leases: 0,
    into: null,
    heard: [],
  } as const;
  const again: Alert = { ...alert, ...fresh, id, rank, again: true };
  turn.put(again);
  turn.note(again, "queued", { why: "asked", by });
  return "done";
}

function reorder(turn: Turn, ids: readonly string[]): ControlOutcome {
  const alerts = ids.map((id) => turn.alert(id)).filter((alert) => alert?.state === "queued") as Alert[];
  if (alerts.length === 0) return "not-there";
  const first = turn.firstRank - alerts.length;
  for (const [index, alert] of alerts.entries()) turn.put({ ...alert, rank: first + index });
  return "done";
}

function onHeld(turn: Turn, id: string, act: (alert: Alert) => void): ControlOutcome {
  const alert = turn.alert(id);
  if (alert?.state !== "held") return "not-there";
  act(alert);
  return "done";
}

/** Of one that waits; what is on the screen already can only be skipped. */
function hide(turn: Turn, id: string, what: "hide-message" | "hide-name"): ControlOutcome {
  const alert = turn.alert(id);
  if (alert?.state !== "queued" && alert?.state !== "held") return "not-there";
  turn.put(hidden(alert, what));
  return "done";
}

function clear(turn: Turn, by: string): ControlOutcome {
  remember(turn, []);
  turn.set({ sweep: { upTo: turn.now, to: "skipped", why: "cleared", by } });
  return "done";
}

function panic(turn: Turn, by: string): ControlOutcome {
  const { showing } = turn.state;
  if (showing !== null) turn.finish(showing.alert, "skipped", { why: "panic", by });
  turn.leaveStage("panic");
  turn.set({ mode: "panic" });
  return "done";
}

function calm(turn: Turn, by: string, queue: "keep" | "count-only"): ControlOutcome {
  if (turn.state.mode !== "panic") return "not-there";
  if (queue === "count-only") turn.set({ sweep: { upTo: turn.now, to: "silent", why: "panic", by } });
  turn.set({ mode: "playing" });
  return "done";
}

function close(turn: Turn, by: string): ControlOutcome {
  const { showing } = turn.state;
  if (showing !== null) turn.finish(showing.alert, "skipped", { why: "stage-removed", by });
  turn.leaveStage("clear");
  turn.set({ mode: "panic", undo: null, sweep: { upTo: turn.now, to: "skipped", why: "stage-removed", by } });
  return "done";
}

function remember(turn: Turn, alerts: readonly Alert[]): void {
  turn.set({ undo: { until: turn.now + undoWithin, alerts: alerts.map(undoable) } });
}

function undo(turn: Turn, by: string): ControlOutcome {
  const { undo } = turn.state;
  if (undo === null || undo.until < turn.now) return "not-there";
  turn.set({ undo: null, sweep: null });
  for (const { id, state, decideBy } of undo.alerts) {
    const alert = turn.alert(id);
    if (alert === undefined || isOpen(alert)) continue;
    turn.put({ ...alert, state, decideBy });
    turn.note(alert, "undone", { by });
  }
  return "done";
}

function actionText(given: Control): string {
  if (given.action === "close") return "remove stage";
  if (given.action === "mute") return given.muted ? "mute" : "unmute";
  if (given.action === "volume") return `volume ${given.volume}`;
  if (given.action === "approve") return `approve ${given.outcome}`;
  if (given.action === "hide") return given.what;
  if (given.action === "again") return `again ${given.when}`;
  return given.action === "calm" ? `calm ${given.queue}` : given.action;
}

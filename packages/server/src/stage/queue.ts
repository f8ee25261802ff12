import type { Money } from "../core/money.ts";
import { moneyOf } from "../core/money.ts";
import type { Alert } from "./alert.ts";
import { isHeld } from "./on-air.ts";
import type { Part, Showing, Undo } from "./stage.ts";
import type { Turn } from "./turn.ts";

/** Late ones wait so long for others that came late too, milliseconds: then they are summed up together. */
const gatherLate = 2000;

/** What a page may take on top of the longest time on screen, to load and to leave: then its lease is over. */
const leaseSlack = 8000;

/** Of a cleared queue so many can be taken back. */
const mostUndone = 500;

/** Decides what nobody decided in time. */
export function decideOverdue(turn: Turn): void {
  for (const alert of turn.inState("held")) {
    if (alert.decideBy === null || alert.decideBy > turn.now) continue;
    const { undecided } = turn.settings.safety;
    if (undecided === "reject") turn.finish(alert.id, "rejected", { why: "undecided" });
    else release(turn, alert, undecided === "show" ? "show" : "hide-message", { why: "undecided" });
  }
}

export type Outcome = "show" | "hide-message" | "hide-name";

/** Lets a held alert into the queue, at the place where it would have been. `hide-name` hides the message too. */
export function release(turn: Turn, alert: Alert, outcome: Outcome, facts: { why?: "undecided"; by?: string }): void {
  turn.put({ ...hidden(alert, outcome), state: "queued", decideBy: null });
  turn.note(alert, "queued", facts);
}

export function hidden(alert: Alert, outcome: Outcome): Alert {
  if (outcome === "show") return alert;
  const name = outcome === "hide-name" ? null : alert.content.name;
  const avatarUrl = outcome === "hide-name" ? null : alert.content.avatarUrl;
  return { ...alert, content: { ...alert.content, name, avatarUrl, message: "", messageKind: "text" } };
}

/** Ends what waited when the queue was cleared, as far as it was read. `true`: there may be more of it. */
export function sweep(turn: Turn): boolean {
  const { sweep } = turn.state;
  if (sweep === null) return false;
  const held = sweep.why === "stage-removed" ? turn.inState("held") : [];
  const swept = [...turn.inState("queued"), ...held].filter(({ queuedAt }) => queuedAt <= sweep.upTo);
  for (const alert of swept) turn.finish(alert.id, sweep.to, { why: sweep.why, by: sweep.by });
  const { undo } = turn.state;
  if (undo !== null && sweep.to === "skipped") {
    turn.set({ undo: { ...undo, alerts: [...undo.alerts, ...swept.map(undoable)].slice(0, mostUndone) } });
  }
  if (swept.length === 0) turn.set({ sweep: null });
  return swept.length > 0;
}

/** What an alert is taken back to: one that was on the stage waits again. */
export function undoable({ id, state, decideBy }: Alert): Undo["alerts"][number] {
  return { id, state: state === "held" ? "held" : "queued", decideBy };
}

/** Takes the next alert onto the stage if it may begin. `true`: it sums up, and there may be more of that first. */
export function takeNext(turn: Turn): boolean {
  const { mode, showing, nextAt, screens } = turn.state;
  const attended = screens.filter(({ leader }) => leader !== null);
  if (mode !== "playing" || showing !== null || turn.now < nextAt || attended.length === 0) return false;
  if (!isHeld(turn) && sumUpLate(turn)) return true;
  const next = free(turn).find((alert) => isRipe(turn, alert));
  if (next === undefined) return false;
  lease(turn, mergeSmall(turn, next));
  return false;
}

/** When the next alert may begin as far as time decides it; `null`: nothing waits for a time. */
export function nextBeginning(turn: Turn): number | null {
  const times = free(turn).map((alert) => Math.max(turn.state.nextAt, ripeAt(turn, alert)));
  return times.length === 0 ? null : Math.min(...times);
}

/** What waits and may begin. Until OBS streams, where that is to be awaited, only what somebody asked for. */
function free(turn: Turn): readonly Alert[] {
  const waiting = turn.inState("queued");
  return isHeld(turn) ? waiting.filter(isAskedFor) : waiting;
}

function isAskedFor({ test, again }: Alert): boolean {
  return test || again;
}

/** Notes of each alert, once, that it waits for OBS to stream. */
export function tellHeld(turn: Turn): void {
  if (!isHeld(turn)) return;
  for (const alert of turn.inState("queued")) {
    if (isAskedFor(alert) || alert.toldHeld === true) continue;
    turn.put({ ...alert, toldHeld: true });
    turn.note(alert, "queued", { why: "not-live" });
  }
}

function ripeAt(turn: Turn, alert: Alert): number {
  return isLate(turn, alert) && turn.settings.late.late === "sum-up" ? alert.queuedAt + gatherLate : 0;
}

function isRipe(turn: Turn, alert: Alert): boolean {
  return turn.now >= ripeAt(turn, alert);
}

/** It came late, or waited too long while no screen was there. */
function isLate(turn: Turn, alert: Alert): boolean {
  if (alert.test || alert.again || alert.begun > 0) return false;
  const { absence } = turn.state;
  const waited = (absence.to ?? turn.now) - Math.max(alert.queuedAt, absence.from);
  return alert.content.late || waited > turn.settings.late.lateAfterSeconds * 1000;
}

/** Several late ones become one summary, or count only, as the settings say. `true`: some did. */
function sumUpLate(turn: Turn): boolean {
  const { late: policy } = turn.settings.late;
  const late = turn.inState("queued").filter((alert) => isLate(turn, alert) && isRipe(turn, alert));
  if (policy === "count-only") {
    for (const alert of late) turn.finish(alert.id, "silent", { why: "late" });
    return late.length > 0;
  }
  const summary = late.find(({ content }) => content.kind === "summary");
  const others = late.filter((alert) => alert !== summary);
  if (policy === "play" || others.length === 0 || late.length === 1) return false;
  const into = summary ?? emptySummary(turn, others[0] as Alert);
  for (const { id } of others) turn.finish(id, "summarised", { why: "absence", by: into.id }, { into: into.id });
  turn.put(withMore(into, others));
  if (summary === undefined) turn.note(into, "queued");
  return true;
}

function emptySummary(turn: Turn, first: Alert): Alert {
  const content = { ...first.content, kind: "summary" as const, tier: "medium" as const, variation: null, name: null };
  return {
    ...first,
    id: `x${turn.number()}`,
    event: null,
    heard: [],
    sound: true,
    content: { ...content, amount: null, stated: null, message: "", messageKind: "text", avatarUrl: null, late: true },
  };
}

/** A small donation among many takes the other small ones along. */
function mergeSmall(turn: Turn, alert: Alert): Alert {
  const { mergeOver } = turn.settings.late;
  if (mergeOver === null || turn.queued <= mergeOver || !isSmall(alert)) return alert;
  const others = turn.inState("queued").filter((other) => other.id !== alert.id && isSmall(other));
  if (others.length === 0) return alert;
  for (const { id } of others) turn.finish(id, "merged", { why: "flood", by: alert.id }, { into: alert.id });
  return withMore(alert, others);
}

function isSmall({ test, again, begun, content }: Alert): boolean {
  return !test && !again && begun === 0 && content.kind === "donation" && content.tier === "small";
}

function withMore(alert: Alert, others: readonly Alert[]): Alert {
  const totals = new Map<string, Money>();
  let count = alert.content.more?.count ?? 0;
  const add = (money: Money) => {
    const key = `${money.currency}/${money.exponent}`;
    totals.set(key, moneyOf((totals.get(key)?.minor ?? 0) + money.minor, money.exponent, money.currency));
  };
  for (const money of alert.content.more?.totals ?? []) add(money);
  for (const { content } of others) {
    count += (content.kind === "summary" ? 0 : 1) + (content.more?.count ?? 0);
    for (const money of [...(content.amount === null ? [] : [content.amount]), ...(content.more?.totals ?? [])])
      add(money);
  }
  return { ...alert, content: { ...alert.content, more: { count, totals: [...totals.values()] } } };
}

function lease(turn: Turn, alert: Alert): void {
  const parts = turn.state.screens.flatMap(({ id, leader }): Part[] =>
    leader === null ? [] : [{ screen: id, copy: leader.copy, status: "sent", sentAt: turn.now, goneAt: 0, begun: 0 }],
  );
  const showing: Showing = {
    id: `${alert.id}~${turn.number()}`,
    alert: alert.id,
    deadline: leaseUntil(turn),
    begunBefore: alert.begun,
    parts,
    sound: alert.sound ? soundScreen(turn, parts) : null,
  };
  turn.set({ showing });
  turn.put({
    ...alert,
    state: "leased",
    leases: alert.leases + 1,
    content: { ...alert.content, late: isLate(turn, alert) },
  });
  for (const { screen } of parts) turn.note(alert, "leased", { screen: turn.screenName(screen) });
}

/** When a lease that begins now is over, whatever becomes of it. */
export function leaseUntil({ now, settings }: Turn): number {
  return now + settings.time.most * 1000 + leaseSlack;
}

/** The chosen screen if it takes part, else the first that does. */
function soundScreen({ settings }: Turn, parts: readonly Part[]): number | null {
  const chosen = parts.find(({ screen }) => screen === settings.soundScreen);
  return (chosen ?? parts[0])?.screen ?? null;
}

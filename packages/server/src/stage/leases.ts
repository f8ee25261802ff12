import type { Alert } from "./alert.ts";
import { isOpen } from "./alert.ts";
import { leaseUntil } from "./queue.ts";
import type { Cause } from "./receipts.ts";
import type { Part, Showing } from "./stage.ts";
import type { Turn } from "./turn.ts";

/** What a page says of a showing, in whatever order and however often. */
export interface Report {
  readonly kind: "report";
  readonly screen: number;
  readonly copy: string;
  readonly showing: string;
  /** When it happened by the page's clock: the same report has the same time, however often it comes. */
  readonly at: number;
  /** When it happened by the server's clock, as far as that is known; otherwise just now. */
  readonly happenedAt?: number | undefined;
  readonly what:
    | { readonly type: "started"; readonly visible: boolean }
    /** Milliseconds on screen, and how many of them visible. */
    | { readonly type: "finished"; readonly shown: number; readonly visible: number }
    | { readonly type: "failed" };
}

/** A page that is connected and has not begun after so long will not, milliseconds. */
const beginWithin = 5000;

/** Where another screen has finished, a page that went away is waited for so long: a node's death costs no more. Milliseconds. */
const backWithin = 6000;

/** How often an alert may begin to play: once, and once more where its page went away. */
const mostBegun = 2;

/** How many leases it may have in all: what makes every page crash before it begins must not keep the stage for ever. */
const mostLeases = 3;

/** Takes a report of this or an earlier showing; the same one again changes nothing. */
export function report(turn: Turn, given: Report): void {
  const alert = turn.alert(alertOf(given.showing));
  if (alert === undefined) return;
  const mark = `${given.showing.slice(given.showing.indexOf("~"))}/${given.screen}/${given.copy}/${given.what.type}/`;
  const isKnown = alert.heard.some((each) => each.startsWith(mark)) && !beginsAnew(turn, given);
  if (isKnown || alert.heard.includes(mark + given.at)) return;
  turn.put({ ...alert, heard: [...alert.heard, mark + given.at].slice(-24) });
  const isCurrent = turn.state.showing?.id === given.showing;
  if (given.what.type === "started") begun(turn, given, isCurrent);
  else if (given.what.type === "finished") finished(turn, given, isCurrent);
  else if (isCurrent) failed(turn, given);
}

/** A page that had begun, lost the lead and has it again begins a second time. */
function beginsAnew({ state: { showing } }: Turn, { showing: id, screen, copy, what }: Report): boolean {
  const part = showing?.id === id ? showing.parts.find((each) => each.screen === screen) : undefined;
  return what.type === "started" && part?.copy === copy && part.status === "sent";
}

/** The alert that a showing shows. */
export function alertOf(showing: string): string {
  return showing.slice(0, Math.max(0, showing.lastIndexOf("~")));
}

/**
 * A screen's new leader plays what is on the stage, unless the screen is done with it. What had begun is shown once more, with
 * a lease of its own; what had not has the time that is left.
 */
export function takeOver(turn: Turn, screen: number, copy: string): void {
  const { showing } = turn.state;
  const part = showing?.parts.find((each) => each.screen === screen);
  if (showing === null || (part?.status !== "sent" && part?.status !== "started")) return;
  if (part.copy === copy) {
    // It was hidden or away, and has its time to begin from now on.
    setPart(turn, { ...part, goneAt: 0, sentAt: part.status === "sent" ? turn.now : part.sentAt });
    return;
  }
  const alert = turn.alert(showing.alert);
  if (alert === undefined) return;
  if (part.status === "started") {
    if (showing.begunBefore + part.begun >= mostBegun) {
      setPart(turn, { ...part, status: "lost" });
      conclude(turn);
      return;
    }
    turn.setShowing({ deadline: leaseUntil(turn) });
    turn.note(alert, "again", { screen: turn.screenName(screen) });
  }
  setPart(turn, { ...part, copy, status: "sent", sentAt: turn.now, goneAt: 0 });
}

/** Notes that the page which plays on that screen is gone. It may come back, or another one take over, until the lease ends. */
export function loseParts(turn: Turn, screen: number, why: Cause): void {
  const { showing } = turn.state;
  const part = showing?.parts.find((each) => each.screen === screen);
  const alert = showing === null ? undefined : turn.alert(showing.alert);
  if (alert === undefined || (part?.status !== "sent" && part?.status !== "started")) return;
  setPart(turn, { ...part, goneAt: turn.now });
  turn.note(alert, "lost", { screen: turn.screenName(screen), why });
}

/** The screen is there no more: the others decide what becomes of the alert. */
export function dropParts(turn: Turn, screen: number): void {
  const part = turn.state.showing?.parts.find((each) => each.screen === screen);
  if (part === undefined || part.status === "finished") return;
  setPart(turn, { ...part, status: "lost" });
  conclude(turn);
}

/** Ends what did not begin, and a lease that is over. */
export function endOverdue(turn: Turn): void {
  const { showing } = turn.state;
  if (showing === null) return;
  for (const part of showing.parts) {
    const isSlow = part.status === "sent" && turn.now >= part.sentAt + beginWithin && isPresent(turn, part);
    if (!isSlow) continue;
    setPart(turn, { ...part, status: "failed" });
    note(turn, showing, "lost", part, "not-started");
  }
  if (turn.now >= (nobodyLeft(showing) ?? Number.POSITIVE_INFINITY)) loseOpen(turn);
  conclude(turn);
  if (turn.state.showing !== null && turn.now >= showing.deadline) endLease(turn, turn.state.showing);
}

/** When something of the showing is overdue; `null`: nothing is on the stage. */
export function nextOverdue(turn: Turn): number | null {
  const { showing } = turn.state;
  if (showing === null) return null;
  const waiting = showing.parts.filter((part) => part.status === "sent" && isPresent(turn, part));
  const begins = waiting.map(({ sentAt }) => sentAt + beginWithin);
  return Math.min(showing.deadline, nobodyLeft(showing) ?? showing.deadline, ...begins);
}

/** When those that have finished decide, as nobody plays any more; `null`: somebody does, or none has finished. */
function nobodyLeft({ parts }: Showing): number | null {
  const open = parts.filter(isOpenPart);
  const isOver = parts.some(({ status }) => status === "finished") && open.every(({ goneAt }) => goneAt > 0);
  return isOver && open.length > 0 ? Math.max(...open.map(({ goneAt }) => goneAt)) + backWithin : null;
}

function isOpenPart({ status }: Part): boolean {
  return status === "sent" || status === "started";
}

function loseOpen(turn: Turn): void {
  for (const part of turn.state.showing?.parts ?? []) {
    if (isOpenPart(part)) setPart(turn, { ...part, status: "lost" });
  }
}

function begun(turn: Turn, given: Report, isCurrent: boolean): void {
  const { showing: id, screen, copy, what } = given;
  const alert = turn.alert(alertOf(id)) as Alert;
  const visible = what.type === "started" ? what.visible : null;
  turn.note(alert, "started", { screen: turn.screenName(screen), visible, at: timeOf(turn, alert, given) });
  const { showing } = turn.state;
  const part = showing?.parts.find((each) => each.screen === screen);
  if (!isCurrent || showing === null || part?.copy !== copy || part.status !== "sent") return;
  setPart(turn, { ...part, status: "started", begun: part.begun + 1 });
  turn.put({ ...alert, state: "showing", begun: Math.max(alert.begun, showing.begunBefore + part.begun + 1) });
}

function finished(turn: Turn, given: Report, isCurrent: boolean): void {
  if (given.what.type !== "finished") return;
  const alert = turn.alert(alertOf(given.showing)) as Alert;
  const visible = given.what.visible * 2 >= given.what.shown;
  const screen = turn.screenName(given.screen);
  const at = timeOf(turn, alert, given);
  turn.note(alert, "finished", { screen, visible, at });
  if (!isOpen(alert)) return;
  const part = turn.state.showing?.parts.find((each) => each.screen === given.screen);
  if (isCurrent && part !== undefined && turn.state.showing?.alert === alert.id) {
    setPart(turn, { ...part, status: "finished" });
    conclude(turn, visible, at);
    return;
  }
  // Given up since; its page came back and had finished it.
  turn.finish(alert.id, "shown", { screen, visible, why: "finished-after-all", at });
  if (turn.state.showing?.alert === alert.id) turn.leaveStage("finished");
}

function failed(turn: Turn, given: Report): void {
  const part = turn.state.showing?.parts.find((each) => each.screen === given.screen);
  if (part === undefined || part.copy !== given.copy || part.status === "finished") return;
  setPart(turn, { ...part, status: "failed" });
  note(turn, turn.state.showing as Showing, "lost", part, "page-failed");
  conclude(turn);
}

/** For the receipt: a report that had to wait for a connection says when it was so. */
function timeOf({ now }: Turn, { queuedAt }: Alert, { happenedAt = now }: Report): number {
  return Math.min(now, Math.max(queuedAt, happenedAt));
}

/** The first screen that has not dropped out decides; without any left the alert failed, or is shown again. */
function conclude(turn: Turn, visible: boolean | null = null, at = turn.now): void {
  const { showing } = turn.state;
  if (showing === null) return;
  const decider = showing.parts.find(({ status }) => status !== "failed" && status !== "lost");
  if (decider === undefined) {
    giveUp(turn, showing);
    return;
  }
  if (decider.status !== "finished") return;
  turn.finish(showing.alert, "shown", { screen: turn.screenName(decider.screen), visible, at });
  turn.leaveStage("finished");
}

/** The hard limit: a page that is there and did not finish is given up; one that went away gets a second chance. */
function endLease(turn: Turn, showing: Showing): void {
  const stuck = showing.parts.find((part) => part.status === "started" && isPresent(turn, part));
  if (stuck === undefined) {
    // What one screen finished is not shown again.
    loseOpen(turn);
    conclude(turn);
    return;
  }
  turn.finish(showing.alert, "expired", { screen: turn.screenName(stuck.screen), why: "overlong" });
  turn.leaveStage("clear");
}

function giveUp(turn: Turn, showing: Showing): void {
  const alert = turn.alert(showing.alert);
  turn.leaveStage("moved");
  if (alert === undefined || !isOpen(alert)) return;
  const allFailed = showing.parts.every(({ status }) => status === "failed");
  if (allFailed || alert.begun >= mostBegun || alert.leases >= mostLeases) {
    turn.finish(alert.id, "failed", { why: allFailed ? "page-failed" : "closed" });
    return;
  }
  turn.put({ ...alert, state: "queued", rank: turn.firstRank });
  turn.note(alert, "again", { why: "closed" });
}

/** Whether the page that plays a part is the one that leads its screen: connected, and answering. */
function isPresent({ state }: Turn, { screen, copy }: Part): boolean {
  return state.screens.find(({ id }) => id === screen)?.leader?.copy === copy;
}

function setPart(turn: Turn, part: Part): void {
  const parts = turn.state.showing?.parts ?? [];
  turn.setShowing({ parts: parts.map((each) => (each.screen === part.screen ? part : each)) });
}

function note(turn: Turn, showing: Showing, step: "lost", { screen }: Part, why: Cause): void {
  const alert = turn.alert(showing.alert);
  if (alert !== undefined) turn.note(alert, step, { screen: turn.screenName(screen), why });
}

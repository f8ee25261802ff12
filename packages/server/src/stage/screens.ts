import type { ControlOutcome } from "./controls.ts";
import { dropParts, loseParts, takeOver } from "./leases.ts";
import { heard, isHeld, isStreaming } from "./on-air.ts";
import type { Cause } from "./receipts.ts";
import type { Leader, Screen } from "./stage.ts";
import type { Turn } from "./turn.ts";

/** A page that could play offers itself for its screen. */
export interface Attending {
  readonly kind: "attend";
  readonly screen: number;
  readonly leader: Leader;
}

/** A page cannot play any more. */
export interface Leaving {
  readonly kind: "leave";
  readonly screen: number;
  readonly copy: string;
  /** The one that ended, or heard of it. */
  readonly connection: number;
  readonly why: Extract<Cause, "hidden" | "closed" | "frozen">;
}

/**
 * Makes a page its screen's leader where there is none, where it is that one come back (over another node, say), or where it is
 * in OBS, the leader is not, and nothing plays. The leader itself says by it that OBS went live, or stopped. A connection that
 * the page has left for a later one says nothing.
 */
export function attend(turn: Turn, { screen: id, leader }: Attending): void {
  const screen = turn.state.screens.find((each) => each.id === id);
  if (screen === undefined) return;
  const isBetter = leader.obs && screen.leader?.obs === false && turn.state.showing === null;
  if (screen.leader !== null && screen.leader.copy !== leader.copy && !isBetter) return;
  if (isLeftBehind(screen, leader) || sameLeader(screen.leader, leader)) return;
  setLeader(turn, screen, leader);
  if (!isSamePage(screen.leader, leader)) takeOver(turn, id, leader.copy);
}

export function leave(turn: Turn, { screen: id, copy, connection, why }: Leaving): void {
  const screen = turn.state.screens.find((each) => each.id === id);
  if (screen?.leader?.copy !== copy || screen.leader.connection > connection) return;
  setLeader(turn, { ...screen, left: { copy, connection } }, null);
  loseParts(turn, id, why);
}

/** The leaders whose nodes are dead are none. `nodes`: sessions, `fence/token`. */
export function forgetNodes(turn: Turn, nodes: readonly string[]): void {
  for (const screen of turn.state.screens) {
    if (screen.leader === null || !nodes.includes(screen.leader.node)) continue;
    setLeader(turn, screen, null);
    loseParts(turn, screen.id, "node-died");
  }
}

/** Adds a screen, names one anew, or removes one. */
export type ScreensChange =
  | { readonly do: "add"; readonly name: string }
  | { readonly do: "rename"; readonly screen: number; readonly name: string }
  | { readonly do: "remove"; readonly screen: number };

export interface ScreensInput {
  readonly kind: "screens";
  readonly change: ScreensChange;
}

/** Two screens of a stage never have the same name. */
export function setScreens(turn: Turn, change: ScreensChange): ControlOutcome {
  const { screens } = turn.state;
  const isTaken = change.do !== "remove" && screens.some(({ name }) => name === change.name);
  if (isTaken) return "not-there";
  if (change.do === "add") {
    turn.set({ screens: [...screens, { id: turn.number(), name: change.name, leader: null, left: null }] });
    return "done";
  }
  const screen = screens.find(({ id }) => id === change.screen);
  if (screen === undefined) return "not-there";
  if (change.do === "rename") {
    turn.set({ screens: screens.map((each) => (each === screen ? { ...each, name: change.name } : each)) });
    return "done";
  }
  setLeader(turn, screen, null);
  dropParts(turn, screen.id);
  turn.set({ screens: turn.state.screens.filter(({ id }) => id !== screen.id) });
  return "done";
}

function setLeader(turn: Turn, screen: Screen, leader: Leader | null): void {
  turn.set({ screens: turn.state.screens.map((each) => (each.id === screen.id ? { ...screen, leader } : each)) });
}

/** Whether the page has another connection since, as the stage knows: what its node has of this one is a dead end. */
export function isLeftBehind(
  { leader, left }: Screen,
  { copy, connection }: Pick<Leader, "copy" | "connection">,
): boolean {
  return [leader, left].some((known) => known?.copy === copy && known.connection > connection);
}

function isSamePage(a: Leader | null, b: Leader): boolean {
  return a?.copy === b.copy && a.node === b.node;
}

function sameLeader(a: Leader | null, b: Leader): boolean {
  return isSamePage(a, b) && a?.connection === b.connection && a.obs === b.obs && a.streaming === b.streaming;
}

/** Writes down since when OBS streams, and since when nothing could be shown to anybody. */
export function noteSurroundings(turn: Turn): void {
  const { onAir, absence } = turn.state;
  const heardNow = heard(onAir, isStreaming(turn.state), turn.now);
  if (heardNow !== onAir) turn.set({ onAir: heardNow });
  const isAway = isHeld(turn) || turn.state.screens.every(({ leader }) => leader === null);
  if (isAway === (absence.to === null)) return;
  turn.set({ absence: isAway ? { from: turn.now, to: null } : { ...absence, to: turn.now } });
}

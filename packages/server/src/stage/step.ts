import { type Controlling, type ControlOutcome, control, namedBy } from "./controls.ts";
import { alertOf, endOverdue, nextOverdue, type Report, report } from "./leases.ts";
import { decideOverdue, nextBeginning, sweep, takeNext, tellHeld } from "./queue.ts";
import {
  type Attending,
  attend,
  forgetNodes,
  type Leaving,
  leave,
  noteSurroundings,
  type ScreensInput,
  setScreens,
} from "./screens.ts";
import type { StageChange, StageState, StageView } from "./stage.ts";
import { Turn } from "./turn.ts";

/** Time passed. `dead`: sessions of nodes that have ended, `fence/token`. */
export interface Tick {
  readonly kind: "tick";
  readonly dead: readonly string[];
}

export type Input = Attending | Leaving | Report | Controlling | ScreensInput | Tick;

export interface Stepped {
  /** `undefined`: nothing changes. */
  readonly change: StageChange | undefined;
  readonly outcome: ControlOutcome;
  /** There is more to do at once than was read: step again with a fresh view. */
  readonly more: boolean;
  /** When time alone changes something, milliseconds since 1970; `null`: never. */
  readonly wakeAt: number | null;
}

/**
 * One turn of a stage: what `input` changes, then what is due. Pure: the same view, input and time give the same change, and
 * the store takes it only if the stage is still as it was read.
 */
export function step(view: StageView, input: Input, now: number): Stepped {
  const turn = new Turn(view, now);
  // What is over is over, though nobody was there to say so: no control finds it open.
  decideOverdue(turn);
  const outcome = apply(turn, input);
  noteSurroundings(turn);
  endOverdue(turn);
  decideOverdue(turn);
  tellHeld(turn);
  const more = sweep(turn) || takeNext(turn);
  return { change: turn.change, outcome, more, wakeAt: wakeAt(turn) };
}

/** The alerts that a view has to hold for this input, besides those that it always does. */
export function needed(input: Input, state: StageState | undefined): readonly string[] {
  if (input.kind === "report") return [alertOf(input.showing)];
  if (input.kind !== "control") return [];
  if (input.control.action === "undo") return state?.undo?.alerts.map(({ id }) => id) ?? [];
  return namedBy(input.control);
}

function apply(turn: Turn, input: Input): ControlOutcome {
  switch (input.kind) {
    case "attend":
      attend(turn, input);
      return "done";
    case "leave":
      leave(turn, input);
      return "done";
    case "report":
      report(turn, input);
      return "done";
    case "tick":
      forgetNodes(turn, input.dead);
      return "done";
    case "screens":
      return setScreens(turn, input.change);
    case "control":
      return control(turn, input);
  }
}

function wakeAt(turn: Turn): number | null {
  const reviews = turn.inState("held").flatMap(({ decideBy }) => (decideBy === null ? [] : [decideBy]));
  const isAttended = turn.state.screens.some(({ leader }) => leader !== null);
  const canBegin = turn.state.mode === "playing" && turn.state.showing === null && isAttended;
  const times = [nextOverdue(turn), canBegin ? nextBeginning(turn) : null, ...reviews].filter((at) => at !== null);
  return times.length === 0 ? null : Math.min(...times);
}

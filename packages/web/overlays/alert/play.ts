import type { BuiltAlert } from "./build-alert.ts";
import { nextTask } from "./next-task.ts";

/** An alert on screen. */
export interface Play {
  /** Settles once it was painted for the first time, or after a moment in a page that paints nothing. */
  readonly painted: Promise<void>;
  /** Settles when nothing of it is left on the stage. `true`: it was shown to its end. */
  readonly over: Promise<boolean>;
  /** Ends it before its time, with its usual leaving or at once. */
  stop(how: "leave" | "now"): void;
}

/** A hidden page paints no frames. */
const paintsWithin = 250;

/** Lets an alert enter, turns its pages and lets it leave. `ends`: milliseconds until each page gives way. */
export function play(alert: BuiltAlert, ends: readonly number[], exit: number): Play {
  const began = performance.now();
  const over = Promise.withResolvers<boolean>();
  let timer: ReturnType<typeof setTimeout>;
  let leaving = false;

  function showPage(page: number): void {
    alert.turnTo(page);
    timer = setTimeout(next, began + (ends[page] ?? 0) - performance.now(), page + 1);
  }
  function next(page: number): void {
    if (page < ends.length) showPage(page);
    else leave(true);
  }
  function leave(toTheEnd: boolean): void {
    leaving = true;
    clearTimeout(timer);
    alert.leave();
    timer = setTimeout(remove, exit, toTheEnd);
  }
  function remove(toTheEnd: boolean): void {
    clearTimeout(timer);
    alert.remove();
    over.resolve(toTheEnd);
  }

  alert.enter();
  showPage(0);
  return {
    painted: firstPaint(),
    over: over.promise,
    stop(how) {
      if (how === "now") remove(false);
      else if (!leaving) leave(false);
    },
  };
}

/** What is posted from an animation frame is heard when that frame has been handed on to be drawn. */
function firstPaint(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, paintsWithin);
    requestAnimationFrame(() => void nextTask().then(resolve));
  });
}

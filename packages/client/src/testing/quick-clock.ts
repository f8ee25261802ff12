import type { Clock } from "../clock.ts";

/** Milliseconds that a turn of the event loop counts for at most. */
const longestTurn = 2;

/**
 * A clock that runs `times` as quick: 60 seconds of waiting are over in 60 / `times`. It stands while the process does:
 * a deadline of 10 seconds leaves the sockets their turns even where the machine gives this process none for a while.
 */
export function quickClock(times: number): Clock {
  const waiting = new Map<symbol, { readonly due: number; readonly call: () => void }>();
  let now = 0;
  let lookedAt = 0;
  let ticking: ReturnType<typeof setInterval> | undefined;

  function cancel(timer: symbol): void {
    if (!waiting.delete(timer) || waiting.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  }

  function tick(): void {
    const realNow = performance.now();
    now += Math.min(realNow - lookedAt, longestTurn) * times;
    lookedAt = realNow;
    const due = [...waiting].filter(([, timer]) => timer.due <= now).sort(([, a], [, b]) => a.due - b.due);
    for (const [timer, { call }] of due) {
      // One that was called before may have cancelled it.
      if (!waiting.has(timer)) continue;
      cancel(timer);
      call();
    }
  }

  return {
    now: () => now,
    after(ms, call) {
      const timer = Symbol("timer");
      waiting.set(timer, { due: now + ms, call });
      if (ticking === undefined) {
        lookedAt = performance.now();
        ticking = setInterval(tick, 1);
      }
      return () => cancel(timer);
    },
  };
}

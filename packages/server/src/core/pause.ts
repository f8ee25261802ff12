import type { Clock } from "./clock.ts";

/** Resolves after `ms`, or at once when `signal` is aborted: look at it afterwards. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const ended = () => {
      cancel();
      signal.removeEventListener("abort", ended);
      resolve();
    };
    const cancel = clock.after(ms, ended);
    signal.addEventListener("abort", ended);
  });
}

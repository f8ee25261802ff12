/** Time as a parameter: the real one in `main.ts`, one that a test turns by hand elsewhere. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once, after what else is waiting had its turn. */
  soon(call: () => void): void;
  /** Calls back once after `ms`; returns how to prevent it. */
  after(ms: number, call: () => void): () => void;
  /** Calls back every `ms`; returns how to stop it. */
  every(ms: number, call: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  soon: (call) => void setImmediate(call),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
  every(ms, call) {
    const timer = setInterval(call, ms);
    return () => clearInterval(timer);
  },
};

/** ISO 8601 with milliseconds and Z. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

export interface Pace {
  readonly perSecond: number;
  readonly seconds: number;
}

/** Calls back evenly, as near to the plan as timers of a millisecond go, and never less often for being late. */
export function pace({ perSecond, seconds }: Pace, each: (i: number) => void): Promise<void> {
  const total = perSecond * seconds;
  const begun = performance.now();
  let done = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(total, Math.floor(((performance.now() - begun) * perSecond) / 1000));
      while (done < due) each(done++);
      if (done < total) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
}

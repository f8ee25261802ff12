const day = 86_400_000;

/** "14:02:11" for what is younger than a day, with its date otherwise; a `time` element's text. */
export function timeText(iso: string, locale: string, now = Date.now()): string {
  const time = new Date(iso);
  const isNear = Math.abs(now - time.getTime()) < day;
  return time.toLocaleString(locale, isNear ? { timeStyle: "medium" } : { dateStyle: "medium", timeStyle: "short" });
}

/** A time of day in the time zone of whoever looks. */
export function clockTime(iso: string): string {
  const time = new Date(iso);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(":");
}

/** The same, with the date where it is another day than `now` (milliseconds since 1970). */
export function momentText(iso: string, now: number): string {
  const time = new Date(iso);
  const isToday = time.toDateString() === new Date(now).toDateString();
  const date = [time.getFullYear(), twoDigits(time.getMonth() + 1), twoDigits(time.getDate())].join("-");
  return isToday ? clockTime(iso) : `${date} ${clockTime(iso)}`;
}

function twoDigits(part: number): string {
  return String(part).padStart(2, "0");
}

/** What a server does with an event, and with what it made of it: each can be cut off before and after. */
export const subjects = ["append", "commit", "acknowledgement", "ring", "send", "cursor store"] as const;

export type CrashPoint = `${"before" | "after"} ${(typeof subjects)[number]}`;

export const crashPoints: readonly CrashPoint[] = subjects.flatMap(
  (subject) => [`before ${subject}`, `after ${subject}`] as const,
);

/** The environment of a server that is to end at the `pass`-th time it comes to `point`, which it says in the file `note`. */
export function crashingAt(point: CrashPoint, pass: number, note: string): Readonly<Record<string, string>> {
  return { CRASH_AT: point, CRASH_PASS: String(pass), CRASH_NOTE: note };
}

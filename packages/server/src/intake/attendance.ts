import type { SourceSession } from "./source.ts";

/**
 * Until when a platform without history was listened to. It is noted with the connection, so that the next run, on whatever
 * node, can say what nobody heard.
 */
export class Attendance {
  readonly #session: SourceSession;

  constructor(session: SourceSession) {
    this.#session = session;
  }

  /** From `now` on nothing is missed; what was since the last note is told as a gap. */
  begin(now: number): Promise<void> {
    const until = Number(this.#session.memory);
    if (until > 0 && until < now) this.#session.gap(until, now);
    return this.note(now);
  }

  /** Everything that was said until `time` (milliseconds) is stored. A note that fails only makes the next gap larger. */
  async note(time: number): Promise<void> {
    await this.#session.remember(String(time)).catch(() => false);
  }
}

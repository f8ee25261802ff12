import { parseExact } from "./exact-json.ts";
import { fieldsOf, integerOf, textOf } from "./fields.ts";
import type { SourceSession } from "./source.ts";

/**
 * Until when a platform was listened to without a break. It is noted with the connection, so that the next run, on whatever
 * node, knows what nobody heard.
 */
export class Attendance {
  readonly #session: SourceSession;
  #until: number | undefined;
  #place: string;

  constructor(session: SourceSession) {
    const memory = fieldsOf(parseExact(session.memory, new Set()));
    this.#session = session;
    this.#until = integerOf(memory?.until);
    this.#place = textOf(memory?.place);
  }

  /** Everything that was said until then is stored; milliseconds. `undefined`: it was never listened to. */
  get until(): number | undefined {
    return this.#until;
  }

  /** Where reading the platform's list goes on. */
  get place(): string {
    return this.#place;
  }

  /** A note that fails only means that more is taken for missed. */
  async note(until: number, place = this.#place): Promise<void> {
    this.#until = until;
    this.#place = place;
    await this.#session.remember(JSON.stringify({ until, place })).catch(() => false);
  }
}

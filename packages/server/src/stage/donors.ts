import type { LogRecord } from "../core/record.ts";
import type { EventLog } from "../log/event-log.ts";
import type { Stages } from "./stages.ts";

/** Records that are looked through by one transaction. */
const together = 500;

/** The donor of a donation, the same however the name is spelled in capitals; `undefined`: anonymous, a test, no donation. */
export function donorOf({ kind, event }: LogRecord): string | undefined {
  const isGift = kind === "event" && event.type === "donation" && !event.test;
  const name = event.name
    ?.normalize("NFKC")
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, "")
    .toLowerCase()
    .slice(0, 200);
  return isGift && name ? name : undefined;
}

/** At a time so many of these, so that a long history keeps no alert waiting. */
const portions = 10;

/** Knows who gave to a channel before: from its oldest record on, behind the alerts, which never wait for it. */
export class Donors {
  readonly #stages: Stages;
  readonly #log: EventLog;

  constructor(stages: Stages, log: EventLog) {
    this.#stages = stages;
    this.#log = log;
  }

  /** Looks through what is new, or the next portions of a history. */
  async catchUp(channel: number): Promise<void> {
    for (let portion = 0; portion < portions; portion++) if (!(await this.#step(channel))) return;
  }

  /** Which of the records are their donors' first donations. None as long as what came before is not looked through. */
  async firstGifts(channel: number, records: readonly LogRecord[]): Promise<ReadonlySet<string>> {
    const before = (records[0]?.offset ?? 0) - 1;
    if (((await this.#stages.donorPosition(channel)) ?? 0) < before) return new Set();
    const donors = [...new Set(records.flatMap((record) => donorOf(record) ?? []))];
    const first = new Map(await this.#stages.firstGifts(channel, donors));
    return new Set(
      records.flatMap((record) => {
        const donor = donorOf(record);
        if (donor === undefined) return [];
        const at = Math.min(first.get(donor) ?? record.offset, record.offset);
        first.set(donor, at);
        return at === record.offset ? [record.id] : [];
      }),
    );
  }

  /** `false`: it has reached the head, or the channel has no stage. */
  async #step(channel: number): Promise<boolean> {
    const from = await this.#stages.donorPosition(channel);
    if (from === undefined) return false;
    const records = await this.#log.read(channel, from, together);
    const last = records.at(-1);
    if (last === undefined) return false;
    const donors = new Map<string, number>();
    for (const record of records) {
      const key = donorOf(record);
      if (key !== undefined && !donors.has(key)) donors.set(key, record.offset);
    }
    const noted = [...donors].map(([key, first]) => ({ key, first }));
    return this.#stages.noteDonors({ channel, from, to: last.offset, donors: noted });
  }
}

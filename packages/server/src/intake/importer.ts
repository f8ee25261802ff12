import type { Clock } from "../core/clock.ts";
import { Refused } from "../core/errors.ts";
import type { Arrival } from "../core/event.ts";
import type { Appended, EventLog } from "../log/event-log.ts";
import { type Decoded, type DecodedOne, each } from "./decoded.ts";

export interface ImportLine {
  readonly line: number;
  readonly text: string;
}

export interface ImportOutcome {
  readonly stored: number;
  readonly duplicates: number;
  /** Handshakes and the like. */
  readonly skipped: number;
  readonly unreadable: readonly { readonly line: number; readonly reason: string }[];
}

/** Reads the lines of one file, which count as one connection. Made anew for each file. */
export type LineReader = (text: string) => Decoded | RestoredReplay;

/** A line of an export that is a replay of an event before it. */
export interface RestoredReplay {
  readonly status: "replay";
  readonly origin: string;
  readonly externalId: string;
  readonly place: { readonly id: string; readonly receivedAt: number };
}

interface OpenFile {
  readonly read: LineReader;
  forget: () => void;
}

/** How long a file may pause between two of its requests. */
const patience = 10 * 60 * 1000;

/** Files that people import, in as many requests as they are long. */
export class Importer {
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #files = new Map<string, OpenFile>();

  constructor(log: EventLog, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** `file` names one file of one channel; `open` makes its reader at its first request. */
  async take(
    channel: number,
    file: string,
    lines: readonly ImportLine[],
    arrival: Arrival,
    open: () => LineReader,
  ): Promise<ImportOutcome> {
    const read = this.#reader(`${channel}/${file}`, open);
    const unreadable: { line: number; reason: string }[] = [];
    const outcomes: Appended[] = [];
    let waiting: Promise<Appended>[] = [];
    let skipped = 0;
    for (const { line, text } of lines) {
      if (text.trim() === "") continue;
      const decoded = read(text);
      if (decoded.status === "replay") {
        // Its event may be among those that wait, and its place is after theirs.
        outcomes.push(...(await Promise.all(waiting)));
        waiting = [];
        const replayed = await this.#replay(channel, decoded, arrival);
        if (replayed === undefined) unreadable.push({ line, reason: orphan });
        else outcomes.push(replayed);
        continue;
      }
      for (const one of each(decoded)) {
        if (one.status === "event") waiting.push(this.#append(channel, one, arrival));
        else if (one.status === "other") skipped++;
        else unreadable.push({ line, reason: one.reason });
      }
    }
    outcomes.push(...(await Promise.all(waiting)));
    const stored = outcomes.filter(({ status }) => status === "appended").length;
    return { stored, duplicates: outcomes.length - stored, skipped, unreadable };
  }

  /** Forgets the files that are open. */
  stop(): void {
    for (const { forget } of this.#files.values()) forget();
    this.#files.clear();
  }

  #append(channel: number, one: DecodedOne & { status: "event" }, arrival: Arrival): Promise<Appended> {
    const { event, raw, place } = one;
    return this.#log.append({ channel, event, arrival, ...(raw !== "" && { raw }), ...(place && { place }) });
  }

  async #replay(channel: number, replay: RestoredReplay, arrival: Arrival): Promise<Appended | undefined> {
    const { origin, externalId, place } = replay;
    const event = await this.#log.lookup(channel, origin, externalId);
    return event && this.#log.replay({ channel, id: event.id, key: `import:${place.id}`, arrival, place });
  }

  #reader(name: string, open: () => LineReader): LineReader {
    const known = this.#files.get(name);
    known?.forget();
    if (known === undefined && this.#files.size >= 100) throw new Refused("too_many_connections", tooMany);
    const file = known ?? { read: open(), forget: () => undefined };
    file.forget = this.#clock.after(patience, () => this.#files.delete(name));
    this.#files.set(name, file);
    return file.read;
  }
}

const orphan = "It is a replay of an event that is not in this channel.";
const tooMany = "A hundred files are being imported already; wait for one to end.";

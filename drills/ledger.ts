/** An event that the feeder wants stored, and what became of it as the feeder knows. */
export interface Entry {
  readonly channel: number;
  /** Unique in the drill. It goes out as the external id and as the message, since Tuniform's frames have no id. */
  readonly name: string;
  /** When it was first sent, and when its acknowledgement was read: milliseconds of this process. */
  sentAt: number;
  acknowledgedAt: number | undefined;
  /** The place that the acknowledgement gave. */
  cursor: string | undefined;
  /** The last kill that left it without an answer. */
  unansweredBy: Kill | undefined;
}

/** One kill of the server. */
export interface Kill {
  readonly number: number;
  /** Appends that were sent and not acknowledged at that moment. */
  readonly inFlight: number;
  /** Of these, how many never got an answer and had to be sent again. */
  unanswered: number;
  /** Of these in turn, how many had been stored all the same: the kill fell between commit and acknowledgement. */
  storedUnanswered: number;
}

/** The feeder's own book of what it sent and what was acknowledged; the server never sees it. */
export class Ledger {
  readonly entries: Entry[] = [];
  readonly #byName = new Map<string, Entry>();
  acknowledged = 0;

  add(channel: number): Entry {
    const entry: Entry = {
      channel,
      name: `c${channel}-${this.entries.length}`,
      sentAt: Number.POSITIVE_INFINITY,
      acknowledgedAt: undefined,
      cursor: undefined,
      unansweredBy: undefined,
    };
    this.entries.push(entry);
    this.#byName.set(entry.name, entry);
    return entry;
  }

  acknowledge(entry: Entry, cursor: string, status: "stored" | "duplicate"): void {
    entry.acknowledgedAt = performance.now();
    entry.cursor = cursor;
    this.acknowledged++;
    if (entry.unansweredBy !== undefined && status === "duplicate") entry.unansweredBy.storedUnanswered++;
  }

  named(name: string): Entry | undefined {
    return this.#byName.get(name);
  }

  ofChannel(channel: number): readonly Entry[] {
    return this.entries.filter((entry) => entry.channel === channel);
  }
}

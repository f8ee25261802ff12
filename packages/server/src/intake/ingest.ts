import type { Arrival } from "../core/event.ts";
import type { Appended, EventLog } from "../log/event-log.ts";
import type { Connection } from "./connection.ts";
import { type Decoded, type DecodedOne, each, unreadable } from "./decoded.ts";
import type { Quarantine, Quarantined, Unread } from "./quarantine.ts";
import type { Taken, TakenItem } from "./source.ts";

type Origin = Pick<Connection, "id" | "channel">;
type ReadEvent = DecodedOne & { readonly status: "event" };

/** What became of a connection's quarantine. */
export interface Reread {
  readonly stored: number;
  /** Read, and in the log already: the platform's list brought them meanwhile. */
  readonly duplicates: number;
  /** Read, and no event. */
  readonly noted: number;
  readonly unreadable: number;
}

/** Characters of what is no event that are kept. */
const noteLength = 16_384;

/** Texts that are read again at a time. */
const pageLength = 200;

/** Where everything that sources bring becomes durable: events in the log, what cannot be read in quarantine. */
export class Ingest {
  readonly #log: EventLog;
  readonly #quarantine: Quarantine;

  constructor(log: EventLog, quarantine: Quarantine) {
    this.#log = log;
    this.#quarantine = quarantine;
  }

  /** As `SourceSession.take`. */
  async take(
    { id, channel }: Origin,
    items: readonly TakenItem[],
    { arrival, replayAfter }: { readonly arrival: Arrival; readonly replayAfter?: number },
  ): Promise<Taken> {
    const events: ReadEvent[] = [];
    const unread: Unread[] = [];
    const notes: { what: string; raw: string }[] = [];
    for (const { decoded, raw } of items) {
      if (decoded.status === "event") events.push({ ...decoded, raw: decoded.raw || raw });
      else if (decoded.status === "unreadable") unread.push({ reason: decoded.reason, raw, arrival });
      else notes.push({ what: decoded.what, raw: raw.slice(0, noteLength) });
    }
    const how = { channel, arrival, ...(replayAfter !== undefined && { replayAfter }) };
    const [appended, quarantined] = await Promise.all([
      Promise.all(events.map(({ event, raw }) => this.#log.append({ ...how, event, raw }))),
      unread.length > 0 ? this.#quarantine.put(id, unread) : 0,
      notes.length > 0 && this.#quarantine.note(id, notes),
    ]);
    return { ...countsOf(appended), quarantined, noted: notes.length };
  }

  /**
   * Reads everything again that the connection has in quarantine, after an upgrade that may know better. What is an event now
   * is `late`, unless it was history. Whatever happens on the way, a text leaves the quarantine only after its commit.
   */
  async reread(origin: Origin, decode: (text: Quarantined) => Decoded): Promise<Reread> {
    const sum = { stored: 0, duplicates: 0, noted: 0, unreadable: 0 };
    let page = await this.#quarantine.list(origin.id, 0, pageLength);
    for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
      for (const text of page) {
        const become = await this.#again(origin, text, decode);
        for (const [what, count] of Object.entries(become)) sum[what as keyof typeof sum] += count;
      }
      page = await this.#quarantine.list(origin.id, last.id, pageLength);
    }
    return sum;
  }

  async #again(origin: Origin, text: Quarantined, decode: (text: Quarantined) => Decoded): Promise<Partial<Reread>> {
    const items = decodedOf(text, decode);
    const readable = items.filter(({ status }) => status !== "unreadable");
    const arrival = text.arrival === "import" ? "import" : "late";
    const taken = await this.take(
      origin,
      readable.map((decoded) => ({ decoded, raw: text.raw })),
      { arrival },
    );
    const { stored, duplicates, noted } = taken;
    const still = items.find((item) => item.status === "unreadable");
    if (still === undefined) await this.#quarantine.remove([text.id]);
    else if (still.reason !== text.reason) await this.#quarantine.reword(text.id, still.reason);
    return { stored, duplicates, noted, unreadable: still === undefined ? 0 : 1 };
  }
}

/** One text that trips its decoder up keeps no other one from being read. */
function decodedOf(text: Quarantined, decode: (text: Quarantined) => Decoded): readonly DecodedOne[] {
  try {
    return each(decode(text));
  } catch (fault) {
    return [unreadable(`It cannot even be looked at: ${fault instanceof Error ? fault.message : String(fault)}`)];
  }
}

function countsOf(appended: readonly Appended[]): Pick<Taken, "stored" | "duplicates"> {
  const stored = appended.filter(({ status }) => status === "appended").length;
  return { stored, duplicates: appended.length - stored };
}

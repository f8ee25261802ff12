import type { LogRecord } from "../core/record.ts";
import type { Encoder } from "./sink.ts";

/** A record in memory with the text that each protocol says it by. */
export class TailRecord {
  readonly record: LogRecord;
  readonly #messages = new Map<Encoder, string | null>();

  constructor(record: LogRecord) {
    this.record = record;
  }

  message(encoder: Encoder): string | null {
    let message = this.#messages.get(encoder);
    if (message === undefined) {
      message = encoder.encode(this.record);
      this.#messages.set(encoder, message);
    }
    return message;
  }

  get bytes(): number {
    return this.record.body.length * 2;
  }
}

/** What a channel keeps in memory and can do without. */
export interface Tail {
  forget(): void;
}

/** Which tails hold how much, oldest first: when all together hold too much, the one that grew longest ago is emptied. */
export class TailBudget {
  readonly #bytes = new Map<Tail, number>();
  #total = 0;

  note(channel: Tail, bytes: number, limit: number): void {
    this.#total += bytes - (this.#bytes.get(channel) ?? 0);
    this.#bytes.delete(channel);
    if (bytes > 0) this.#bytes.set(channel, bytes);
    for (const oldest of this.#bytes.keys()) {
      if (this.#total <= limit || oldest === channel) break;
      oldest.forget();
    }
  }
}

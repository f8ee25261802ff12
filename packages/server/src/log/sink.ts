import type { LogRecord } from "../core/record.ts";

/** How a protocol says a record: one text per record, shared by all its followers. `null`: it says nothing of it. */
export interface Encoder {
  encode(record: LogRecord): string | null;
}

export interface Sink {
  readonly encoder: Encoder;
  /** Takes all messages; `false` means that nothing more may come before `resume()`. */
  write(messages: readonly string[]): boolean;
  /** A record could not be said, or `write` threw: this follower has been stopped. */
  fail(fault: unknown): void;
}

export interface Follower {
  /** The offset of the last record that was given to the sink (or passed over by its encoder). */
  readonly position: number;
  /** The sink has room again. */
  resume(): void;
  stop(): void;
}

import type { Arrival } from "../core/event.ts";

/** A text that may hold an event, and cannot be read. */
export interface Unread {
  /** What is missing, a sentence for a person. */
  readonly reason: string;
  /** What the platform sent. */
  readonly raw: string;
  readonly arrival: Arrival;
}

export interface Quarantined extends Unread {
  readonly id: number;
  readonly connection: number;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
}

/** What a platform said that is no event, and is kept for whoever wants to know. */
export interface Noted {
  readonly what: string;
  readonly raw: string;
  readonly receivedAt: number;
}

/** So many of what is no event are kept of each connection: the newest. */
export const notesKept = 200;

/** What could not be taken for an event, as every store keeps it. Nothing waits for it, and nothing stops for it. */
export interface Quarantine {
  /** Returns how many were not there yet: the same text of a connection is kept once. */
  put(connection: number, unread: readonly Unread[]): Promise<number>;
  /** After the one numbered `after`, in order, at most `limit`. */
  list(connection: number, after: number, limit: number): Promise<readonly Quarantined[]>;
  /** It is still unreadable, for another reason. */
  reword(id: number, reason: string): Promise<void>;
  /** It was read, or a person discards it. */
  remove(ids: readonly number[]): Promise<number>;
  /** Keeps the newest `notesKept`. */
  note(connection: number, notes: readonly Pick<Noted, "what" | "raw">[]): Promise<void>;
  /** Newest first. */
  notes(connection: number): Promise<readonly Noted[]>;
}

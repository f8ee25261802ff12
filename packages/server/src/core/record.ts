import type { Arrival, RecordKind, StreamEvent } from "./event.ts";

export interface RecordPlace {
  readonly channel: number;
  /** 1, 2, 3 … without holes within a channel. */
  readonly offset: number;
  readonly kind: RecordKind;
  /** 24 characters `[a-z0-9]`; a replay has its own. */
  readonly id: string;
  readonly arrival: Arrival;
  /** Milliseconds since 1970, never less than that of the record before it. */
  readonly receivedAt: number;
  /** The id of the event that a replay shows again. */
  readonly replayOf: string | null;
  /**
   * The event's, unique over all channels and small: the base of the int32 id that DonationAlerts' clients need. A replay
   * has that of the event which it shows again.
   */
  readonly number: number;
}

/** An event or its replay, at its place in a channel's log. The event stays JSON text until someone asks for it. */
export class LogRecord implements RecordPlace {
  readonly channel: number;
  readonly offset: number;
  readonly kind: RecordKind;
  readonly id: string;
  readonly arrival: Arrival;
  readonly receivedAt: number;
  readonly replayOf: string | null;
  readonly number: number;
  /** The event as `JSON.stringify(streamEvent)` wrote it. */
  readonly body: string;
  #event: StreamEvent | undefined;

  constructor(place: RecordPlace, body: string) {
    this.channel = place.channel;
    this.offset = place.offset;
    this.kind = place.kind;
    this.id = place.id;
    this.arrival = place.arrival;
    this.receivedAt = place.receivedAt;
    this.replayOf = place.replayOf;
    this.number = place.number;
    this.body = body;
  }

  get event(): StreamEvent {
    this.#event ??= JSON.parse(this.body) as StreamEvent;
    return this.#event;
  }

  /** The id of the event itself, for a replay that of what it shows again. */
  get eventId(): string {
    return this.replayOf ?? this.id;
  }
}

/**
 * A record's id ends in its offset, so that it is found by the index over (channel, offset) and needs none of its own.
 * The letters before it are random: 17 characters of base 36, 87 bits.
 */
export function recordId(offset: number, random: (bytes: Uint8Array<ArrayBuffer>) => void): string {
  const bytes = new Uint8Array(17);
  random(bytes);
  let id = "e";
  for (let i = 1; i < 17; i++) id += alphabet[(bytes[i] ?? 0) % 36];
  return id + offset.toString(36).padStart(7, "0");
}

/** The offset that an id claims, or `undefined` when it is none of our ids. */
export function offsetOfId(id: string): number | undefined {
  return /^e[a-z0-9]{23}$/.test(id) ? Number.parseInt(id.slice(17), 36) : undefined;
}

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

import type { StreamEvent } from "../core/event.ts";

/** One thing that a platform said, read. */
export type DecodedOne =
  | {
      readonly status: "event";
      readonly event: StreamEvent;
      /** The text that the platform sent for this event, `""` when it came from none. */
      readonly raw: string;
      /** Only for a line of our own export: the id and time that its record had. */
      readonly place?: { readonly id: string; readonly receivedAt: number };
    }
  /** Well-formed, and no event: a handshake, a keepalive, a type that we do not know. */
  | { readonly status: "other"; readonly what: string }
  /** It may be an event, but lacks what an event cannot do without. `reason` is a sentence for a person. */
  | { readonly status: "unreadable"; readonly reason: string };

/** One frame or object of a platform. `events`: it held several things, the oldest first. */
export type Decoded = DecodedOne | { readonly status: "events"; readonly items: readonly DecodedOne[] };

export function unreadable(reason: string): DecodedOne {
  return { status: "unreadable", reason };
}

export function other(what: string): DecodedOne {
  return { status: "other", what };
}

/** Everything that was decoded, one by one. */
export function each(decoded: Decoded): readonly DecodedOne[] {
  return decoded.status === "events" ? decoded.items : [decoded];
}

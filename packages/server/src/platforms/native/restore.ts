import { Refused } from "../../core/errors.ts";
import { unreadable } from "../../intake/decoded.ts";
import type { LineReader } from "../../intake/importer.ts";
import { decodeExported } from "./decode.ts";

/** Reads lines of `tipwire export`, or lines with the fields of POST. */
export function exportReader(origin: string, now: () => number): LineReader {
  return (text) => {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return unreadable("This is not a JSON object.");
    }
    try {
      const { kind, event, place } = decodeExported(body, { origin, externalId: crypto.randomUUID(), now: now() });
      if (kind === "event") return { status: "event", event, raw: "", place };
      return { status: "replay", origin: event.origin, externalId: event.externalId, place };
    } catch (fault) {
      if (fault instanceof Refused) return unreadable(fault.message);
      throw fault;
    }
  };
}

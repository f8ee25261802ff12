import { type Fields, fieldsOf, integerOf, textOf } from "../../intake/fields.ts";
import { parseJson } from "./json-stream.ts";
import type { Position } from "./realtime.ts";

/** What a source notes for its next run. */
export interface Memory {
  /** Where the realtime subscription stood after the last donation that was stored. */
  readonly position?: Position;
  /** The newest id in the list when the creator connected: what is not newer is history. */
  readonly boundary?: number;
  /** Up to this id everything in the list was compared with the log. */
  readonly known?: number;
  /** How many donations of the history are imported, counted from the oldest one, and of how many; without it all of them. */
  readonly history?: { readonly done: number; readonly of: number };
  /** The creator's own currency, as their newest donation in it gave it away. */
  readonly currency?: string;
  /** When the platform was last heard, milliseconds since 1970; kept only where nothing can be read back. */
  readonly heardAt?: number;
}

/** What cannot be read is forgotten: the list is compared from the beginning. */
export function readMemory(text: string): Memory {
  const said = fieldsOf(parseJson(text)) ?? {};
  const position = positionOf(fieldsOf(said["position"]));
  const history = historyOf(fieldsOf(said["history"]));
  const [boundary, known, heardAt] = ["boundary", "known", "heardAt"].map((name) => integerOf(said[name]));
  const currency = textOf(said["currency"]);
  return {
    ...(position && { position }),
    ...(boundary !== undefined && { boundary }),
    ...(known !== undefined && { known }),
    ...(history && { history }),
    ...(currency !== "" && { currency }),
    ...(heardAt !== undefined && { heardAt }),
  };
}

export function memoryText(memory: Memory): string {
  return JSON.stringify(memory);
}

function positionOf(said: Fields | undefined): Position | undefined {
  const [seq, gen, epoch] = [integerOf(said?.["seq"]), integerOf(said?.["gen"]), textOf(said?.["epoch"])];
  return seq === undefined || gen === undefined || epoch === "" ? undefined : { epoch, seq, gen };
}

function historyOf(said: Fields | undefined): Memory["history"] {
  const [done, of] = [integerOf(said?.["done"]), integerOf(said?.["of"])];
  return done === undefined || of === undefined ? undefined : { done, of };
}

import type { ImportChunk } from "@tipwire/client";
import type { Line } from "./lines.ts";

export type ImportLine = ImportChunk["lines"][number];

export interface Chunk {
  readonly lines: readonly ImportLine[];
  /** Numbers of lines that are longer than a request may be. */
  readonly tooLong: readonly number[];
  /** The last line's number, and the bytes read up to its end. */
  readonly until: number;
  readonly offset: number;
}

/** Lines of one request. */
const most = 200;
/** Bytes of one request's lines, as JSON. */
export const longest = 512 * 1024;

/** Lines together as they fit into one request each. Blank ones are left out. */
export async function* chunksOf(lines: AsyncIterable<Line>): AsyncGenerator<Chunk, void, undefined> {
  let taken: ImportLine[] = [];
  let tooLong: number[] = [];
  let bytes = 0;
  let last: Line | undefined;

  function chunk(): Chunk {
    const done = { lines: taken, tooLong, until: last?.number ?? 0, offset: last?.offset ?? 0 };
    taken = [];
    tooLong = [];
    bytes = 0;
    return done;
  }

  for await (const line of lines) {
    const text = line.text?.trim();
    const size = text === undefined ? Number.POSITIVE_INFINITY : Buffer.byteLength(JSON.stringify(text));
    const fits = size <= longest;
    if (taken.length === most || (fits && taken.length > 0 && bytes + size > longest)) yield chunk();
    last = line;
    if (text === undefined || !fits) tooLong.push(line.number);
    else if (text !== "") {
      taken.push({ line: line.number, text });
      bytes += size;
    }
  }
  if (last !== undefined) yield chunk();
}

export interface Line {
  /** From 1. */
  readonly number: number;
  /** `null`: longer than allowed. */
  readonly text: string | null;
  /** Bytes read up to its end. */
  readonly offset: number;
}

/**
 * The lines of a file of any size, one at a time. Only a line feed ends a line: JSON may hold U+2028 and U+2029 as they
 * are, at which `node:readline` would cut.
 */
export async function* linesOf(
  input: AsyncIterable<Uint8Array>,
  longest: number,
): AsyncGenerator<Line, void, undefined> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  let offset = 0;
  let number = 0;

  function take(): Line {
    const text = length > longest ? null : Buffer.concat(pieces).toString("utf8");
    pieces = [];
    length = 0;
    number++;
    return { number, text: number === 1 && text !== null ? text.replace(/^\ufeff/, "") : text, offset };
  }

  for await (const bytes of input) {
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      keep(bytes.subarray(start, end));
      offset += end + 1 - start;
      start = end + 1;
      yield take();
    }
    keep(bytes.subarray(start));
    offset += bytes.length - start;
  }
  if (length > 0) yield take();

  /** Of a line that is too long, nothing more is kept. */
  function keep(piece: Uint8Array): void {
    length += piece.length;
    if (length <= longest) pieces.push(piece);
    else pieces = [];
  }
}

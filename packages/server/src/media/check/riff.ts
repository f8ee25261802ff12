import { Pieces } from "./bounds.ts";
import { Bytes, MediaInvalid } from "./bytes.ts";

export interface Chunk {
  /** Four characters. */
  readonly id: string;
  readonly data: Uint8Array;
}

/** Chunks of a file, with those within others. */
export const mostChunks = 20_000;

/** The chunks of a RIFF file of that form, which is as long as it says. */
export function* readRiff(
  file: Uint8Array,
  form: string,
  pieces = new Pieces(mostChunks),
): Generator<Chunk, void, undefined> {
  const bytes = new Bytes(file);
  bytes.skip(4);
  const length = bytes.u32(true);
  const content = new Bytes(bytes.take(length));
  if (length % 2 === 1 && bytes.left > 0) bytes.skip(1);
  bytes.end();
  if (content.text(4) !== form) throw new MediaInvalid(`It is no ${form.trim()} file.`);
  yield* chunksOf(content, pieces);
}

/** The chunks to the end. Each stands at an even place; the byte before it may be missing at the end only. */
export function* chunksOf(bytes: Bytes, pieces: Pieces): Generator<Chunk, void, undefined> {
  while (bytes.left > 0) {
    pieces.add();
    const id = bytes.text(4);
    if (!/^[ -~]{4}$/.test(id)) throw new MediaInvalid("Its parts are not in order.");
    const length = bytes.u32(true);
    const data = bytes.take(length);
    if (length % 2 === 1 && bytes.left > 0) bytes.skip(1);
    yield { id, data };
  }
}

import { checkFrame, checkSize, Frames } from "./bounds.ts";
import { Bytes, MediaInvalid } from "./bytes.ts";

const [extension, image, trailer] = [0x21, 0x2c, 0x3b];
/** Plain text, graphic control, comment, application. */
const extensions: ReadonlySet<number> = new Set([0x01, 0xf9, 0xfe, 0xff]);

/** Walks every block of a GIF to its trailer. */
export function checkGif(file: Uint8Array): { readonly width: number; readonly height: number } {
  const bytes = new Bytes(file);
  bytes.skip(6);
  const [width, height] = [bytes.u16(true), bytes.u16(true)];
  checkSize(width, height);
  const frames = new Frames();
  const packed = bytes.u8();
  bytes.skip(2);
  skipColours(bytes, packed);
  for (;;) {
    const block = bytes.u8();
    if (block === trailer) break;
    if (block === extension) {
      if (!extensions.has(bytes.u8())) throw new MediaInvalid("It has a part that no GIF has.");
    } else if (block === image) {
      const [x, y] = [bytes.u16(true), bytes.u16(true)];
      const frame = { x, y, width: bytes.u16(true), height: bytes.u16(true) };
      checkFrame(frame, { width, height });
      frames.add(frame.width, frame.height);
      skipColours(bytes, bytes.u8());
      const codeSize = bytes.u8();
      if (codeSize < 1 || codeSize > 11) throw new MediaInvalid("Its pixels are packed as in no GIF.");
    } else throw new MediaInvalid("It has a part that no GIF has.");
    skipBlocks(bytes, file);
  }
  bytes.end();
  if (frames.count === 0) throw new MediaInvalid("There is no picture in it.");
  return { width, height };
}

function skipColours(bytes: Bytes, packed: number): void {
  if ((packed & 0x80) !== 0) bytes.skip(3 * 2 ** ((packed & 7) + 1));
}

/** Each begins with its length, the last one has none. There may be millions. */
function skipBlocks(bytes: Bytes, file: Uint8Array): void {
  let at = bytes.at;
  while (at < file.length && file[at] !== 0) at += 1 + (file[at] ?? 0);
  bytes.skip(at + 1 - bytes.at);
}

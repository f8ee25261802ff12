import { checkFrame, checkSize, Frames, Pieces } from "./bounds.ts";
import { Bytes, MediaInvalid } from "./bytes.ts";
import { chunksOf, mostChunks, readRiff } from "./riff.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

const about: ReadonlySet<string> = new Set(["ICCP", "EXIF", "XMP ", "ANIM", "ALPH"]);
const animated = 0x02;

/** Walks every chunk of a WebP, still or animated, and reads the size in each of its pictures. */
export function checkWebp(file: Uint8Array): Size {
  const pieces = new Pieces(mostChunks);
  const chunks = [...readRiff(file, "WEBP", pieces)];
  const [first] = chunks;
  if (first === undefined) throw new MediaInvalid("There is no picture in it.");
  if (first.id !== "VP8X") {
    if (chunks.length > 1) throw new MediaInvalid("It has parts that a plain WebP has not.");
    return sizeOfPicture(first.id, first.data);
  }
  const header = new Bytes(first.data);
  const flags = header.u8();
  header.skip(3);
  const canvas = { width: header.u24le() + 1, height: header.u24le() + 1 };
  checkSize(canvas.width, canvas.height);
  const frames = new Frames();
  for (const { id, data } of chunks.slice(1)) {
    if (about.has(id)) continue;
    const isFrame = id === "ANMF";
    if (isFrame !== ((flags & animated) !== 0)) throw new MediaInvalid("Its animation is not in order.");
    const size = isFrame ? sizeOfFrame(data, canvas, pieces) : sizeOfPicture(id, data);
    if (!isFrame && !isSame(size, canvas)) throw new MediaInvalid("It does not have the size that it says.");
    frames.add(size.width, size.height);
  }
  const pictures = frames.count;
  if (pictures === 0) throw new MediaInvalid("There is no picture in it.");
  if (pictures > 1 && (flags & animated) === 0) throw new MediaInvalid("It is several pictures in one.");
  return canvas;
}

function sizeOfFrame(data: Uint8Array, canvas: Size, pieces: Pieces): Size {
  const bytes = new Bytes(data);
  const [x, y] = [bytes.u24le() * 2, bytes.u24le() * 2];
  const frame = { x, y, width: bytes.u24le() + 1, height: bytes.u24le() + 1 };
  checkFrame(frame, canvas);
  bytes.skip(4);
  let pictures = 0;
  for (const { id, data: part } of chunksOf(bytes, pieces)) {
    if (id === "ALPH") continue;
    if (!isSame(sizeOfPicture(id, part), frame)) throw new MediaInvalid("It does not have the size that it says.");
    pictures++;
  }
  if (pictures !== 1) throw new MediaInvalid("Its animation is not in order.");
  return frame;
}

/** The size that a packed picture itself has (RFC 6386 section 9.1; WebP lossless bitstream, section 3). */
function sizeOfPicture(id: string, data: Uint8Array): Size {
  const bytes = new Bytes(data);
  let size: Size;
  if (id === "VP8 ") {
    const isKeyFrame = (bytes.u24le() & 1) === 0;
    if (!isKeyFrame || bytes.text(3) !== "\x9d\x01\x2a") throw new MediaInvalid("Its pixels are packed as in no WebP.");
    size = { width: bytes.u16(true) & 0x3fff, height: bytes.u16(true) & 0x3fff };
  } else if (id === "VP8L") {
    if (bytes.u8() !== 0x2f) throw new MediaInvalid("Its pixels are packed as in no WebP.");
    const bits = bytes.u32(true);
    if (bits >>> 29 !== 0) throw new MediaInvalid("Its pixels are packed as in no WebP.");
    size = { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  } else throw new MediaInvalid("It has a part that no WebP has.");
  checkSize(size.width, size.height);
  return size;
}

function isSame(one: Size, other: Size): boolean {
  return one.width === other.width && one.height === other.height;
}

import { promisify } from "node:util";
import { crc32, inflate } from "node:zlib";
import { checkFrame, checkSize, Frames, Pieces } from "./bounds.ts";
import { Bytes, MediaInvalid } from "./bytes.ts";

const inflated = promisify(inflate);

/** Channels of each colour type, and the depths that it may have (PNG specification, table 11.1). */
const colourTypes: Readonly<Record<number, { readonly channels: number; readonly depths: readonly number[] }>> = {
  0: { channels: 1, depths: [1, 2, 4, 8, 16] },
  2: { channels: 3, depths: [8, 16] },
  3: { channels: 1, depths: [1, 2, 4, 8] },
  4: { channels: 2, depths: [8, 16] },
  6: { channels: 4, depths: [8, 16] },
};

/** First column and row, and steps, of the seven passes of an interlaced picture. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

const mostChunks = 20_000;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly bitsPerPixel: number;
  readonly interlaced: boolean;
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array[];
}

/** Walks every chunk of a PNG, still or animated, and unpacks its pixels: as many as it says, no more. */
export async function checkPng(file: Uint8Array): Promise<{ readonly width: number; readonly height: number }> {
  const bytes = new Bytes(file);
  bytes.skip(8);
  const header = readHeader(bytes);
  const still: Uint8Array[] = [];
  const animation: Frame[] = [];
  const frames = new Frames();
  const chunks = new Pieces(mostChunks);
  for (;;) {
    chunks.add();
    const { type, data } = readChunk(bytes);
    if (type === "IEND") break;
    if (type === "IDAT") still.push(data);
    else if (type === "fcTL") {
      const frame = readFrame(data, header);
      frames.add(frame.width, frame.height);
      // The picture that all see who know no animations is its first frame, where one is announced before it.
      animation.push(still.length === 0 && animation.length === 0 ? { ...frame, data: still } : frame);
    } else if (type === "fdAT") {
      const frame = animation.at(-1);
      if (frame === undefined || frame.data === still) throw new MediaInvalid("Its animation is not in order.");
      frame.data.push(data.subarray(4));
    } else if (/^[A-Z]/.test(type) && type !== "PLTE") throw new MediaInvalid(`It has a part ${type} that no PNG has.`);
  }
  bytes.end();
  await checkPixels(still, header, header);
  for (const { data, width, height } of animation) {
    if (data !== still) await checkPixels(data, header, { width, height });
  }
  return { width: header.width, height: header.height };
}

function readHeader(bytes: Bytes): Header {
  const { type, data } = readChunk(bytes);
  if (type !== "IHDR" || data.length !== 13) throw new MediaInvalid("It does not begin as a PNG does.");
  const fields = new Bytes(data);
  const [width, height] = [fields.u32(), fields.u32()];
  checkSize(width, height);
  const [depth, colours, compression, filter, interlace] = [...fields.take(5)] as [
    number,
    number,
    number,
    number,
    number,
  ];
  const traits = colourTypes[colours];
  if (!traits?.depths.includes(depth) || compression !== 0 || filter !== 0 || interlace > 1) {
    throw new MediaInvalid("Its pixels are of a kind that no PNG has.");
  }
  return { width, height, bitsPerPixel: traits.channels * depth, interlaced: interlace === 1 };
}

function readChunk(bytes: Bytes): { readonly type: string; readonly data: Uint8Array } {
  const length = bytes.u32();
  const [name = new Uint8Array(), data = new Uint8Array()] = [bytes.take(4), bytes.take(length)];
  const type = String.fromCharCode(...name);
  if (!/^[A-Za-z]{4}$/.test(type)) throw new MediaInvalid("Its parts are not those of a PNG.");
  if (bytes.u32() !== crc32(data, crc32(name))) throw new MediaInvalid(`Its part ${type} is damaged.`);
  return { type, data };
}

function readFrame(data: Uint8Array, picture: Header): Frame {
  const fields = new Bytes(data);
  fields.skip(4);
  const [width, height, x, y] = [fields.u32(), fields.u32(), fields.u32(), fields.u32()];
  checkFrame({ x, y, width, height }, picture);
  return { width, height, data: [] };
}

async function checkPixels(
  data: readonly Uint8Array[],
  { bitsPerPixel, interlaced }: Header,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<void> {
  const lines = (interlaced ? passes : [[0, 0, 1, 1] as const]).map(([x, y, right, down]) => ({
    bytes: Math.ceil((Math.ceil((width - x) / right) * bitsPerPixel) / 8),
    count: width > x ? Math.max(0, Math.ceil((height - y) / down)) : 0,
  }));
  const expected = lines.reduce((sum, { bytes, count }) => sum + count * (1 + bytes), 0);
  const pixels = await inflated(Buffer.concat(data), { maxOutputLength: expected + 1 }).catch((cause: unknown) => {
    throw new MediaInvalid("Its pixels cannot be unpacked.", { cause });
  });
  if (pixels.length !== expected) throw new MediaInvalid("It does not have the pixels that it says.");
  let at = 0;
  for (const { bytes, count } of lines) {
    for (let line = 0; line < count; line++, at += 1 + bytes) {
      if ((pixels[at] ?? 0) > 4) throw new MediaInvalid("Its pixels cannot be unpacked.");
    }
  }
}

import { checkLength } from "./bounds.ts";
import { Bytes, MediaInvalid } from "./bytes.ts";

/** kbit/s by the index in a frame's header, for layer III of MPEG-1, and of MPEG-2 and 2.5. */
const bitrates = {
  first: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  later: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;
const rates = [44_100, 48_000, 32_000] as const;
/** By the version's two bits: MPEG-2.5, none, MPEG-2, MPEG-1. */
const rateDivisors = [4, 0, 2, 1] as const;

/** Walks every frame of an MP3, from its tags at the beginning to those at its end. */
export function checkMp3(file: Uint8Array): { readonly milliseconds: number } {
  const bytes = new Bytes(withoutTagsAtEnd(file));
  skipId3(bytes);
  let first: Frame | undefined;
  let frames = 0;
  let seconds = 0;
  while (bytes.left > 0) {
    const frame = readFrame(bytes);
    first ??= frame;
    if (frame.rate !== first.rate) throw new MediaInvalid("Its sample rate changes in the middle.");
    frames++;
    seconds += frame.samples / frame.rate;
    checkLength(seconds);
  }
  if (frames < 2) throw new MediaInvalid("There is no sound in it.");
  return { milliseconds: checkLength(seconds) };
}

interface Frame {
  readonly rate: number;
  readonly samples: number;
}

function readFrame(bytes: Bytes): Frame {
  const header = bytes.u32();
  const version = (header >>> 19) & 3;
  const layer = (header >>> 17) & 3;
  const divisor = rateDivisors[version] ?? 0;
  const isFirst = divisor === 1;
  const bitrate = bitrates[isFirst ? "first" : "later"][(header >>> 12) & 15] ?? 0;
  const rate = (rates[(header >>> 10) & 3] ?? 0) / (divisor || 1);
  if (header >>> 21 !== 0x7ff || layer !== 1 || divisor === 0 || bitrate === 0 || rate === 0) {
    throw new MediaInvalid("It has something in it that is no frame of an MP3.");
  }
  const samples = isFirst ? 1152 : 576;
  const padding = (header >>> 9) & 1;
  bytes.skip(Math.floor((samples * 125 * bitrate) / rate) + padding - 4);
  return { rate, samples };
}

/** An ID3v2 tag: ten bytes, of which four say how long the rest is, seven bits each. */
function skipId3(bytes: Bytes): void {
  if (startsWith(bytes.rest(), "ID3")) {
    bytes.skip(5);
    const hasFooter = (bytes.u8() & 0x10) !== 0;
    const length = [...bytes.take(4)].reduce((sum, part) => {
      if (part > 0x7f) throw new MediaInvalid("Its tag is damaged.");
      return sum * 128 + part;
    }, 0);
    bytes.skip(length + (hasFooter ? 10 : 0));
  }
}

/** ID3v1 is the last 128 bytes; an APE tag stands before it and says at its own end how long it is. */
function withoutTagsAtEnd(file: Uint8Array): Uint8Array {
  const music = startsWith(file.subarray(-128), "TAG") && file.length > 128 ? file.subarray(0, -128) : file;
  const footer = music.subarray(-32);
  if (footer.length < 32 || !startsWith(footer, "APETAGEX")) return music;
  const bytes = new Bytes(footer);
  bytes.skip(12);
  const length = bytes.u32(true);
  bytes.skip(4);
  const header = bytes.u32(true) >>> 31 === 1 ? 32 : 0;
  if (length + header > music.length) throw new MediaInvalid("Its tag is damaged.");
  return music.subarray(0, music.length - length - header);
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return String.fromCharCode(...bytes.subarray(0, text.length)) === text;
}

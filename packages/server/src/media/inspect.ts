import { checkGif } from "./check/gif.ts";
import { checkJpeg } from "./check/jpeg.ts";
import { checkMp3 } from "./check/mp3.ts";
import { checkOgg } from "./check/ogg.ts";
import { checkPng } from "./check/png.ts";
import { checkWav } from "./check/wav.ts";
import { checkWebm } from "./check/webm.ts";
import { checkWebp } from "./check/webp.ts";
import type { Format } from "./formats.ts";
import type { MediaFacts } from "./media-files.ts";

export { MediaInvalid } from "./check/bytes.ts";

/** How each format begins, in hex. */
const beginnings: readonly (readonly [Format, RegExp])[] = [
  ["png", /^89504e470d0a1a0a/],
  ["gif", /^474946383[79]61/],
  ["jpeg", /^ffd8ff/],
  ["webp", /^52494646.{8}57454250/],
  ["wav", /^52494646.{8}57415645/],
  ["webm", /^1a45dfa3/],
  ["ogg", /^4f676753/],
  ["mp3", /^(494433|ffe[23]|fff[23ab])/],
];

/** Bytes that tell which format it would be. */
export const beginning = 12;

/** The format that the first bytes promise, `undefined` where it is none that is accepted. */
export function promisedFormat(start: Uint8Array): Format | undefined {
  const hex = Buffer.from(start.subarray(0, beginning)).toString("hex");
  return beginnings.find(([, begins]) => begins.test(hex))?.[0];
}

interface Checked {
  readonly width?: number;
  readonly height?: number;
  readonly milliseconds?: number;
}

const checks: Readonly<Record<Format, (file: Uint8Array) => Checked | Promise<Checked>>> = {
  png: checkPng,
  jpeg: checkJpeg,
  webp: checkWebp,
  gif: checkGif,
  webm: checkWebm,
  mp3: checkMp3,
  wav: checkWav,
  ogg: checkOgg,
};

/**
 * Looks whether a whole file is what its beginning promises: every part of it, to the last byte, and nothing after that. Throws
 * `MediaInvalid` with a sentence.
 */
export async function inspect(file: Uint8Array, format: Format): Promise<MediaFacts> {
  const { width = null, height = null, milliseconds = null } = await checks[format](file);
  return { format, width, height, milliseconds };
}

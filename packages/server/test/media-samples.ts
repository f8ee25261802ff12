/** Small files of every format, made here byte by byte, so that a test can also make them wrong. */
import { crc32, deflateSync } from "node:zlib";

export type Part = Uint8Array | string | readonly number[];

/** Text counts a byte a character. */
export function bytesOf(...parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const pieces = parts.map((part) => (part instanceof Uint8Array ? part : Buffer.from(part as string, "latin1")));
  return new Uint8Array(Buffer.concat(pieces));
}

const u16 = (number: number) => [number & 0xff, (number >> 8) & 0xff];
const u32 = (number: number) => [...u16(number), ...u16(number >>> 16)];
const u32be = (number: number) => u32(number).reverse();

export const pngStart: Part = "\x89PNG\r\n\x1a\n";

export function pngChunk(type: string, data: Part): Uint8Array<ArrayBuffer> {
  const body = bytesOf(type, data);
  return bytesOf(u32be(body.length - 4), body, u32be(crc32(body)));
}

export function pngHeader(width: number, height: number, interlace = 0): Uint8Array<ArrayBuffer> {
  return pngChunk("IHDR", [...u32be(width), ...u32be(height), 8, 6, 0, 0, interlace]);
}

/** Red, green, blue and opacity, 0 to 255. */
export type Colour = readonly [number, number, number, number];

/** Lines of one colour, packed. */
export function pngPixels(width: number, height: number, colour: Colour = [255, 0, 0, 255]): Uint8Array {
  const line = bytesOf([0], Array.from({ length: width }, () => colour).flat());
  return deflateSync(Buffer.concat(Array.from({ length: height }, () => line)));
}

export function png(width: number, height: number, colour?: Colour): Uint8Array<ArrayBuffer> {
  const pixels = pngChunk("IDAT", pngPixels(width, height, colour));
  return bytesOf(pngStart, pngHeader(width, height), pixels, pngChunk("IEND", ""));
}

/** An animation of so many frames, of which the first one is the still picture. */
export function apng(width: number, height: number, frames: number): Uint8Array<ArrayBuffer> {
  const control = (number: number) =>
    pngChunk("fcTL", [
      ...u32be(number),
      ...u32be(width),
      ...u32be(height),
      ...u32be(0),
      ...u32be(0),
      0,
      1,
      0,
      10,
      0,
      0,
    ]);
  const pixels = pngPixels(width, height);
  const later = Array.from({ length: frames - 1 }, (_, i) => [
    ...control(2 * i + 1),
    ...pngChunk("fdAT", bytesOf(u32be(2 * i + 2), pixels)),
  ]);
  return bytesOf(
    pngStart,
    pngHeader(width, height),
    pngChunk("acTL", [...u32be(frames), ...u32be(0)]),
    control(0),
    pngChunk("IDAT", pixels),
    later.flat(),
    pngChunk("IEND", ""),
  );
}

/** The screen of a GIF with two colours, black and `colour`. */
export function gifHeader(
  width: number,
  height: number,
  [red, green, blue]: Colour = [255, 0, 0, 255],
): Uint8Array<ArrayBuffer> {
  return bytesOf("GIF89a", u16(width), u16(height), [0x80, 0, 0, 0, 0, 0, red, green, blue]);
}

/** A frame of one of the two colours, shown for `delay` hundredths of a second. */
export function gifFrame(width: number, height: number, colour: 0 | 1, delay = 10): Uint8Array<ArrayBuffer> {
  const control = [0x21, 0xf9, 4, 0, ...u16(delay), 0, 0];
  const image = [0x2c, ...u16(0), ...u16(0), ...u16(width), ...u16(height), 0];
  return bytesOf(control, image, [2], blocks(lzw(width * height, colour)), [0]);
}

/** For ever anew, or once. */
export const gifLoops: Part = "\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0";

export function gif(width: number, height: number, frames: readonly (0 | 1)[]): Uint8Array<ArrayBuffer> {
  return bytesOf(gifHeader(width, height), ...frames.map((colour) => gifFrame(width, height, colour)), [0x3b]);
}

/** Codes of three bits, with a clear after every second one: they never grow. */
function lzw(pixels: number, colour: number): readonly number[] {
  const [clear, end] = [4, 5];
  const codes = Array.from({ length: pixels }, (_, i) => (i % 2 === 0 ? [clear, colour] : [colour])).flat();
  const packed: number[] = [];
  let [bits, count] = [0, 0];
  for (const code of [...codes, end]) {
    bits |= code << count;
    count += 3;
    while (count >= 8) {
      packed.push(bits & 0xff);
      [bits, count] = [bits >> 8, count - 8];
    }
  }
  return [...packed, bits];
}

function blocks(data: readonly number[]): readonly number[] {
  const cut: number[] = [];
  for (let from = 0; from < data.length; from += 255) {
    const block = data.slice(from, from + 255);
    cut.push(block.length, ...block);
  }
  return cut;
}

export function jpegSegment(marker: number, data: Part): Uint8Array<ArrayBuffer> {
  const body = bytesOf(data);
  return bytesOf([0xff, marker], u16(body.length + 2).reverse(), body);
}

export function jpegSize(width: number, height: number): Uint8Array<ArrayBuffer> {
  return jpegSegment(0xc0, [8, ...u16(height).reverse(), ...u16(width).reverse(), 1, 1, 0x11, 0]);
}

/** As a JPEG is built; its pixels are no picture. */
export function jpeg(width: number, height: number, scans = 1): Uint8Array<ArrayBuffer> {
  const scan = bytesOf(jpegSegment(0xda, [1, 1, 0, 0, 63, 0]), [1, 2, 0xff, 0, 3, 0xff, 0xd0, 4]);
  const all = Array.from({ length: scans }, () => scan);
  return bytesOf([0xff, 0xd8], jpegSegment(0xe0, "JFIF\0"), jpegSize(width, height), ...all, [0xff, 0xd9]);
}

export function riff(form: string, ...chunks: readonly Part[]): Uint8Array<ArrayBuffer> {
  const content = bytesOf(form, ...chunks);
  return bytesOf("RIFF", u32(content.length), content);
}

export function chunk(id: string, data: Part): Uint8Array<ArrayBuffer> {
  const content = bytesOf(data);
  return bytesOf(id, u32(content.length), content, content.length % 2 === 1 ? [0] : []);
}

/** A picture of WebP's lossless kind: its size is right, its pixels are none. */
export function webpPicture(width: number, height: number): Uint8Array<ArrayBuffer> {
  return chunk("VP8L", [0x2f, ...u32((width - 1) | ((height - 1) << 14)), 0, 0, 0]);
}

export function webpCanvas(width: number, height: number, flags = 0): Uint8Array<ArrayBuffer> {
  return chunk("VP8X", [flags, 0, 0, 0, ...u32(width - 1).slice(0, 3), ...u32(height - 1).slice(0, 3)]);
}

export function webpFrame(width: number, height: number): Uint8Array<ArrayBuffer> {
  const size = [...u32(width - 1).slice(0, 3), ...u32(height - 1).slice(0, 3)];
  return chunk("ANMF", bytesOf([0, 0, 0, 0, 0, 0], size, [40, 0, 0, 0], webpPicture(width, height)));
}

export interface Tone {
  readonly seconds: number;
  /** Of the sine, 1 being full scale. */
  readonly amplitude: number;
  readonly rate?: number;
}

/** A sine of 1 kHz, both channels alike. */
export function tone({ seconds, amplitude, rate = 48_000 }: Tone): Float32Array<ArrayBuffer> {
  const step = (2 * Math.PI * 1000) / rate;
  return Float32Array.from({ length: Math.round(seconds * rate) }, (_, i) => amplitude * Math.sin(i * step));
}

export function wavShape({ channels = 2, rate = 48_000, bits = 16, coding = 1 } = {}): Uint8Array<ArrayBuffer> {
  const size = (channels * bits) / 8;
  return chunk("fmt ", [
    ...u16(coding),
    ...u16(channels),
    ...u32(rate),
    ...u32(rate * size),
    ...u16(size),
    ...u16(bits),
  ]);
}

export function wav(sound: Tone): Uint8Array<ArrayBuffer> {
  const mono = tone(sound);
  const samples = Int16Array.from({ length: 2 * mono.length }, (_, i) => (mono[i >> 1] ?? 0) * 0x7fff);
  return riff("WAVE", wavShape({ rate: sound.rate ?? 48_000 }), chunk("data", new Uint8Array(samples.buffer)));
}

/** Frames of MPEG-1, layer III, 128 kbit/s, 44.1 kHz: 26 ms each, and no sound in them. */
export function mp3(frames: number): Uint8Array<ArrayBuffer> {
  const frame = bytesOf([0xff, 0xfb, 0x90, 0x00], new Uint8Array(413));
  return bytesOf(...Array.from({ length: frames }, () => frame));
}

export interface OggPage {
  readonly flags: number;
  /** Samples up to its end. */
  readonly position: number;
  readonly number: number;
  readonly packets: readonly Part[];
  readonly serial?: number;
}

export function oggPage({ flags, position, number, packets, serial = 7 }: OggPage): Uint8Array<ArrayBuffer> {
  const all = packets.map((packet) => bytesOf(packet));
  const lengths = all.flatMap(({ length }) => [...new Array<number>(Math.floor(length / 255)).fill(255), length % 255]);
  const head = ["OggS\0", [flags], u32(position), u32(0), u32(serial), u32(number)] as const;
  const tail = [[lengths.length], lengths, ...all] as const;
  return bytesOf(...head, u32(oggChecksum(bytesOf(...head, u32(0), ...tail))), ...tail);
}

function oggChecksum(page: Uint8Array): number {
  let rest = 0;
  for (const byte of page) {
    rest ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) rest = rest < 0 ? (rest << 1) ^ 0x04c11db7 : rest << 1;
  }
  return rest >>> 0;
}

export const opusHead: Part = bytesOf("OpusHead", [1, 2], u16(312), u32(48_000), u16(0), [0]);
export const opusTags: Part = bytesOf("OpusTags", u32(4), "test", u32(0));

/** Opus of so many packets, of 20 ms each. */
export function opus(packets: number, position = packets * 960): Uint8Array<ArrayBuffer> {
  const sounds = Array.from({ length: packets }, () => [0x78, 1, 2]);
  return bytesOf(
    oggPage({ flags: 2, position: 0, number: 0, packets: [opusHead] }),
    oggPage({ flags: 0, position: 0, number: 1, packets: [opusTags] }),
    oggPage({ flags: 4, position, number: 2, packets: sounds }),
  );
}

/** An element of EBML. Without `length` told, until the end. */
export function element(id: readonly number[], content: Part, told: "told" | "open" = "told"): Uint8Array<ArrayBuffer> {
  const body = bytesOf(content);
  const length =
    told === "open"
      ? [0x01, 255, 255, 255, 255, 255, 255, 255]
      : [0x10 | (body.length >>> 24), ...u32be(body.length).slice(1)];
  return bytesOf(id, length, body);
}

export const webmHead = (docType = "webm") => element([0x1a, 0x45, 0xdf, 0xa3], element([0x42, 0x82], docType));

export interface WebmTrack {
  readonly number?: number;
  readonly type?: number;
  readonly codec?: string;
  readonly width?: number;
  readonly height?: number;
  readonly more?: Part;
}

export function webmTrack({
  number = 1,
  type = 1,
  codec = "V_VP8",
  width = 64,
  height = 32,
  more = "",
}: WebmTrack = {}) {
  const size = bytesOf(element([0xb0], u16(width).reverse()), element([0xba], u16(height).reverse()));
  const video = type === 1 ? element([0xe0], size) : "";
  return element(
    [0xae],
    bytesOf(element([0xd7], [number]), element([0x83], [type]), element([0x86], codec), video, more),
  );
}

export const webmTracks = (...tracks: readonly Part[]) => element([0x16, 0x54, 0xae, 0x6b], bytesOf(...tracks));
export const webmBlock = (track: number, data: Part = "\x10\0\0\x9d\x01\x2a\x40\0\x20\0") =>
  element([0xa3], bytesOf([0x80 | track, 0, 0, 0x80], data));
export const webmCluster = (content: Part, told: "told" | "open" = "told") =>
  element([0x1f, 0x43, 0xb6, 0x75], bytesOf(element([0xe7], [0]), content), told);
export const webmSegment = (content: Part, told: "told" | "open" = "told") =>
  element([0x18, 0x53, 0x80, 0x67], content, told);

/** As a WebM is built; its video is a first picture's beginning. */
export function webm(track: WebmTrack = {}): Uint8Array<ArrayBuffer> {
  return bytesOf(webmHead(), webmSegment(bytesOf(webmTracks(webmTrack(track)), webmCluster(webmBlock(1)))));
}

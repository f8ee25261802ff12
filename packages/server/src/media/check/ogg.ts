import { checkLength, Pieces } from "./bounds.ts";
import { Bytes, MediaInvalid } from "./bytes.ts";

/** Flags of a page. */
const [begins, ends] = [0x02, 0x04];
/** Opus counts in these whatever was recorded. */
const opusRate = 48_000;
/** A Vorbis packet may be shorter than the longest: by how much all together may seem longer than they are. */
const vorbisSlack = 4;

/** Pages and packets: a minute of the shortest packets that either codec makes has half as many. */
const mostPieces = 50_000;

/** CRC-32 as Ogg counts it: most significant bit first, nothing inverted (RFC 3533). */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte << 24;
  for (let bit = 0; bit < 8; bit++) rest = rest < 0 ? (rest << 1) ^ 0x04c11db7 : rest << 1;
  return rest;
});

/** Walks every page and packet of an Ogg with one stream of Vorbis or Opus. */
export function checkOgg(file: Uint8Array): { readonly milliseconds: number } {
  const bytes = new Bytes(file);
  let stream: Stream | undefined;
  let serial = 0;
  let position = 0n;
  let ended = false;
  const pieces = new Pieces(mostPieces);
  for (let number = 0; bytes.left > 0; number++) {
    const page = readPage(bytes);
    pieces.add(1 + page.packets.length);
    if (number === 0) serial = page.serial;
    if (ended || page.serial !== serial || ((page.flags & begins) !== 0) !== (number === 0)) {
      throw new MediaInvalid("It holds more than one stream.");
    }
    if (page.number !== number) throw new MediaInvalid("A page of it is missing.");
    ended = (page.flags & ends) !== 0;
    if (page.position >= 0) position = page.position;
    for (const start of page.packets) {
      stream ??= streamOf(start);
      stream.add(start);
    }
  }
  if (!ended || stream === undefined) throw new MediaInvalid("It ends in the middle: the file is not whole.");
  const seconds = Number(position) / stream.rate;
  checkLength(Math.max(seconds, stream.seconds()));
  if (seconds === 0) throw new MediaInvalid("There is no sound in it.");
  return { milliseconds: checkLength(seconds) };
}

interface Page {
  readonly flags: number;
  /** Samples to the end of the last packet that ends here; -1: none does. */
  readonly position: bigint;
  readonly serial: number;
  readonly number: number;
  /** The first bytes of each packet that begins here. */
  readonly packets: readonly Uint8Array[];
}

function readPage(bytes: Bytes): Page {
  const whole = bytes.rest();
  const from = bytes.at;
  if (bytes.text(4) !== "OggS" || bytes.u8() !== 0)
    throw new MediaInvalid("It has something in it that is no page of an Ogg.");
  const flags = bytes.u8();
  const position = bytes.i64le();
  const [serial, number, checksum] = [bytes.u32(true), bytes.u32(true), bytes.u32(true)];
  const lengths = bytes.take(bytes.u8());
  const packets: Uint8Array[] = [];
  // A packet goes on as long as its pieces have 255 bytes.
  let goesOn = (flags & 1) !== 0;
  for (const length of lengths) {
    const piece = bytes.take(length);
    if (!goesOn) packets.push(piece);
    goesOn = length === 255;
  }
  if (crcOf(whole.subarray(0, bytes.at - from)) !== checksum) throw new MediaInvalid("A page of it is damaged.");
  return { flags, position, serial, number, packets };
}

/** The checksum's own four bytes count as zero. */
function crcOf(page: Uint8Array): number {
  let rest = 0;
  for (let i = 0; i < page.length; i++) {
    const byte = i >= 22 && i < 26 ? 0 : (page[i] ?? 0);
    rest = (rest << 8) ^ (crcTable[((rest >>> 24) ^ byte) & 0xff] ?? 0);
  }
  return rest >>> 0;
}

interface Stream {
  /** Samples a second, of the positions. */
  readonly rate: number;
  add(packet: Uint8Array): void;
  /** At least so long does it sound, whatever the positions say. */
  seconds(): number;
}

function streamOf(packet: Uint8Array): Stream {
  const bytes = new Bytes(packet);
  const name = String.fromCharCode(...packet.subarray(0, 8));
  if (name.startsWith("\x01vorbis")) return new Vorbis(bytes);
  if (name === "OpusHead") return new Opus(bytes);
  throw new MediaInvalid("It is an Ogg, but neither Vorbis nor Opus.");
}

/** The Vorbis I specification, section 4.2. */
class Vorbis implements Stream {
  readonly rate: number;
  readonly #longest: number;
  #packets = 0;

  constructor(header: Bytes) {
    header.skip(7);
    const [version, channels] = [header.u32(true), header.u8()];
    this.rate = header.u32(true);
    header.skip(12);
    const sizes = header.u8();
    this.#longest = 2 ** (sizes >> 4);
    const isRight = version === 0 && channels > 0 && this.rate >= 8000 && sizes >> 4 <= 13 && (header.u8() & 1) === 1;
    if (!isRight) throw new MediaInvalid("It does not begin as a Vorbis does.");
  }

  add(packet: Uint8Array): void {
    const number = ++this.#packets;
    const expected = number <= 3 ? 2 * number - 1 : undefined;
    const isHeader = ((packet[0] ?? 0) & 1) === 1 && packet.length > 0;
    const isRight = expected === undefined ? !isHeader : packet[0] === expected;
    if (!isRight) throw new MediaInvalid("Its parts are not in the order of a Vorbis.");
  }

  seconds(): number {
    return (this.#packets * this.#longest) / 2 / this.rate / vorbisSlack;
  }
}

/** Samples of a frame by the first five bits of a packet (RFC 6716, table 2): SILK, hybrid, CELT. */
const opusFrames = [
  ...[480, 960, 1920, 2880, 480, 960, 1920, 2880, 480, 960, 1920, 2880],
  ...[480, 960, 480, 960],
  ...[120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960],
] as const;

/** RFC 7845, section 5. */
class Opus implements Stream {
  readonly rate = opusRate;
  #packets = 0;
  #samples = 0;

  constructor(header: Bytes) {
    header.skip(8);
    const [version, channels] = [header.u8(), header.u8()];
    if (version >> 4 !== 0 || channels < 1 || channels > 2)
      throw new MediaInvalid("It does not begin as an Opus does.");
  }

  add(packet: Uint8Array): void {
    const number = ++this.#packets;
    if (number === 1) return;
    if (number === 2) {
      if (String.fromCharCode(...packet.subarray(0, 8)) === "OpusTags") return;
      throw new MediaInvalid("Its parts are not in the order of an Opus.");
    }
    const [first, second = 0] = packet;
    if (first === undefined) throw new MediaInvalid("A packet of it is empty.");
    const code = first & 3;
    const count = code === 3 ? second & 0x3f : Math.min(2, code + 1);
    this.#samples += count * (opusFrames[first >> 3] ?? 0);
  }

  seconds(): number {
    return this.#samples / opusRate;
  }
}

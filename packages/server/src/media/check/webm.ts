import { checkSize, Pieces } from "./bounds.ts";
import { Bytes, MediaInvalid } from "./bytes.ts";
import { type Element, elementsIn, readElement, readNumber, told, unsigned, type WholeElement } from "./ebml.ts";

/** Elements by their id (RFC 9559). */
const ids = {
  ebml: 0x1a45dfa3,
  docType: 0x4282,
  segment: 0x18538067,
  seekHead: 0x114d9b74,
  info: 0x1549a966,
  tracks: 0x1654ae6b,
  cluster: 0x1f43b675,
  cues: 0x1c53bb6b,
  tags: 0x1254c367,
  chapters: 0x1043a770,
  attachments: 0x1941a469,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackType: 0x83,
  codec: 0x86,
  video: 0xe0,
  width: 0xb0,
  height: 0xba,
  contentEncodings: 0x6d80,
  timestamp: 0xe7,
  position: 0xa7,
  previousSize: 0xab,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  block: 0xa1,
  void: 0xec,
  crc: 0xbf,
} as const;

/** What stands beside clusters, and ends one whose length is not told. */
const besideClusters: ReadonlySet<number> = new Set(
  (["seekHead", "info", "tracks", "cluster", "cues", "tags", "chapters"] as const).map((name) => ids[name]),
);
const inCluster: ReadonlySet<number> = new Set(
  (["timestamp", "position", "previousSize", "simpleBlock", "blockGroup"] as const).map((name) => ids[name]),
);
const anywhere: ReadonlySet<number> = new Set([ids.void, ids.crc]);

const [videoTrack, audioTrack] = [1, 2];
const codecs: Readonly<Record<number, readonly string[]>> = {
  [videoTrack]: ["V_VP8", "V_VP9"],
  [audioTrack]: ["A_OPUS", "A_VORBIS"],
};

/** A minute at 60 pictures a second, each in a group with its transparency, has half as many. */
const mostElements = 50_000;

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Track {
  readonly number: number;
  readonly codec: string;
  /** `null`: a sound. */
  readonly size: Size | null;
}

/** Walks every element of a WebM down to its blocks: one video by VP8 or VP9, and perhaps a sound. */
export function checkWebm(file: Uint8Array): Size {
  return new Walk(file).run();
}

class Walk {
  readonly #bytes: Bytes;
  readonly #elements = new Pieces(mostElements);
  #tracks: ReadonlyMap<number, Track> | undefined;
  #hasPicture = false;

  constructor(file: Uint8Array) {
    this.#bytes = new Bytes(file);
  }

  run(): Size {
    const header = this.#whole(this.#next());
    const docType = [...this.#inside(header)].find(({ id }) => id === ids.docType);
    if (docType === undefined || asText(docType.data) !== "webm") {
      throw new MediaInvalid("It is no WebM: save it as WebM, not as Matroska.");
    }
    const segment = this.#next();
    if (segment.id !== ids.segment) throw new MediaInvalid("Its parts are not those of a WebM.");
    const end = this.#bytes.at + (segment.length ?? this.#bytes.left);
    while (this.#bytes.at < end) this.#readPart(this.#next(), end);
    if (this.#bytes.at > end) throw new MediaInvalid("Its parts are not in order.");
    this.#bytes.end();
    const video = [...(this.#tracks?.values() ?? [])].find(({ size }) => size !== null);
    if (video?.size == null || !this.#hasPicture) throw new MediaInvalid("There is no video in it.");
    return video.size;
  }

  #readPart(part: Element, end: number): void {
    if (part.id === ids.attachments) throw new MediaInvalid("There are other files in it.");
    if (part.id === ids.cluster) {
      this.#readCluster(part.length, end);
      return;
    }
    if (!besideClusters.has(part.id) && !anywhere.has(part.id))
      throw new MediaInvalid("It has a part that no WebM has.");
    const whole = this.#whole(part);
    if (part.id !== ids.tracks) return;
    if (this.#tracks !== undefined) throw new MediaInvalid("Its parts are not in order.");
    this.#tracks = this.#readTracks(whole);
  }

  #readCluster(length: number | undefined, segmentEnd: number): void {
    const end = length === undefined ? segmentEnd : this.#bytes.at + length;
    while (this.#bytes.at < end) {
      const from = this.#bytes.at;
      const part = this.#next();
      if (length === undefined && besideClusters.has(part.id)) {
        this.#bytes.at = from;
        return;
      }
      if (!inCluster.has(part.id) && !anywhere.has(part.id)) throw new MediaInvalid("It has a part that no WebM has.");
      this.#readBlocks(this.#whole(part));
    }
    if (this.#bytes.at > end) throw new MediaInvalid("Its parts are not in order.");
  }

  #readBlocks(part: WholeElement): void {
    if (part.id === ids.simpleBlock) this.#readBlock(part.data);
    if (part.id !== ids.blockGroup) return;
    for (const { id, data } of this.#inside(part)) if (id === ids.block) this.#readBlock(data);
  }

  /** Of a track that was announced; the first one of the video begins as its codec does. */
  #readBlock(data: Uint8Array): void {
    const bytes = new Bytes(data);
    const track = this.#tracks?.get(told(readNumber(bytes)));
    if (track === undefined) throw new MediaInvalid("It has a block of a track that it does not have.");
    bytes.skip(3);
    if (track.size === null || this.#hasPicture) return;
    if (!beginsWithPicture(track.codec, bytes)) throw new MediaInvalid("Its video does not begin with a picture.");
    this.#hasPicture = true;
  }

  #readTracks(part: WholeElement): ReadonlyMap<number, Track> {
    const tracks = new Map<number, Track>();
    for (const entry of this.#inside(part)) {
      if (anywhere.has(entry.id)) continue;
      if (entry.id !== ids.trackEntry) throw new MediaInvalid("It has a part that no WebM has.");
      const track = this.#readTrack(entry);
      if (tracks.has(track.number)) throw new MediaInvalid("Its parts are not in order.");
      tracks.set(track.number, track);
    }
    const videos = [...tracks.values()].filter(({ size }) => size !== null).length;
    if (videos !== 1 || tracks.size > 2) throw new MediaInvalid("It has to have one video, and at most one sound.");
    return tracks;
  }

  #readTrack(entry: WholeElement): Track {
    const fields = new Map([...this.#inside(entry)].map((field) => [field.id, field]));
    const number = (id: number) => unsigned(fields.get(id)?.data ?? new Uint8Array());
    const codec = asText(fields.get(ids.codec)?.data ?? new Uint8Array());
    const type = number(ids.trackType);
    if (codecs[type]?.includes(codec) !== true) {
      throw new MediaInvalid(`It holds ${codec || "something"}, not VP8 or VP9 with Opus or Vorbis.`);
    }
    if (fields.has(ids.contentEncodings)) throw new MediaInvalid("It is packed or encrypted once more.");
    const video = fields.get(ids.video);
    return {
      number: number(ids.trackNumber),
      codec,
      size: type === videoTrack && video !== undefined ? this.#sizeOf(video) : null,
    };
  }

  #sizeOf(video: WholeElement): Size {
    const fields = new Map([...this.#inside(video)].map(({ id, data }) => [id, unsigned(data)]));
    const size = { width: fields.get(ids.width) ?? 0, height: fields.get(ids.height) ?? 0 };
    checkSize(size.width, size.height);
    return size;
  }

  #next(): Element {
    this.#elements.add();
    return readElement(this.#bytes);
  }

  #whole({ id, length }: Element): WholeElement {
    return { id, data: this.#bytes.take(told(length)) };
  }

  #inside({ data }: WholeElement): Iterable<WholeElement> {
    return elementsIn(data, () => this.#elements.add());
  }
}

/** A key frame of VP8 has a start code (RFC 6386, section 9.1), a frame of VP9 a marker of two bits. */
function beginsWithPicture(codec: string, bytes: Bytes): boolean {
  const first = bytes.u8();
  if (codec === "V_VP9") return first >> 6 === 2;
  bytes.skip(2);
  return (first & 1) === 0 && bytes.text(3) === "\x9d\x01\x2a";
}

function asText(data: Uint8Array): string {
  return String.fromCharCode(...data.subarray(0, 40)).replace(/\0+$/, "");
}

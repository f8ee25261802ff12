import { checkSize, Pieces } from "./bounds.ts";
import { Bytes, MediaInvalid } from "./bytes.ts";

const [start, end, startOfScan] = [0xd8, 0xd9, 0xda];
/** Baseline, extended and progressive, by Huffman codes: what browsers show. */
const frameHeaders: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2]);
/** Tables, restart interval, applications' own, comments. */
const isOther = (marker: number) =>
  marker === 0xc4 || marker === 0xdb || marker === 0xdd || marker === 0xfe || marker >> 4 === 0xe;
/** Each scan goes over the whole picture again; cameras and programs write ten. */
const mostScans = 100;
const mostSegments = 5000;

/** Walks every segment and scan of a JPEG to its end. */
export function checkJpeg(file: Uint8Array): { readonly width: number; readonly height: number } {
  const bytes = new Bytes(file);
  bytes.skip(2);
  let size: { readonly width: number; readonly height: number } | undefined;
  let scans = 0;
  const segments = new Pieces(mostSegments);
  for (;;) {
    segments.add();
    const marker = readMarker(bytes);
    if (marker === end) break;
    if (marker === start) throw new MediaInvalid("It is several pictures in one.");
    const segment = new Bytes(bytes.take(Math.max(0, bytes.u16() - 2)));
    if (marker === startOfScan) {
      if (size === undefined) throw new MediaInvalid("Its pixels come before its size.");
      if (++scans > mostScans) throw new MediaInvalid("It goes over its pixels too often.");
      skipScan(bytes, file);
    } else if (frameHeaders.has(marker)) {
      if (size !== undefined) throw new MediaInvalid("It is several pictures in one.");
      if (segment.u8() !== 8) throw new MediaInvalid("Its colours are of a kind that browsers do not show.");
      const height = segment.u16();
      size = { width: segment.u16(), height };
      checkSize(size.width, size.height);
      if (![1, 3, 4].includes(segment.u8()))
        throw new MediaInvalid("Its colours are of a kind that browsers do not show.");
    } else if (!isOther(marker)) throw new MediaInvalid("It is a JPEG of a kind that browsers do not show.");
  }
  bytes.end();
  if (size === undefined || scans === 0) throw new MediaInvalid("There is no picture in it.");
  return size;
}

function readMarker(bytes: Bytes): number {
  if (bytes.u8() !== 0xff) throw new MediaInvalid("Its parts are not those of a JPEG.");
  let marker = bytes.u8();
  while (marker === 0xff) marker = bytes.u8();
  return marker;
}

/** To the next marker that is no part of the packed pixels: `ff 00` is a byte of theirs, `ff d0` to `ff d7` are restarts. */
function skipScan(bytes: Bytes, file: Uint8Array): void {
  let at = bytes.at;
  while (at < file.length && !(file[at] === 0xff && isMarker(file[at + 1] ?? 0))) at++;
  bytes.skip(at - bytes.at);
}

function isMarker(byte: number): boolean {
  return byte !== 0 && (byte < 0xd0 || byte > 0xd7);
}

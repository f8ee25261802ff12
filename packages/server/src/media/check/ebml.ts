import { Bytes, MediaInvalid } from "./bytes.ts";

/** An element of EBML (RFC 8794) whose head was read; what it holds comes next. */
export interface Element {
  readonly id: number;
  /** Bytes that it holds; `undefined`: that is not told. */
  readonly length: number | undefined;
}

export interface WholeElement {
  readonly id: number;
  readonly data: Uint8Array;
}

const longestId = 4;

export function readElement(bytes: Bytes): Element {
  const first = bytes.u8();
  const length = lengthBy(first);
  if (length > longestId) throw new MediaInvalid("Its parts are not those of a WebM.");
  let id = first;
  for (let i = 1; i < length; i++) id = id * 256 + bytes.u8();
  return { id, length: readNumber(bytes) };
}

/** The elements to the end, each whole. `count` is told of every one. */
export function* elementsIn(data: Uint8Array, count: () => void): Generator<WholeElement, void, undefined> {
  const bytes = new Bytes(data);
  while (bytes.left > 0) {
    count();
    const { id, length } = readElement(bytes);
    yield { id, data: bytes.take(told(length)) };
  }
}

/** A number that says by its first bits how long it is; `undefined` where all others are ones: not told. */
export function readNumber(bytes: Bytes): number | undefined {
  const first = bytes.u8();
  const length = lengthBy(first);
  if (length > 8) throw new MediaInvalid("Its parts are not those of a WebM.");
  const marker = 2 ** (8 - length);
  let isTold = first !== 2 * marker - 1;
  let number = first - marker;
  for (let i = 1; i < length; i++) {
    const byte = bytes.u8();
    if (byte !== 0xff) isTold = true;
    number = number * 256 + byte;
  }
  return isTold ? number : undefined;
}

/** A length that has to be there. */
export function told(length: number | undefined): number {
  if (length === undefined) throw new MediaInvalid("Its parts are not in order.");
  return length;
}

/** An unsigned number that fills its element. */
export function unsigned(data: Uint8Array): number {
  return data.reduce((number, byte) => number * 256 + byte, 0);
}

/** Bytes, by the first of them: 1 to 8; 9 where it is none. */
function lengthBy(first: number): number {
  return Math.clz32(first) - 23;
}

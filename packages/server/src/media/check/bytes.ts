/** A file that is not what it begins as; the message says to a person what is wrong with it. */
export class MediaInvalid extends Error {}

/** Reads the fields of a file one after the other. Reading beyond the end throws `MediaInvalid`. */
export class Bytes {
  readonly #view: DataView;
  readonly #all: Uint8Array;
  at = 0;

  constructor(all: Uint8Array) {
    this.#all = all;
    this.#view = new DataView(all.buffer, all.byteOffset, all.byteLength);
  }

  get left(): number {
    return this.#all.length - this.at;
  }

  u8(): number {
    return this.#view.getUint8(this.#step(1));
  }

  u16(littleEndian = false): number {
    return this.#view.getUint16(this.#step(2), littleEndian);
  }

  u24le(): number {
    return this.u16(true) + this.u8() * 0x10000;
  }

  u32(littleEndian = false): number {
    return this.#view.getUint32(this.#step(4), littleEndian);
  }

  i64le(): bigint {
    return this.#view.getBigInt64(this.#step(8), true);
  }

  /** So many bytes as text, one character each. */
  text(length: number): string {
    return String.fromCharCode(...this.take(length));
  }

  take(length: number): Uint8Array {
    const from = this.#step(length);
    return this.#all.subarray(from, from + length);
  }

  skip(length: number): void {
    this.#step(length);
  }

  /** What is still to come, left where it is. */
  rest(): Uint8Array {
    return this.#all.subarray(this.at);
  }

  /** Where nothing may follow. */
  end(): void {
    if (this.left > 0) throw new MediaInvalid("There is something after its end.");
  }

  #step(length: number): number {
    if (length > this.left) throw new MediaInvalid("It ends in the middle: the file is not whole.");
    const from = this.at;
    this.at += length;
    return from;
  }
}

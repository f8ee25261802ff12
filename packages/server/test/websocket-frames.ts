/** RFC 6455 as a client writes and reads it, with every freedom to write it wrongly. */

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameOptions {
  readonly opcode?: number;
  /** Whether it ends its message. */
  readonly fin?: boolean;
  /** The three reserved bits, as a number from 0 to 7. */
  readonly rsv?: number;
  readonly masked?: boolean;
  readonly mask?: readonly [number, number, number, number];
  /** How the length is written: in 7, 16 or 64 bits. The shortest that fits when left out. */
  readonly lengthBits?: 7 | 16 | 64;
  /** What the header says instead of the payload's length. */
  readonly length?: bigint;
}

/** One frame, a masked text frame unless told otherwise. */
export function frame(payload: string | Uint8Array, options: FrameOptions = {}): Buffer {
  const { opcode = opcodes.text, fin = true, rsv = 0, masked = true, mask = [0x37, 0xfa, 0x21, 0x3d] } = options;
  const bytes = Buffer.from(payload);
  const length = options.length ?? BigInt(bytes.length);
  const bits = options.lengthBits ?? (length < 126n ? 7 : length < 65_536n ? 16 : 64);
  const head = Buffer.alloc(bits === 7 ? 2 : bits === 16 ? 4 : 10);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (bits === 7 ? Number(length) & 0x7f : bits === 16 ? 126 : 127);
  if (bits === 16) head.writeUInt16BE(Number(length & 0xffffn), 2);
  if (bits === 64) head.writeBigUInt64BE(BigInt.asUintN(64, length), 2);
  if (!masked) return Buffer.concat([head, bytes]);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (bytes[i] ?? 0) ^ (mask[i & 3] ?? 0);
  return Buffer.concat([head, Buffer.from(mask), bytes]);
}

/** A close frame; without a code its body is empty. */
export function closeFrame(code?: number, reason: string | Uint8Array = "", options: FrameOptions = {}): Buffer {
  if (code === undefined) return frame("", { ...options, opcode: opcodes.close });
  const body = Buffer.concat([Buffer.alloc(2), Buffer.from(reason)]);
  body.writeUInt16BE(code, 0);
  return frame(body, { ...options, opcode: opcodes.close });
}

export interface Frame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly masked: boolean;
  readonly payload: Buffer;
}

/** Cuts what the other side sends into frames; payloads are unmasked. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  push(bytes: Uint8Array): readonly Frame[] {
    this.#rest = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    const frames: Frame[] = [];
    for (let next = this.#next(); next !== undefined; next = this.#next()) frames.push(next);
    return frames;
  }

  /** Bytes of a frame that has not come in whole. */
  get pending(): number {
    return this.#rest.length;
  }

  #next(): Frame | undefined {
    const rest = this.#rest;
    if (rest.length < 2) return undefined;
    const [first = 0, second = 0] = rest;
    const short = second & 0x7f;
    const lengthEnd = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (rest.length < lengthEnd) return undefined;
    const length = short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short;
    const masked = (second & 0x80) !== 0;
    const start = lengthEnd + (masked ? 4 : 0);
    if (rest.length < start + length) return undefined;
    this.#rest = rest.subarray(start + length);
    const payload = Buffer.from(rest.subarray(start, start + length));
    if (masked) for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ (rest[lengthEnd + (i & 3)] ?? 0);
    return { opcode: first & 0x0f, fin: (first & 0x80) !== 0, rsv: (first >> 4) & 7, masked, payload };
  }
}

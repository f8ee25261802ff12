/**
 * What a client reads off a plain TCP socket, for clients so cheap that thousands fit a process. They do not decode a
 * message, they look for a few fields in it.
 */

/** A message with its middle left out: all of a usual one, the beginning and the end of a large one. */
class Piece {
  #head = "";
  #tail = "";
  #length = 0;

  take(data: Buffer, from: number, to: number): void {
    const room = headLength - this.#head.length;
    if (room > 0) this.#head += data.toString("latin1", from, Math.min(to, from + room));
    if (to - from > room) {
      const least = Math.max(from + Math.max(0, room), to - tailLength);
      this.#tail = (this.#tail + data.toString("latin1", least, to)).slice(-tailLength);
    }
    this.#length += to - from;
  }

  /** What was taken; from now on another one. */
  end(): { readonly text: string; readonly bytes: number } {
    const whole = { text: this.#head + this.#tail, bytes: this.#length };
    this.#head = "";
    this.#tail = "";
    this.#length = 0;
    return whole;
  }
}

const headLength = 1024;
const tailLength = 160;

export interface WireEvents {
  /** `opcode` is that of a WebSocket; a line of an event stream has 1. */
  message(opcode: number, text: string, bytes: number): void;
}

export interface Wire {
  take(data: Buffer): void;
}

/** The frames of a WebSocket server: never masked, and this one's are never fragmented. */
export class FrameWire implements Wire {
  readonly #events: WireEvents;
  readonly #piece = new Piece();
  #opcode = 0;
  /** Bytes of the current payload that are still to come. */
  #payload = 0;
  /** A header that has not come entirely. */
  #partial: Buffer | undefined;

  constructor(events: WireEvents) {
    this.#events = events;
  }

  take(chunk: Buffer): void {
    const data = this.#partial === undefined ? chunk : Buffer.concat([this.#partial, chunk]);
    this.#partial = undefined;
    let at = 0;
    while (at < data.length) {
      if (this.#payload > 0) {
        const end = Math.min(data.length, at + this.#payload);
        this.#piece.take(data, at, end);
        this.#payload -= end - at;
        at = end;
        if (this.#payload === 0) this.#ended();
        continue;
      }
      const short = (data[at + 1] ?? 0) & 127;
      const header = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (data.length - at < header) {
        this.#partial = Buffer.from(data.subarray(at));
        return;
      }
      this.#opcode = (data[at] ?? 0) & 15;
      this.#payload =
        short < 126 ? short : short === 126 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2));
      at += header;
      if (this.#payload === 0) this.#ended();
    }
  }

  #ended(): void {
    const { text, bytes } = this.#piece.end();
    this.#events.message(this.#opcode, text, bytes);
  }
}

/** The lines of an answer that comes in chunks, as event streams do. */
export class LineWire implements Wire {
  readonly #events: WireEvents;
  readonly #piece = new Piece();
  #state: "size" | "data" | "after" = "size";
  #size = "";
  #left = 0;
  /** Whether the last chunk, which is empty, has come: the server ended the stream in good order. */
  ended = false;

  constructor(events: WireEvents) {
    this.#events = events;
  }

  take(data: Buffer): void {
    let at = 0;
    while (at < data.length) {
      if (this.#state === "data") {
        const end = Math.min(data.length, at + this.#left);
        this.#lines(data, at, end);
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#state = "after";
        continue;
      }
      const byte = data[at++];
      if (byte !== lineFeed) {
        if (this.#state === "size" && byte !== carriageReturn) this.#size += String.fromCharCode(byte ?? 0);
        continue;
      }
      if (this.#state === "after") this.#state = "size";
      else if (this.#size !== "") {
        this.#left = Number.parseInt(this.#size, 16);
        this.#size = "";
        if (this.#left === 0) this.ended = true;
        else this.#state = "data";
      }
    }
  }

  #lines(data: Buffer, from: number, to: number): void {
    let at = from;
    while (at < to) {
      const found = data.indexOf(lineFeed, at);
      if (found < 0 || found >= to) {
        this.#piece.take(data, at, to);
        return;
      }
      this.#piece.take(data, at, found);
      at = found + 1;
      const { text, bytes } = this.#piece.end();
      this.#events.message(1, text, bytes);
    }
  }
}

const lineFeed = 10;
const carriageReturn = 13;

/** The text between `before` and the next `"`. */
export function field(text: string, before: string, last = false): string {
  const found = last ? text.lastIndexOf(before) : text.indexOf(before);
  if (found < 0) return "";
  const from = found + before.length;
  return text.slice(from, text.indexOf('"', from));
}

/**
 * A process with many clients that do next to nothing: they follow the lengths of WebSocket frames, or look for the ends
 * of server-sent events, and count. What is measured with it is the server, and it is the same for every server.
 */
import { answerQuestions, sharedNow } from "./worker.ts";

export interface OpenMany {
  readonly port: number;
  readonly sockets: readonly OpenOne[];
  /** Frames that each is sent as a greeting. */
  readonly greetings: number;
  /** Reads server-sent events, not WebSocket frames. */
  readonly sse?: boolean;
}

export interface OpenOne {
  readonly path: string;
  /** Sent as `Authorization: Bearer` where there is one. */
  readonly token?: string;
}

/** How many connect at once. */
const atOnce = 100;

interface Reader {
  /** Payload so far. */
  readonly bytes: number;
  /** How many messages end in `chunk`. */
  take(chunk: Buffer): number;
}

/** Looks for the blank lines that end events. The answer's head ends in CR LF twice, so it is none. */
class EventReader implements Reader {
  bytes = 0;
  #afterNewline = false;

  take(chunk: Buffer): number {
    this.bytes += chunk.length;
    let events = 0;
    for (const byte of chunk) {
      if (byte === 10 && this.#afterNewline) events++;
      this.#afterNewline = byte === 10;
    }
    return events;
  }
}

class FrameReader implements Reader {
  frames = 0;
  bytes = 0;
  #upgraded = false;
  /** Bytes of the current frame's payload that are still to come. */
  #payload = 0;
  #partial = Buffer.alloc(0);

  take(chunk: Buffer): number {
    const before = this.frames;
    let data = this.#partial.length > 0 ? Buffer.concat([this.#partial, chunk]) : chunk;
    if (!this.#upgraded) {
      const end = data.indexOf("\r\n\r\n");
      if (end >= 0) {
        if (!data.subarray(0, 12).equals(switching)) throw new Error(`not upgraded: ${data.toString()}`);
        this.#upgraded = true;
        // The answer counts as the first message.
        this.frames++;
        data = data.subarray(end + 4);
      }
    }
    this.#partial = this.#upgraded ? this.#follow(data) : Buffer.from(data);
    return this.frames - before;
  }

  /** Follows frame after frame; gives back what is too short to tell. */
  #follow(data: Buffer): Buffer<ArrayBuffer> {
    let at = 0;
    while (at < data.length) {
      if (this.#payload > 0) {
        const part = Math.min(this.#payload, data.length - at);
        this.#payload -= part;
        at += part;
        if (this.#payload === 0) this.frames++;
        continue;
      }
      const short = (data[at + 1] ?? 0) & 127;
      const header = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (data.length - at < header) return Buffer.from(data.subarray(at));
      this.#payload =
        short < 126 ? short : short === 126 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2));
      this.bytes += this.#payload;
      at += header;
      if (this.#payload === 0) this.frames++;
    }
    return Buffer.alloc(0);
  }
}

const switching = Buffer.from("HTTP/1.1 101");
const readers: Reader[] = [];
const sockets: Bun.Socket<Reader>[] = [];
let received = 0;
let wanted = Number.POSITIVE_INFINITY;
let reached: (at: number) => void = () => undefined;

function framesUntil(count: number): Promise<number> {
  return new Promise((resolve) => {
    wanted = count;
    reached = resolve;
    if (received >= wanted) resolve(sharedNow());
  });
}

function connect(port: number, { path, token }: OpenOne, sse: boolean): Promise<Bun.Socket<Reader>> {
  const reader = sse ? new EventReader() : new FrameReader();
  readers.push(reader);
  return Bun.connect<Reader>({
    hostname: "127.0.0.1",
    port,
    socket: {
      open(socket) {
        socket.data = reader;
        const headers = [
          `GET ${path} HTTP/1.1`,
          `Host: 127.0.0.1:${port}`,
          ...(sse ? ["Accept: text/event-stream"] : upgrade),
          ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
        ];
        socket.write(`${headers.join("\r\n")}\r\n\r\n`);
      },
      data(socket, chunk) {
        received += socket.data.take(chunk as Buffer);
        if (received >= wanted) {
          wanted = Number.POSITIVE_INFINITY;
          reached(sharedNow());
        }
      },
    },
  });
}

const upgrade = [
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
];

let target = Promise.resolve(0);

answerQuestions({
  /** Opens them all and waits for their greetings. */
  async open({ port, sockets: wished, greetings, sse = false }: OpenMany): Promise<number> {
    const greeted = framesUntil(received + wished.length * (sse ? greetings : greetings + 1));
    for (let i = 0; i < wished.length; i += atOnce) {
      sockets.push(...(await Promise.all(wished.slice(i, i + atOnce).map((one) => connect(port, one, sse)))));
    }
    await greeted;
    return sockets.length;
  },
  /** From now on `frames` more are awaited, over all sockets. */
  expect(frames: number): void {
    target = framesUntil(received + frames);
  },
  /** When the last of them came. */
  last: () => target,
  payloadBytes: () => readers.reduce((sum, { bytes }) => sum + bytes, 0),
});

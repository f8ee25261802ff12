import { createHash } from "node:crypto";
import { RawConnection } from "./raw-connection.ts";
import { type Frame, FrameReader, frame, opcodes } from "./websocket-frames.ts";

/** A header that is `null` is left out. */
export type HandshakeHeaders = Readonly<Record<string, string | null>>;

export interface HandshakeOptions {
  readonly path: string;
  readonly headers?: HandshakeHeaders;
  readonly method?: string;
  readonly version?: string;
  /** Sent in the same write, right behind the request. */
  readonly behind?: Uint8Array;
}

export interface HandshakeAnswer {
  readonly status: number;
  readonly headers: Headers;
}

export const sampleKey = "dGhlIHNhbXBsZSBub25jZQ==";

/** The handshake of RFC 6455, section 4.1, with whatever is to be different about it. */
export function handshakeText({ path, headers = {}, method = "GET", version = "HTTP/1.1" }: HandshakeOptions): string {
  const all: HandshakeHeaders = {
    Host: "localhost",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": sampleKey,
    "Sec-WebSocket-Version": "13",
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return `${method} ${path} ${version}\r\n${lines.join("\r\n")}\r\n\r\n`;
}

export function acceptOf(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

/** A WebSocket of which the test writes every byte itself. Nothing is answered unasked: no pong, no close. */
export class RawWebSocket {
  readonly frames: Frame[] = [];
  readonly answer: HandshakeAnswer;
  readonly #connection: RawConnection;
  readonly #reader = new FrameReader();

  private constructor(connection: RawConnection, answer: HandshakeAnswer) {
    this.#connection = connection;
    this.answer = answer;
  }

  static async open(port: number, options: HandshakeOptions): Promise<RawWebSocket> {
    const connection = await RawConnection.open(port);
    const request = Buffer.from(handshakeText(options), "latin1");
    connection.write(options.behind === undefined ? request : Buffer.concat([request, options.behind]));
    const end = await connection.until((received) => {
      const at = received.indexOf("\r\n\r\n");
      return at < 0 ? undefined : at + 4;
    });
    const [first = "", ...lines] = connection
      .take(end ?? 0)
      .toString("latin1")
      .trim()
      .split("\r\n");
    const headers = new Headers();
    for (const line of lines)
      headers.append(line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim());
    return new RawWebSocket(connection, { status: Number(first.split(" ")[1]), headers });
  }

  send(bytes: Uint8Array): void {
    this.#connection.write(bytes);
  }

  /** What `find` finds among the frames, as soon as it does; `undefined` when the connection ends before. */
  until<T>(find: (frames: readonly Frame[]) => T | undefined): Promise<T | undefined> {
    return this.#connection.until((received) => {
      this.frames.push(...this.#reader.push(this.#connection.take(received.length)));
      return find(this.frames);
    });
  }

  /** Resolves when the server has ended the connection; every frame has been read then. */
  async ended(): Promise<void> {
    await this.until(() => undefined);
  }

  get isEnded(): boolean {
    return this.#connection.isEnded;
  }

  get texts(): readonly string[] {
    return this.frames.filter(({ opcode }) => opcode === opcodes.text).map(({ payload }) => payload.toString());
  }

  get pongs(): readonly string[] {
    return this.frames.filter(({ opcode }) => opcode === opcodes.pong).map(({ payload }) => payload.toString("hex"));
  }

  /** The server's close frame; code 1005 when its body is empty. */
  get close(): { readonly code: number; readonly reason: string } | undefined {
    const found = this.frames.find(({ opcode }) => opcode === opcodes.close);
    if (found === undefined) return undefined;
    const { payload } = found;
    if (payload.length < 2) return { code: 1005, reason: "" };
    return { code: payload.readUInt16BE(0), reason: payload.subarray(2).toString() };
  }

  text(text: string): void {
    this.send(frame(text));
  }

  terminate(): void {
    this.#connection.terminate();
  }
}

import { FrameWire, field, LineWire, type Wire } from "./wire.ts";

/** How a follower reads its channel; `bare` is a WebSocket of a server that says nothing. */
export type Tongue = "native" | "tuniform" | "sse" | "bare";

export interface Account {
  readonly tongue: Tongue;
  readonly channel: number;
  /** The channel's stream token. */
  readonly token: string;
}

export interface ClientEvents {
  /** The server's first word: now it is a follower. */
  greeted(cursor: string): void;
  took(name: string, cursor: string, bytes: number): void;
  reset(): void;
  /** A WebSocket was closed with this code; the answer was another status than it should be, then as a negative number. */
  closed(code: number): void;
}

/** What a client says and reads on one connection, whatever carries the bytes. */
export class Client {
  readonly #tongue: Tongue;
  readonly #events: ClientEvents;
  readonly #send: (bytes: Uint8Array) => void;
  readonly #wire: Wire;
  #answer = "";
  #answered = false;
  /** Of an event stream: the block that is being read. */
  #event = "";
  #id = "";

  constructor(tongue: Tongue, events: ClientEvents, send: (bytes: Uint8Array) => void) {
    this.#tongue = tongue;
    this.#events = events;
    this.#send = send;
    const message = tongue === "sse" ? this.#line.bind(this) : this.#frame.bind(this);
    this.#wire = tongue === "sse" ? new LineWire({ message }) : new FrameWire({ message });
  }

  /** Whether the server ended an event stream as one ends it, not in its midst. */
  get endedInOrder(): boolean {
    return this.#wire instanceof LineWire && this.#wire.ended;
  }

  take(data: Buffer): void {
    if (this.#answered) this.#wire.take(data);
    else this.#head(data);
  }

  #head(data: Buffer): void {
    this.#answer += data.toString("latin1");
    const end = this.#answer.indexOf("\r\n\r\n");
    if (end < 0) return;
    const rest = this.#answer.length - end - 4;
    const status = Number(this.#answer.slice(9, 12));
    this.#answer = "";
    if (status !== (this.#tongue === "sse" ? 200 : 101)) {
      this.#events.closed(-status);
      return;
    }
    this.#answered = true;
    if (this.#tongue === "bare") this.#events.greeted("");
    if (rest > 0) this.#wire.take(data.subarray(data.length - rest));
  }

  #frame(opcode: number, text: string, bytes: number): void {
    if (opcode === 9) this.#send(pong);
    else if (opcode === 8) {
      this.#send(close);
      this.#events.closed(bytes < 2 ? 1005 : text.charCodeAt(0) * 256 + text.charCodeAt(1));
    } else if (opcode === 1 && this.#tongue === "tuniform") this.#tuniform(text, bytes);
    else if (opcode === 1) this.#native(text, bytes);
  }

  #native(text: string, bytes: number): void {
    if (text.startsWith('{"id":')) {
      this.#events.took(field(text, '"externalId":"'), field(text, '"cursor":"'), bytes);
    } else if (text.startsWith('{"type":"hello"')) this.#events.greeted(field(text, '"cursor":"'));
    else if (text.startsWith('{"type":"reset"')) this.#events.reset();
  }

  /** Its frames bear no id of the event's: the message begins with the name. */
  #tuniform(text: string, bytes: number): void {
    const cursor = field(text, '"cursor":"', true);
    if (text.startsWith('{"type":"CONNECTED"')) this.#events.greeted(cursor);
    else this.#events.took(field(text, '"message":"').split(" ", 1)[0] ?? "", cursor, bytes);
  }

  #line(_opcode: number, line: string, bytes: number): void {
    if (line.startsWith("event: ")) this.#event = line.slice(7);
    else if (line.startsWith("id: ")) this.#id = line.slice(4);
    else if (line.startsWith("data: ")) {
      if (this.#event === "hello") this.#events.greeted(field(line, '"cursor":"'));
      else if (this.#event === "reset") this.#events.reset();
      else if (this.#event === "") this.#events.took(field(line, '"externalId":"'), this.#id, bytes);
    } else if (line === "") {
      this.#event = "";
      this.#id = "";
    }
  }
}

const pong = Uint8Array.of(0x8a, 0x80, 0, 0, 0, 0);
const close = Uint8Array.of(0x88, 0x80, 0, 0, 0, 0);

/** The request that opens it. */
export function opening({ tongue, token }: Account, port: number, after: string): string {
  const path =
    tongue === "bare"
      ? "/"
      : tongue === "tuniform"
        ? `/ws?token=${token}&after=${after}`
        : `/v1/channels/-/events?after=${after}`;
  const headers = [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`];
  if (tongue === "native" || tongue === "sse") headers.push(`Authorization: Bearer ${token}`);
  if (tongue === "sse") headers.push("Accept: text/event-stream");
  else {
    headers.push("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13");
    headers.push("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
  }
  return `${headers.join("\r\n")}\r\n\r\n`;
}

import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { acceptOf } from "./raw-websocket.ts";
import { closeFrame, type Frame, FrameReader, frame, opcodes } from "./websocket-frames.ts";

/** What the server does with one connection, from its upgrade request on. What it throws is told by the player. */
export type Script = (line: Line) => Promise<void> | void;

/**
 * A WebSocket server that says literal bytes: each connection is played the next script. One more than there are scripts
 * is refused with 503.
 */
export class TranscriptPlayer {
  /** The path and query of every upgrade request, in order. */
  readonly requests: string[] = [];
  readonly #server: Server;
  readonly #scripts: Script[];
  readonly #lines = new Set<Line>();
  readonly #plays: Promise<void>[] = [];
  readonly #faults: unknown[] = [];
  #isStopped = false;

  private constructor(scripts: readonly Script[]) {
    this.#scripts = [...scripts];
    this.#server = createServer((socket) => {
      socket.setNoDelay();
      const line = new Line(socket);
      this.#lines.add(line);
      this.#plays.push(this.#play(line));
    });
  }

  static async start(...scripts: readonly Script[]): Promise<TranscriptPlayer> {
    const player = new TranscriptPlayer(scripts);
    await new Promise<void>((resolve) => player.#server.listen(0, "127.0.0.1", resolve));
    return player;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Where to dial, without a path. */
  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Adds scripts for the connections after those that have one. */
  add(...scripts: readonly Script[]): void {
    this.#scripts.push(...scripts);
  }

  /** Resolves when the scripts of all connections so far have been played; throws what the first of them found wrong. */
  async played(): Promise<void> {
    await Promise.all(this.#plays);
    this.#judge();
  }

  /** Drops every connection, in the midst of its script too; throws what was found wrong until then. */
  stop(): void {
    this.#isStopped = true;
    this.#server.close();
    for (const line of this.#lines) line.drop();
    this.#judge();
  }

  #judge(): void {
    if (this.#faults.length > 0) throw this.#faults[0];
  }

  async #play(line: Line): Promise<void> {
    const request = await line.request();
    if (request === undefined) return;
    this.requests.push(request);
    const script = this.#scripts.shift();
    if (script === undefined) {
      line.refuse(503, "no script is left");
      return;
    }
    try {
      await script(line);
    } catch (fault) {
      if (!this.#isStopped) this.#faults.push(fault);
      line.drop();
    }
  }
}

/** The server's end of one connection. */
export class Line {
  /** The client's frames that no expectation has taken yet. */
  readonly frames: Frame[] = [];
  /** Pings are answered, as every server's library does. */
  answersPings = true;
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  #head = "";
  #isUpgraded = false;
  #isEnded = false;
  #wake: (() => void)[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => this.#took(bytes));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#isEnded = true;
      this.#notify();
    });
  }

  /** The path and query that were asked for; `undefined`: the client left before it had asked. */
  async request(): Promise<string | undefined> {
    await this.#until(() => this.#head.includes("\r\n\r\n"));
    return /^GET (\S+) /.exec(this.#head)?.[1];
  }

  accept(): void {
    const key = /^sec-websocket-key: *(\S+)/im.exec(this.#head)?.[1] ?? "";
    this.#isUpgraded = true;
    this.bytes(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\n\r\n`,
    );
  }

  refuse(status: number, body: string, headers: Readonly<Record<string, string>> = {}): void {
    const all = { "Content-Type": "text/plain", "Content-Length": String(Buffer.byteLength(body)), ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join("")}\r\n${body}`);
  }

  /** One text frame each. */
  say(...texts: readonly string[]): void {
    for (const text of texts) this.bytes(frame(text, { masked: false }));
  }

  /** Bytes as they are, frame or not. */
  bytes(bytes: string | Uint8Array): void {
    if (!this.#isEnded) this.#socket.write(bytes);
  }

  /** A ping, as the protocol has it. */
  ping(payload = ""): void {
    this.bytes(frame(payload, { masked: false, opcode: opcodes.ping }));
  }

  /** The next text of the client; throws when it ends the connection instead. */
  async text(): Promise<string> {
    const { payload } = await this.next(opcodes.text);
    return payload.toString();
  }

  /** The client's next frame of that kind; other kinds before it are left where they are. */
  async next(opcode: number): Promise<Frame> {
    const at = () => this.frames.findIndex((found) => found.opcode === opcode);
    await this.#until(() => at() >= 0);
    const [found] = this.frames.splice(at(), at() < 0 ? 0 : 1);
    if (found === undefined) throw new Error(`the client ended before a frame of opcode ${opcode}`);
    return found;
  }

  /** The close handshake. */
  async close(code?: number, reason = ""): Promise<void> {
    this.bytes(closeFrame(code, reason, { masked: false }));
    await this.ended();
  }

  /** Ends without a goodbye. */
  drop(): void {
    this.#socket.destroy();
  }

  /** Resolves when the connection is over. */
  async ended(): Promise<void> {
    await this.#until(() => this.#isEnded);
  }

  async #until(fact: () => boolean): Promise<void> {
    while (!fact() && !this.#isEnded) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  #took(bytes: Buffer): void {
    if (this.#isUpgraded) for (const read of this.#reader.push(bytes)) this.#read(read);
    else this.#head += bytes.toString("latin1");
    this.#notify();
  }

  #read(read: Frame): void {
    this.frames.push(read);
    const { opcode, payload } = read;
    if (opcode === opcodes.close) this.#socket.end(frame(payload, { masked: false, opcode }));
    if (opcode === opcodes.ping && this.answersPings)
      this.bytes(frame(payload, { masked: false, opcode: opcodes.pong }));
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

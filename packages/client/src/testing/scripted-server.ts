import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { WebSocketServer } from "ws";
import type { TransportName } from "../transport.ts";
import type { Auth, Control, Hello, Page, Reset, TipwireEvent } from "../wire.ts";
import { Collected } from "./collected.ts";
import { sampleEvent } from "./sample.ts";

/** `blocked`: refused as a proxy would. `stalled`: taken, and never answered. */
export type Manner = "open" | "blocked" | "stalled";

export interface Visit {
  readonly transport: TransportName;
  readonly after: string | null;
  readonly token: string;
}

interface OpenSession {
  readonly transport: TransportName;
  say(message: TipwireEvent | Control): void;
  comment(): void;
  /** Cuts the connection without a word. */
  drop(): void;
  close(code: number, reason: string): void;
}

interface HttpRefusal {
  readonly status: number;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

/** Speaks the native protocol over real sockets, and misbehaves as told. One channel, no store. */
export class ScriptedServer {
  readonly manners: Record<TransportName, Manner> = { websocket: "open", sse: "open", poll: "open" };
  /** Every attempt to read that told who it is. */
  readonly visits = new Collected<Visit>();
  /** Attempts that were blocked or stalled. */
  readonly turnedAway = new Collected<TransportName>();
  /** Sessions that are over. */
  readonly left = new Collected<TransportName>();
  readonly sessions = new Set<OpenSession>();
  /** Other requests go here. */
  handle: (request: IncomingMessage, body: string, response: ServerResponse) => void = (_request, _body, response) =>
    response.writeHead(404).end();
  /** Answers every HTTP request that reads. */
  refusal: HttpRefusal | undefined;
  /** Closes every WebSocket after its first message. */
  closing: { readonly code: number; readonly reason: string } | undefined;
  /** Seconds. */
  keepalive = 15;
  epoch = "aaaaaaaa";
  readonly #log: TipwireEvent[] = [];
  readonly #sockets = new Set<Socket>();
  /** What wakes a waiting poll, by its answer. */
  readonly #waitingPolls = new Map<ServerResponse, () => void>();
  readonly #webSockets = new WebSocketServer({ noServer: true });
  readonly #http = createServer((request, response) => void this.#answer(request, response));

  static async start(port = 0): Promise<ScriptedServer> {
    const server = new ScriptedServer();
    server.#http.on("connection", (socket: Socket) => {
      server.#sockets.add(socket);
      socket.on("close", () => server.#sockets.delete(socket));
    });
    server.#http.on("upgrade", (request, socket: Socket, head) => server.#upgrade(request, socket, head));
    await new Promise<void>((resolve) => server.#http.listen(port, "127.0.0.1", resolve));
    return server;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get head(): string {
    return this.#cursor(this.#log.length);
  }

  get events(): readonly TipwireEvent[] {
    return this.#log;
  }

  append(facts: Partial<TipwireEvent> = {}): TipwireEvent {
    const number = this.#log.length + 1;
    const event = sampleEvent({ id: `e${number}`, cursor: this.#cursor(number), ...facts });
    this.#log.push(event);
    for (const session of this.sessions) session.say(event);
    for (const wake of this.#waitingPolls.values()) wake();
    return event;
  }

  /** Forgets all, as a server does whose database was restored from an empty backup. */
  restore(epoch: string): void {
    this.epoch = epoch;
    this.#log.length = 0;
  }

  drop(): void {
    for (const session of this.sessions) session.drop();
    this.sessions.clear();
    for (const response of this.#waitingPolls.keys()) response.destroy();
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.drop();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #cursor(number: number): string {
    return `${this.epoch}.${number}`;
  }

  /** Where reading starts, and the reset where the cursor does not fit. */
  #start(after: string | null, missing: "oldest" | "head"): { number: number; reset?: Reset } {
    const wanted = after ?? missing;
    if (wanted === "head") return { number: this.#log.length };
    if (wanted === "oldest") return { number: 0 };
    const [epoch, number] = wanted.split(".");
    if (epoch === this.epoch && Number(number) <= this.#log.length) return { number: Number(number) };
    const oldest = this.#cursor(0);
    return { number: 0, reset: { type: "reset", reason: "epoch", cursor: oldest, oldest, head: this.head } };
  }

  #open(session: OpenSession, after: string | null): void {
    const { number, reset } = this.#start(after, "head");
    const hello: Hello = {
      type: "hello",
      protocol: 1,
      channel: { id: 1, slug: "ann", title: "Ann" },
      cursor: this.#cursor(number),
      head: this.head,
      keepalive: this.keepalive,
    };
    session.say(hello);
    if (reset !== undefined) session.say(reset);
    for (const event of this.#log.slice(number)) session.say(event);
    this.sessions.add(session);
  }

  #forget(session: OpenSession): void {
    this.sessions.delete(session);
    this.left.add(session.transport);
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.#sockets.add(socket);
    if (this.manners.websocket !== "open") {
      if (this.manners.websocket === "blocked") socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
      this.turnedAway.add("websocket");
      return;
    }
    const { after } = parameters(request);
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const session: OpenSession = {
        transport: "websocket",
        say: (message) => webSocket.send(JSON.stringify(message)),
        comment: () => webSocket.send('{"type":"keepalive"}'),
        drop: () => webSocket.terminate(),
        close: (code, reason) => webSocket.close(code, reason),
      };
      webSocket.on("close", () => this.#forget(session));
      webSocket.once("message", (text) => {
        const { token } = JSON.parse(String(text)) as Auth;
        this.visits.add({ transport: "websocket", after, token });
        if (this.closing === undefined) this.#open(session, after);
        else session.close(this.closing.code, this.closing.reason);
      });
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { path, after, wait } = parameters(request);
    if (request.method !== "GET" || !path.endsWith("/events")) {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      return this.handle(request, Buffer.concat(pieces).toString(), response);
    }
    const transport = request.headers.accept === "text/event-stream" ? "sse" : "poll";
    const token = request.headers.authorization?.replace("Bearer ", "") ?? "";
    if (this.manners[transport] !== "open") {
      if (this.manners[transport] === "blocked") response.writeHead(502).end("<h1>Bad gateway</h1>");
      return this.turnedAway.add(transport);
    }
    this.visits.add({ transport, after, token });
    if (this.refusal !== undefined) {
      const { status, body, headers } = this.refusal;
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
    } else if (transport === "sse") this.#stream(response, after);
    else await this.#poll(response, after, wait);
  }

  #stream(response: ServerResponse, after: string | null): void {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    const session: OpenSession = {
      transport: "sse",
      say(message) {
        const name = "kind" in message ? `id: ${message.cursor}` : `event: ${message.type}`;
        response.write(`${name}\ndata: ${JSON.stringify(message)}\n\n`);
      },
      comment: () => response.write(": keepalive\n\n"),
      drop: () => response.destroy(),
      close: () => response.end(),
    };
    response.on("close", () => this.#forget(session));
    this.#open(session, after);
  }

  async #poll(response: ServerResponse, after: string | null, wait: number): Promise<void> {
    if (wait > 0 && after === this.head) {
      await new Promise<void>((resolve) => {
        this.#waitingPolls.set(response, resolve);
        response.on("close", resolve);
      });
      this.#waitingPolls.delete(response);
    }
    const { number, reset } = this.#start(after, "oldest");
    const events = this.#log.slice(number);
    const page: Page = { events, cursor: this.head, ...(reset && { reset }) };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(page));
  }
}

function parameters(request: IncomingMessage): { path: string; after: string | null; wait: number } {
  const url = new URL(request.url ?? "/", "http://localhost");
  return { path: url.pathname, after: url.searchParams.get("after"), wait: Number(url.searchParams.get("wait")) };
}

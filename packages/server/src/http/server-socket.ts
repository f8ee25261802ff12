import type { ServerWebSocket } from "bun";
import type { Serve, Socket, SocketEvents } from "../core/socket.ts";

/** More than this waiting in memory, and the socket asks for patience. */
const patience = 64 * 1024;

/** Our end of an accepted WebSocket, as protocols see it. */
export class ServerSocket implements Socket {
  readonly protocol: string;
  #serve: Serve | undefined;
  #events: SocketEvents | undefined;
  #socket: ServerWebSocket<ServerSocket> | undefined;
  /** Whether the peer was asked for patience and has not drained since. */
  isFull = false;

  constructor(protocol: string, serve: Serve) {
    this.protocol = protocol;
    this.#serve = serve;
  }

  opened(socket: ServerWebSocket<ServerSocket>): void {
    this.#socket = socket;
    this.#events = this.#serve?.(this);
    this.#serve = undefined;
  }

  received(message: string | Buffer): void {
    this.#events?.text(typeof message === "string" ? message : message.toString("utf8"));
  }

  drained(): void {
    if ((this.#socket?.getBufferedAmount() ?? 0) > patience / 2) return;
    this.isFull = false;
    this.#events?.drain();
  }

  ended(code: number, reason: string): void {
    const events = this.#events;
    this.#socket = undefined;
    this.#events = undefined;
    events?.closed(code, reason);
  }

  stalled(): void {
    this.#events?.stalled();
  }

  shutdown(): void {
    this.#events?.shutdown();
  }

  send(messages: readonly string[]): boolean {
    const socket = this.#socket;
    if (socket === undefined) return false;
    outgoing = messages;
    // Within a cork every send reports success; what counts is what is left over afterwards.
    socket.cork(sendOutgoing);
    this.isFull = socket.getBufferedAmount() > patience;
    return !this.isFull;
  }

  ping(): void {
    this.#socket?.ping();
  }

  close(code: number, reason: string): void {
    if (code === 1006) this.#socket?.terminate();
    // A close frame holds at most 123 bytes of reason.
    else this.#socket?.close(code, reason.slice(0, 120));
  }
}

let outgoing: readonly string[] = [];

/** One function for all corks: no closure a write. */
function sendOutgoing(socket: ServerWebSocket<ServerSocket>): void {
  for (const message of outgoing) socket.sendText(message);
}

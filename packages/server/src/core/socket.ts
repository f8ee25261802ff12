/** One end of a message socket. Symmetrical: a source's end and a delivery's end look alike. */
export interface Socket {
  /** Sends text messages as one write. `false`: they were taken, but send no more before `drain`. */
  send(messages: readonly string[]): boolean;
  ping(): void;
  /** 1006, which no frame may hold, breaks the connection without a goodbye. */
  close(code: number, reason: string): void;
}

/** What the owner of a socket is told. */
export interface SocketEvents {
  text(message: string): void;
  /** Messages may be sent again. */
  drain(): void;
  closed(code: number, reason: string): void;
  /** The peer has read nothing for so long that it may be gone: close, so that it comes back and resumes. */
  stalled(): void;
  /** This program is about to stop: say so in the protocol's words and close. */
  shutdown(): void;
}

/** What a protocol sees of an upgrade request. */
export interface Handshake {
  readonly path: string;
  readonly query: URLSearchParams;
  header(name: string): string | null;
  /** Counts a failed authentication against the client's address. */
  failed(): void;
}

/** An upgrade that is not granted: an HTTP answer. */
export interface Refusal {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** Seconds after which it is worth another try, told as `Retry-After`. */
  readonly retryAfter?: number;
  /** True when the caller failed to prove who it is: counted against its address. */
  readonly unauthenticated?: boolean;
}

/** Granted: called once with the open socket, returns who listens to it. */
export type Serve = (socket: Socket) => SocketEvents;

/** A protocol's place on the server. `take` decides whether a request is its own. */
export interface Endpoint {
  readonly name: string;
  matches(handshake: Handshake): boolean;
  authorize(handshake: Handshake): Promise<Serve | Refusal>;
}

/** Two ends in memory, for tests of a source against a delivery. Messages arrive in the next microtask. */
export function socketPair(): [PairedSocket, PairedSocket] {
  const left = new PairedSocket();
  const right = new PairedSocket();
  left.peer = right;
  right.peer = left;
  return [left, right];
}

export class PairedSocket implements Socket {
  peer: PairedSocket | undefined;
  events: SocketEvents | undefined;
  closed: { code: number; reason: string } | undefined;
  pings = 0;

  send(messages: readonly string[]): boolean {
    for (const message of messages) {
      queueMicrotask(() => {
        if (this.closed === undefined) this.peer?.events?.text(message);
      });
    }
    return true;
  }

  ping(): void {
    if (this.peer !== undefined) this.peer.pings++;
  }

  close(code: number, reason: string): void {
    if (this.closed !== undefined) return;
    for (const end of [this, this.peer]) {
      if (end === undefined) continue;
      end.closed = { code, reason };
      queueMicrotask(() => end.events?.closed(code, reason));
    }
  }
}

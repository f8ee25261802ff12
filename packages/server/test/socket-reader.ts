import WebSocket from "ws";

/** A socket whose frames are read one after the other, and how it ended. */
export class SocketReader {
  readonly socket: WebSocket;
  readonly ended: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #frames: string[] = [];
  #look: (() => void) | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.ended = new Promise((resolve) =>
      socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() })),
    );
    socket.on("message", (message) => {
      this.#frames.push(String(message));
      this.#look?.();
    });
  }

  static async open(address: string): Promise<SocketReader> {
    const reader = new SocketReader(new WebSocket(address));
    await new Promise((resolve, reject) => reader.socket.on("open", resolve).on("error", reject));
    return reader;
  }

  async next(): Promise<string> {
    while (this.#frames.length === 0) await new Promise<void>((resolve) => (this.#look = resolve));
    return this.#frames.shift() as string;
  }
}

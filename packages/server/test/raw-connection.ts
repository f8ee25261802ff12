import type { Socket } from "bun";

/** A TCP connection to this machine that says what it is told to, and keeps what it hears. */
export class RawConnection {
  readonly ended: Promise<void>;
  isEnded = false;
  #received: Buffer = Buffer.alloc(0);
  #unsent: Buffer = Buffer.alloc(0);
  #socket: Socket | undefined;
  #wake: (() => void)[] = [];
  readonly #end = Promise.withResolvers<void>();

  private constructor() {
    this.ended = this.#end.promise;
  }

  static async open(port: number): Promise<RawConnection> {
    const connection = new RawConnection();
    connection.#socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        binaryType: "buffer",
        data: (_, bytes) => connection.#took(bytes),
        drain: () => connection.#flush(),
        close: () => connection.#closed(),
        error: () => connection.#closed(),
      },
    });
    return connection;
  }

  /** Everything that was received and not taken. */
  get received(): Buffer {
    return this.#received;
  }

  write(bytes: string | Uint8Array): void {
    const more = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
    this.#unsent = this.#unsent.length === 0 ? Buffer.from(more) : Buffer.concat([this.#unsent, more]);
    this.#flush();
  }

  /** Says that nothing more will come. */
  finish(): void {
    this.#socket?.shutdown();
  }

  close(): void {
    this.#socket?.end();
  }

  /** Ends without a goodbye. */
  terminate(): void {
    this.#socket?.terminate();
  }

  /** What `find` finds in what was received, as soon as it does; `undefined` when the connection ends before. */
  async until<T>(find: (received: Buffer) => T | undefined): Promise<T | undefined> {
    for (;;) {
      const found = find(this.#received);
      if (found !== undefined || this.isEnded) return found;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** Takes the first `length` bytes away. */
  take(length: number): Buffer {
    const taken = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return taken;
  }

  #took(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#received, bytes]);
    this.#notify();
  }

  #flush(): void {
    if (this.#unsent.length === 0 || this.#socket === undefined || this.isEnded) return;
    const sent = this.#socket.write(this.#unsent);
    this.#unsent = sent > 0 ? this.#unsent.subarray(sent) : this.#unsent;
  }

  #closed(): void {
    this.isEnded = true;
    this.#end.resolve();
    this.#notify();
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

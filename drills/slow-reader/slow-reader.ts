import { connect, type Socket } from "node:net";
import { within } from "../pause.ts";
import { type Account, Client, opening } from "../storm/client.ts";

/** A client that reads only when it is told to, on a plain TCP connection. Its place outlives a connection. */
export class SlowReader {
  readonly account: Account;
  readonly names: string[] = [];
  readonly cursors: string[] = [];
  /** The code that the server closed the last connection with; 0 when it said none. */
  closedWith = 0;
  resets = 0;
  connections = 0;
  after: string;
  readonly #port: number;
  #socket: Socket | undefined;
  #client: Client | undefined;
  #ended = Promise.withResolvers<void>();
  #changed: () => void = () => undefined;

  constructor(account: Account, port: number, after: string) {
    this.account = account;
    this.#port = port;
    this.after = after;
  }

  /** Connects, hears the first word, and reads no more. */
  async connect(): Promise<void> {
    this.connections++;
    this.closedWith = 0;
    this.#ended = Promise.withResolvers();
    const socket = connect({ host: "127.0.0.1", port: this.#port });
    this.#socket = socket;
    const greeted = Promise.withResolvers<void>();
    const client = new Client(
      this.account.tongue,
      {
        greeted: () => {
          socket.pause();
          greeted.resolve();
        },
        took: (name, cursor) => {
          this.names.push(name);
          this.cursors.push(cursor);
          this.after = cursor;
        },
        reset: () => {
          this.resets++;
        },
        closed: (code) => {
          this.closedWith = code;
          if (code < 0) greeted.reject(new Error(`refused with ${-code}`));
        },
      },
      (bytes) => void socket.write(bytes),
    );
    this.#client = client;
    socket.on("connect", () => socket.write(opening(this.account, this.#port, this.after)));
    socket.on("data", (data: Buffer) => {
      client.take(data);
      this.#changed();
      // The connection itself stays open for another request.
      if (client.endedInOrder) this.#ended.resolve();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#ended.resolve();
      greeted.reject(new Error("ended before its first word"));
      this.#changed();
    });
    await greeted.promise;
  }

  /** Reads on, until it has `count` records or the connection has ended; `false` after `ms`. */
  async readOn(count: number, ms: number): Promise<boolean> {
    const enough = () => this.names.length >= count || this.#socket?.closed === true;
    const done = new Promise<true>((resolve) => {
      this.#changed = () => {
        if (enough()) resolve(true);
      };
    });
    this.#socket?.resume();
    this.#changed();
    return (await within(done, ms)) ?? false;
  }

  /** Reads to the end of the connection; `false` after `ms`. */
  async readToEnd(ms: number): Promise<boolean> {
    this.#socket?.resume();
    return (
      (await within(
        this.#ended.promise.then(() => true as const),
        ms,
      )) ?? false
    );
  }

  /** Whether the server's last word was that it may come back: 4001, or the orderly end of the stream. */
  get mayComeBack(): boolean {
    return this.account.tongue === "sse" ? this.#client?.endedInOrder === true : this.closedWith === 4001;
  }

  hangUp(): void {
    this.#socket?.destroy();
  }
}

import type { Clock } from "../core/clock.ts";
import type { Serve, Socket, SocketEvents } from "../core/socket.ts";
import type { Dial, Dialled, DialOptions } from "../intake/dial.ts";

const usualWithin = 10_000;
const usualFrameBytes = 1_048_576;

/** How long the other side may take to answer our close, milliseconds. */
const closeWithin = 2000;

/** What the runtime's WebSocket has beyond the standard: control frames are told and sent, and it can end at once. */
interface RuntimeWebSocket extends WebSocket {
  ping(): void;
  terminate(): void;
}

type RuntimeWebSocketType = new (url: string, options: { readonly perMessageDeflate: boolean }) => RuntimeWebSocket;

/** Dials with the runtime's own WebSocket. */
export function webSocketDial(clock: Clock): Dial {
  return (url, serve, options) => {
    if (options.signal.aborted) return Promise.resolve(unreachable(stopped));
    let socket: RuntimeWebSocket;
    try {
      socket = new (WebSocket as unknown as RuntimeWebSocketType)(url, { perMessageDeflate: false });
    } catch {
      return Promise.resolve(unreachable("The address is not that of a WebSocket."));
    }
    return attempt(socket, serve, options, clock);
  };
}

function attempt(socket: RuntimeWebSocket, serve: Serve, options: DialOptions, clock: Clock): Promise<Dialled> {
  return new Promise((resolve) => {
    let why: string | undefined;
    let text = "";
    const giveUp = (reason: string) => () => {
      why = reason;
      socket.terminate();
    };
    const within = options.within ?? usualWithin;
    const tooLong = clock.after(within, giveUp(`There was no answer within ${within / 1000} seconds.`));
    const ended = new AbortController();
    const forThisAttempt = { signal: ended.signal };
    const done = (outcome: Dialled) => {
      tooLong();
      ended.abort();
      resolve(outcome);
    };
    options.signal.addEventListener("abort", giveUp(stopped), forThisAttempt);
    socket.addEventListener("error", (event) => (text = messageOf(event)), forThisAttempt);
    socket.addEventListener("close", () => done(why === undefined ? failure(text) : unreachable(why)), forThisAttempt);
    socket.addEventListener(
      "open",
      () => {
        done({ status: "open" });
        new DialledSocket(socket, serve, options, clock);
      },
      forThisAttempt,
    );
  });
}

class DialledSocket implements Socket {
  readonly #socket: RuntimeWebSocket;
  readonly #clock: Clock;
  readonly #frameBytes: number;
  readonly #events: SocketEvents;
  readonly #listening = new AbortController();
  #isOpen = true;

  constructor(socket: RuntimeWebSocket, serve: Serve, options: DialOptions, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#frameBytes = options.frameBytes ?? usualFrameBytes;
    this.#events = serve(this);
    const { signal } = this.#listening;
    socket.binaryType = "arraybuffer";
    for (const kind of controlFrames) socket.addEventListener(kind, () => options.heard?.(), { signal });
    socket.addEventListener(
      "message",
      ({ data }) => {
        options.heard?.();
        this.#take(data as string | ArrayBuffer);
      },
      { signal },
    );
    socket.addEventListener("close", ({ code, reason }) => this.#end(code, reason), { signal });
    options.signal.addEventListener("abort", () => this.close(1000, ""), { signal });
    if (options.signal.aborted) this.close(1000, "");
  }

  /** A client sends little, and whatever it sends is kept until it can be written. */
  send(messages: readonly string[]): boolean {
    if (this.#isOpen) for (const message of messages) this.#socket.send(message);
    return true;
  }

  ping(): void {
    if (this.#isOpen) this.#socket.ping();
  }

  close(code: number, reason: string): void {
    if (!this.#isOpen) return;
    this.#socket.close(code, reason);
    // One that is gone does not answer, and would be kept for ever.
    const tooLong = this.#clock.after(closeWithin, () => this.#socket.terminate());
    this.#socket.addEventListener("close", tooLong);
    this.#end(code, reason);
  }

  #take(data: string | ArrayBuffer): void {
    const size = typeof data === "string" ? data.length : data.byteLength;
    if (size > this.#frameBytes) this.close(1009, "the message is too large");
    else this.#events.text(typeof data === "string" ? data : utf8.decode(data));
  }

  #end(code: number, reason: string): void {
    this.#isOpen = false;
    this.#listening.abort();
    queueMicrotask(() => this.#events.closed(code, reason));
  }
}

const stopped = "It was stopped.";
const controlFrames = ["ping", "pong"];
const utf8 = new TextDecoder();

/** What Bun says of a failed attempt: "WebSocket connection to '<address>' failed: <why>". */
function failure(text: string): Dialled {
  const why = text.slice(text.lastIndexOf("' failed: ") + "' failed: ".length);
  const httpStatus = /^Expected 101 status code: (\d{3})$/.exec(why)?.[1];
  if (httpStatus !== undefined) return { status: "refused", httpStatus: Number(httpStatus) };
  return unreachable(`${why || "The connection failed"}.`);
}

function messageOf(event: Event): string {
  return "message" in event ? String(event.message) : "";
}

function unreachable(reason: string): Dialled {
  return { status: "unreachable", reason };
}

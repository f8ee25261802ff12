import type { Socket, SocketEvents } from "../../core/socket.ts";

/** Frames that may wait for a page to ask for them. More than these is nobody there. */
const mostWaiting = 500;

/**
 * A socket to a page that has none: what is sent waits here until a request takes it. Answers get lost, so frames are kept
 * until the page's next request names the number up to which it has them.
 */
export class OverlayLine implements Socket {
  /** Who listens to it, as to any socket. */
  readonly events: SocketEvents;
  readonly #name = crypto.randomUUID();
  #frames: readonly string[] = [];
  /** How many frames the page is known to have. */
  #taken = 0;
  #closed: { readonly code: number; readonly reason: string } | undefined;
  #wake = () => {};

  constructor(serve: (socket: Socket) => SocketEvents) {
    this.events = serve(this);
  }

  get closed(): { readonly code: number; readonly reason: string } | undefined {
    return this.#closed;
  }

  /** The place behind all that was sent, for the page to hand back. */
  get place(): string {
    return `${this.#name}.${this.#taken + this.#frames.length}`;
  }

  /** Forgets the frames up to a place that the page hands back. `false`: it is a place of another line. */
  reached(place: string): boolean {
    const [name, number] = place.split(".");
    const count = Number(number) - this.#taken;
    if (name !== this.#name || !(count >= 0 && count <= this.#frames.length)) return false;
    this.#frames = this.#frames.slice(count);
    this.#taken += count;
    return true;
  }

  send(messages: readonly string[]): boolean {
    this.#frames = [...this.#frames, ...messages];
    if (this.#frames.length > mostWaiting) this.events.stalled();
    this.#wake();
    return true;
  }

  ping(): void {
    // A request that comes says as much.
  }

  close(code: number, reason: string): void {
    this.#closed = { code, reason };
    this.#wake();
  }

  /** The frames that wait, as soon as there are any or the line was closed; none when `over` is called before. */
  async waiting(over: (wake: () => void) => () => void): Promise<readonly string[]> {
    if (this.#frames.length === 0 && this.#closed === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = over(resolve);
      this.#wake = resolve;
      await promise;
      cancel();
    }
    return this.#frames;
  }
}

import type { Endpoint, Handshake, Refusal, Serve, Socket, SocketEvents } from "../core/socket.ts";
import { reasonOf } from "./closes.ts";
import type { Line, Misbehaviour } from "./misbehaviour.ts";
import { refusedAtTheDoor } from "./refusals.ts";

/** A platform's protocol with what goes wrong around it: connections that are refused, frames that never arrive as they were sent. */
export class FaultyEndpoint implements Endpoint {
  readonly name: string;
  readonly #own: Endpoint;
  readonly #misbehaviour: Misbehaviour;

  constructor(own: Endpoint, misbehaviour: Misbehaviour) {
    this.name = own.name;
    this.#own = own;
    this.#misbehaviour = misbehaviour;
  }

  matches(handshake: Handshake): boolean {
    return this.#own.matches(handshake);
  }

  async authorize(handshake: Handshake): Promise<Serve | Refusal> {
    const refused = refusedAtTheDoor(this.#misbehaviour);
    if (refused !== undefined) return refused;
    const serve = await this.#own.authorize(handshake);
    return typeof serve === "function" ? (socket) => new FaultySocket(socket, serve, this.#misbehaviour) : serve;
  }
}

/** How long a frame waits for the one that it changes places with, milliseconds. */
const swapWithin = 200;

/** In a subscribe command of Centrifugo's protocol. */
const takesUpAgain = /"recover":\s*true/;

/** Stands between a session of the protocol and its socket: it is the one's socket and the other's listener. */
class FaultySocket implements Socket, SocketEvents, Line {
  readonly #own: Socket;
  readonly #session: SocketEvents;
  readonly #misbehaviour: Misbehaviour;
  /** Frames on their way, and when each arrives. */
  readonly #onTheirWay: { readonly frame: string; readonly at: number }[] = [];
  /** The frame that waits for the next one to go before it. */
  #held: string | undefined;
  #last = "{}";
  #ended = false;

  constructor(own: Socket, serve: Serve, misbehaviour: Misbehaviour) {
    this.#own = own;
    this.#misbehaviour = misbehaviour;
    misbehaviour.lines.add(this);
    this.#session = serve(this);
  }

  send(messages: readonly string[]): boolean {
    if (this.#ended) return false;
    const frames = messages.flatMap((message) => this.#fateOf(message));
    const isRoom = frames.length === 0 || this.#pass(frames);
    if (!messages.some(() => this.#misbehaviour.happens("close"))) return isRoom;
    this.#ended = true;
    // The first frames are sent while the socket is being opened: nobody would be told yet that it was closed.
    this.#misbehaviour.clock.soon(() => this.breakOff(this.#misbehaviour.faults.closeCode));
    return false;
  }

  ping(): void {
    if (!this.#misbehaviour.happens("drop")) this.#own.ping();
  }

  /** The session's own goodbye: what is on its way arrives before it. */
  close(code: number, reason: string): void {
    const rest = [...this.#onTheirWay.splice(0).map(({ frame }) => frame), ...this.#swapped()];
    if (rest.length > 0) this.#own.send(rest);
    this.#own.close(code, reason);
  }

  breakOff(code: number): void {
    this.#misbehaviour.lines.delete(this);
    this.#own.close(code, reasonOf(code));
  }

  sendDamaged(): void {
    this.#pass([this.#misbehaviour.damaged(this.#last)]);
    this.#misbehaviour.count("malformed");
  }

  /** A Centrifugo without history says neither what was missed nor that anything was. */
  text(message: string): void {
    const forgets = takesUpAgain.test(message) && this.#misbehaviour.happens("forget");
    this.#session.text(forgets ? message.replace(takesUpAgain, '"recover":false') : message);
  }

  drain(): void {
    this.#session.drain();
  }

  closed(code: number, reason: string): void {
    this.#ended = true;
    this.#misbehaviour.lines.delete(this);
    this.#session.closed(code, reason);
  }

  stalled(): void {
    this.#session.stalled();
  }

  shutdown(): void {
    this.#session.shutdown();
  }

  /** What is sent instead of a frame, in this order. */
  #fateOf(frame: string): readonly string[] {
    const misbehaviour = this.#misbehaviour;
    if (misbehaviour.happens("drop")) return [];
    this.#last = frame;
    if (this.#held === undefined && misbehaviour.happens("reorder")) {
      this.#held = frame;
      misbehaviour.clock.after(swapWithin, () => this.#release(frame));
      return [];
    }
    const damaged = misbehaviour.happens("malformed") ? [misbehaviour.damaged(frame)] : [];
    const doubled = misbehaviour.happens("duplicate") ? [frame] : [];
    return [...damaged, frame, ...doubled, ...this.#swapped()];
  }

  /** The frame that waited, if one did. */
  #swapped(): readonly string[] {
    const held = this.#held === undefined ? [] : [this.#held];
    this.#held = undefined;
    return held;
  }

  /** Nothing came that could go before it. */
  #release(frame: string): void {
    if (this.#held === frame) this.#pass(this.#swapped());
  }

  #pass(frames: readonly string[]): boolean {
    const { clock, faults, random } = this.#misbehaviour;
    if (this.#ended) return false;
    if (faults.delay === 0 && this.#onTheirWay.length === 0) return this.#own.send(frames);
    for (const frame of frames) {
      const at = Math.max(clock.now() + random() * faults.delay, this.#onTheirWay.at(-1)?.at ?? 0);
      this.#onTheirWay.push({ frame, at });
      this.#misbehaviour.count("delay");
      clock.after(Math.ceil(at - clock.now()), () => this.#arrive());
    }
    return true;
  }

  #arrive(): void {
    const now = this.#misbehaviour.clock.now();
    const due = this.#onTheirWay.findIndex(({ at }) => at > now);
    const arrived = this.#onTheirWay.splice(0, due < 0 ? this.#onTheirWay.length : due);
    if (arrived.length > 0 && !this.#ended) this.#own.send(arrived.map(({ frame }) => frame));
  }
}

import type { Clock } from "../../core/clock.ts";
import { MessageRate } from "../../core/message-rate.ts";
import type { Socket, SocketEvents } from "../../core/socket.ts";
import { closeReason, type Disconnect, Disconnected, disconnects, errorReply, reply } from "./centrifugo.ts";
import { type ClientRoom, type Line, RealtimeClient } from "./client.ts";
import { type Command, readFrame } from "./commands.ts";

/** What sessions share. */
export interface RealtimeRoom extends ClientRoom {
  readonly clock: Clock;
  readonly authSeconds: number;
  /** More frames of a client in ten seconds are dropped; its ping timers pile up, which is no reason to close. */
  readonly messagesPer10s: number;
  /** Has `tick` called every second until it gives `false`. */
  time(session: RealtimeSession): void;
  ended(session: RealtimeSession): void;
}

/** Commands that may wait for their turn; a frame that comes on top of them is dropped. */
const mostWaiting = 1000;

/** One socket of the realtime server. Its commands are answered one after the other, in the order in which they came. */
export class RealtimeSession implements SocketEvents, Line {
  /** Those that are pinged in the same second. */
  round: Set<RealtimeSession> | undefined;
  readonly #room: RealtimeRoom;
  readonly #socket: Socket;
  readonly #client: RealtimeClient;
  /** Counts a failed authentication against the client's address. */
  readonly #failed: () => void;
  readonly #openedAt: number;
  #closed = false;
  #commands: (Command | "malformed")[] = [];
  #answering = false;
  /** The socket takes nothing more before it drains. */
  #full = false;
  /** What was to be said while it was full: one write of each subscription at most, and one answer. */
  #unsaid: string[] = [];
  #drained: (() => void) | undefined;
  readonly #rate = new MessageRate();

  constructor(room: RealtimeRoom, socket: Socket, failed: () => void) {
    this.#room = room;
    this.#socket = socket;
    this.#failed = failed;
    this.#client = new RealtimeClient(room, this);
    this.#openedAt = room.clock.now();
    room.time(this);
  }

  text(frame: string): void {
    const isSurplus = this.#rate.exceeds(this.#room.messagesPer10s, this.#room.clock.now());
    if (this.#closed || isSurplus || this.#commands.length > mostWaiting) return;
    const { commands, malformed } = readFrame(frame);
    for (const command of commands) this.#commands.push(command);
    if (malformed) this.#commands.push("malformed");
    if (!this.#answering) void this.#answerAll();
  }

  drain(): void {
    if (this.#closed) return;
    this.#full = false;
    const unsaid = this.#unsaid;
    this.#unsaid = [];
    if (unsaid.length > 0 && !this.say(unsaid)) return;
    this.#drained?.();
    this.#client.resume();
  }

  closed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#drained?.();
    this.#client.end();
    this.#room.ended(this);
  }

  shutdown(): void {
    this.disconnect("shutdown");
  }

  stalled(): void {
    this.disconnect("slow");
  }

  ping(): void {
    this.#socket.ping();
  }

  disconnect(how: Disconnect): void {
    if (this.#closed) return;
    if (how === "invalidToken") this.#failed();
    this.closed();
    this.#socket.close(disconnects[how].code, closeReason(how));
  }

  say(messages: readonly string[]): boolean {
    if (this.#closed) return false;
    if (this.#full) this.#unsaid.push(...messages);
    else this.#full = !this.#socket.send(messages);
    return !this.#full;
  }

  mention(messages: readonly string[]): void {
    if (!this.#full) this.say(messages);
  }

  /** Ends what did not say in time whose it is, or was not refreshed in time. `false`: time can do nothing more to it. */
  tick(): boolean {
    if (this.#closed) return false;
    if (!this.#client.isConnected) {
      if (this.#room.clock.now() - this.#openedAt > this.#room.authSeconds * 1000) this.disconnect("stale");
      return true;
    }
    const { possible, now } = this.#client.overdue;
    if (now !== undefined) this.disconnect(now);
    return possible;
  }

  async #answerAll(): Promise<void> {
    this.#answering = true;
    try {
      for (let next = this.#commands.shift(); next !== undefined && !this.#closed; next = this.#commands.shift()) {
        if (next === "malformed") throw new Disconnected("badRequest");
        await this.#answer(next);
        if (this.#full) await new Promise<void>((resolve) => (this.#drained = resolve));
      }
    } catch (fault) {
      this.disconnect(fault instanceof Disconnected ? fault.how : "serverError");
    }
    this.#answering = false;
  }

  async #answer({ id, method, params }: Command): Promise<void> {
    if (id === 0 && method !== "send") return void this.say([errorReply(0, "badRequest")]);
    if (method !== "connect" && !this.#client.isConnected) return void this.say([errorReply(id, "unauthorized")]);
    if (method === undefined) return void this.say([errorReply(id, "methodNotFound")]);
    const outcome = await this.#client.perform(method, params, id);
    // It may have been given a time to end by; where not, the next tick finds that out.
    this.#room.time(this);
    if (outcome === "silent") return;
    if (outcome === "done") this.say([reply(id)]);
    else this.say(["error" in outcome ? errorReply(id, outcome.error) : reply(id, outcome.result)]);
  }
}

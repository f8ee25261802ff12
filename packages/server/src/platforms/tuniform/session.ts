import type { Credential, Scope, TokenCredential } from "../../access/credential.ts";
import type { Gate, Loss, Watched } from "../../access/gate.ts";
import type { LogRecord } from "../../core/record.ts";
import type { Socket, SocketEvents } from "../../core/socket.ts";
import type { Encoder, Follower, Hub, Sink } from "../../log/hub.ts";
import type { FeedVoice } from "./encode.ts";

/** What sessions share. */
export interface TuniformRoom {
  readonly gate: Gate;
  readonly hub: Hub;
  ended(session: TuniformSession): void;
}

/**
 * One client. One small object a socket: ten thousand of them are what an idle server mostly consists of.
 * What the client sends is ignored, without a look at it.
 */
export class TuniformSession implements SocketEvents, Sink, Watched {
  readonly encoder: Encoder;
  /** The channel's encoder, behind `encoder`. */
  readonly voice: FeedVoice;
  /** Those that are pinged in the same second. */
  round: Set<TuniformSession> | undefined;
  readonly #room: TuniformRoom;
  readonly #socket: Socket;
  #follower: Follower | undefined;
  #isOpen = true;
  /** Kept up to date by the gate. */
  credential: Credential;

  constructor(room: TuniformRoom, socket: Socket, voice: FeedVoice, resumable: boolean, credential: TokenCredential) {
    this.credential = credential;
    this.encoder = resumable ? voice.resumable : voice;
    this.voice = voice;
    this.#room = room;
    this.#socket = socket;
  }

  /** Says the handshake, always first, and goes on after `offset`; `newest` is all that comes after it, where that was seen. */
  start(connected: string | undefined, offset: number, newest: readonly LogRecord[] | undefined): void {
    this.#room.gate.watch(this);
    if (connected !== undefined) this.#socket.send([connected]);
    this.#follower = this.#room.hub.follow(this.channel, offset, this, newest);
    if (!this.#isOpen) this.#follower.stop();
  }

  get channel(): number {
    return this.voice.channel.id;
  }

  get scope(): Scope {
    return "events:read";
  }

  text(): void {}

  drain(): void {
    this.#follower?.resume();
  }

  closed(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#room.gate.release(this);
    this.#follower?.stop();
    this.#room.ended(this);
  }

  shutdown(): void {
    this.#close(1001, "the server is going away");
  }

  write(messages: readonly string[]): boolean {
    return this.#socket.send(messages);
  }

  stalled(): void {
    this.#close(1012, "too slow: nothing was read for too long");
  }

  fail(_fault: unknown): void {
    this.#close(1011, "an event could not be said");
  }

  ping(): void {
    this.#socket.ping();
  }

  lost(why: Loss): void {
    this.#close(1008, why === "expired" ? "the token has expired" : "the token was revoked");
  }

  #close(code: number, reason: string): void {
    this.closed();
    this.#socket.close(code, reason);
  }
}

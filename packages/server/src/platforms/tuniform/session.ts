import type { TokenCredential } from "../../access/credential.ts";
import type { Gate, Loss } from "../../access/gate.ts";
import type { Socket, SocketEvents } from "../../core/socket.ts";
import type { Encoder, Follower, Hub, Sink } from "../../log/hub.ts";
import type { TuniformEncoder } from "./encode.ts";

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
export class TuniformSession implements SocketEvents, Sink {
  readonly encoder: Encoder;
  /** The channel's encoder, behind `encoder`. */
  readonly voice: TuniformEncoder;
  /** Those that are pinged in the same second. */
  round: Set<TuniformSession> | undefined;
  readonly #room: TuniformRoom;
  readonly #socket: Socket;
  #follower: Follower | undefined;
  #unwatch: (() => void) | undefined;

  constructor(room: TuniformRoom, socket: Socket, voice: TuniformEncoder, resumable: boolean) {
    this.encoder = resumable ? voice.resumable : voice;
    this.voice = voice;
    this.#room = room;
    this.#socket = socket;
  }

  /** Says the handshake, always first, and goes on after `offset`. */
  start(credential: TokenCredential, connected: string, offset: number): void {
    const { id } = this.voice.channel;
    this.#unwatch = this.#room.gate.watch(credential, id, "events:read", (why) => this.#lost(why));
    this.#socket.send([connected]);
    this.#follower = this.#room.hub.follow(id, offset, this);
    if (this.#unwatch === undefined) this.#follower.stop();
  }

  text(): void {}

  drain(): void {
    this.#follower?.resume();
  }

  closed(): void {
    if (this.#unwatch === undefined) return;
    this.#unwatch();
    this.#unwatch = undefined;
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

  #lost(why: Loss): void {
    this.#close(1008, why === "expired" ? "the token has expired" : "the token was revoked");
  }

  #close(code: number, reason: string): void {
    this.closed();
    this.#socket.close(code, reason);
  }
}

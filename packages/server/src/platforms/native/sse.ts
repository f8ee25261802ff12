import type { Credential, Scope } from "../../access/credential.ts";
import type { Watched } from "../../access/gate.ts";
import type { Encoder, Follower, Sink } from "../../log/hub.ts";
import type { NativeRoom } from "./room.ts";
import { reconnectText } from "./session.ts";
import type { Start } from "./start.ts";

/** One SSE session. The stream pulls; when it does not, nothing is written. */
export class SseStream implements Sink, Watched, UnderlyingDefaultSource<Uint8Array> {
  readonly encoder: Encoder;
  readonly #room: NativeRoom;
  readonly #all: Set<SseStream>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #follower: Follower | undefined;
  readonly scope: Scope = "events:read";
  readonly channel: number;
  credential: Credential;
  #sentAt = 0;
  #stalledAt = 0;

  constructor(room: NativeRoom, encoder: Encoder, all: Set<SseStream>, credential: Credential, start: Start) {
    this.credential = credential;
    this.channel = start.channel.id;
    this.#room = room;
    this.encoder = encoder;
    this.#all = all;
  }

  open({ hello, reset, offset, newest }: Start): ReadableStream<Uint8Array> {
    // One write may wait at a time. A larger mark in bytes would cost every idle stream: Bun sets aside 4 KB for it.
    const stream = new ReadableStream<Uint8Array>(this);
    this.#all.add(this);
    this.#room.gate.watch(this);
    this.write([`event: hello\ndata: ${hello}\n\n`]);
    if (reset !== undefined) this.write([`event: reset\ndata: ${reset}\n\n`]);
    this.#follower = this.#room.hub.follow(this.channel, offset, this, newest);
    return stream;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
  }

  pull(): void {
    this.#stalledAt = 0;
    this.#follower?.resume();
  }

  cancel(): void {
    this.#controller = undefined;
    this.#leave();
  }

  write(messages: readonly string[]): boolean {
    const controller = this.#controller;
    if (controller === undefined) return false;
    this.#sentAt = this.#room.clock.now();
    controller.enqueue(utf8.encode(messages.length === 1 ? (messages[0] as string) : messages.join("")));
    const hasRoom = (controller.desiredSize ?? 0) > 0;
    if (!hasRoom && this.#stalledAt === 0) this.#stalledAt = this.#sentAt;
    return hasRoom;
  }

  fail(_fault: unknown): void {
    this.#end();
  }

  lost(): void {
    this.#end();
  }

  tick(now: number): void {
    const { limits } = this.#room;
    if (this.#stalledAt > 0) {
      if (now - this.#stalledAt > limits.stallSeconds * 1000) this.#end();
    } else if (now - this.#sentAt > (limits.keepaliveSeconds - 1) * 1000) {
      this.write([": keepalive\n\n"]);
    }
  }

  shutdown(): void {
    this.write([`event: reconnect\ndata: ${reconnectText}\n\n`]);
    this.#end();
  }

  #end(): void {
    const controller = this.#controller;
    this.#controller = undefined;
    this.#leave();
    controller?.close();
  }

  #leave(): void {
    this.#all.delete(this);
    this.#follower?.stop();
    this.#room.gate.release(this);
  }
}

const utf8 = new TextEncoder();

import type { KeyCredential, Scope } from "../../access/credential.ts";
import type { Channel } from "../../access/directory.ts";
import type { Gate, Watched } from "../../access/gate.ts";
import type { Clock } from "../../core/clock.ts";
import { MessageRate } from "../../core/message-rate.ts";
import type { Socket, SocketEvents } from "../../core/socket.ts";
import { memberText } from "../../intake/exact-json.ts";
import type { Encoder, Follower, Hub, Sink } from "../../log/hub.ts";
import type { PallyEncoder } from "./encode.ts";

/** What sessions share. */
export interface PallyRoom {
  readonly gate: Gate;
  readonly hub: Hub;
  readonly clock: Clock;
  /** More messages of a client in ten seconds are dropped; their ping timers pile up, which is no reason to close. */
  readonly messagesPer10s: number;
  /** The channel's encoder, until `leave`. */
  voice(channel: Channel): PallyEncoder;
  leave(voice: PallyEncoder): void;
  ended(session: PallySession): void;
  /** Closes a session whose key ended, or no longer covers its room. */
  lost(session: PallySession): Promise<void>;
}

/** A channel to follow, and the offset after which. */
export interface Following {
  readonly channel: Channel;
  readonly after: number;
}

/** One client: the tips of one channel, or of all that its key's account owns. */
export class PallySession implements SocketEvents, Watched {
  credential: KeyCredential;
  /** The room; `null` on the firehose. */
  readonly channel: number | null;
  readonly scope: Scope = "events:read";
  readonly openedAt: number;
  /** Those that are pinged in the same second. */
  round: Set<PallySession> | undefined;
  readonly #room: PallyRoom;
  readonly #socket: Socket;
  readonly #resumable: boolean;
  readonly #feeds = new Map<number, ChannelFeed>();
  #closed = false;
  /** The socket takes nothing more before it drains. */
  #full = false;
  /** What channels brought while it was full: one write of each at most. */
  #waiting: string[] = [];
  #owesPong = false;
  readonly #rate = new MessageRate();

  constructor(room: PallyRoom, socket: Socket, credential: KeyCredential, channel: number | null, resumable: boolean) {
    this.channel = channel;
    this.#room = room;
    this.#socket = socket;
    this.credential = credential;
    this.#resumable = resumable;
    this.openedAt = room.clock.now();
  }

  start(followings: readonly Following[]): void {
    this.#room.gate.watch(this);
    for (const following of followings) this.follow(following);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  follows(channel: number): boolean {
    return this.#feeds.has(channel);
  }

  get channels(): readonly number[] {
    return [...this.#feeds.keys()];
  }

  follow({ channel, after }: Following): void {
    if (this.#closed || this.#feeds.has(channel.id)) return;
    const voice = this.#room.voice(channel);
    const feed = new ChannelFeed(this, voice, this.#resumable ? voice.resumable : voice);
    this.#feeds.set(channel.id, feed);
    feed.follower = this.#room.hub.follow(channel.id, after, feed);
    if (this.#closed) feed.follower.stop();
  }

  unfollow(channel: number): void {
    const feed = this.#feeds.get(channel);
    if (feed === undefined) return;
    this.#feeds.delete(channel);
    feed.follower?.stop();
    this.#room.leave(feed.voice);
  }

  /** `ping` is answered at once, an echo with its payload as it was sent; everything else is ignored. */
  text(message: string): void {
    if (this.#rate.exceeds(this.#room.messagesPer10s, this.#room.clock.now())) return;
    if (message === "ping") {
      this.#pong();
    } else {
      const payload = echoPayload(message);
      if (payload !== undefined && !this.#full) this.#send([payload]);
    }
  }

  drain(): void {
    if (this.#closed) return;
    this.#full = false;
    const waiting = this.#owesPong ? ["pong", ...this.#waiting] : this.#waiting;
    this.#owesPong = false;
    this.#waiting = [];
    if (waiting.length > 0 && !this.#send(waiting)) return;
    for (const [channel, feed] of [...this.#feeds]) {
      if (this.#feeds.has(channel)) feed.follower?.resume();
      if (!this.#full) continue;
      // The others have their turn first the next time.
      if (this.#feeds.delete(channel)) this.#feeds.set(channel, feed);
      return;
    }
  }

  closed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#room.gate.release(this);
    for (const channel of this.channels) this.unfollow(channel);
    this.#room.ended(this);
  }

  shutdown(): void {
    this.close(1001, "the server is going away");
  }

  lost(): void {
    void this.#room.lost(this);
  }

  stalled(): void {
    this.close(1012, "too slow: nothing was read for too long");
  }

  close(code: number, reason: string): void {
    this.closed();
    this.#socket.close(code, reason);
  }

  ping(): void {
    this.#socket.ping();
  }

  /** Called by the feeds. */
  write(messages: readonly string[]): boolean {
    if (!this.#full) return this.#send(messages);
    this.#waiting.push(...messages);
    return false;
  }

  #send(messages: readonly string[]): boolean {
    this.#full = !this.#socket.send(messages);
    return !this.#full;
  }

  #pong(): void {
    if (this.#full) this.#owesPong = true;
    else this.#send(["pong"]);
  }
}

/** One channel of a session. */
class ChannelFeed implements Sink {
  readonly encoder: Encoder;
  readonly voice: PallyEncoder;
  follower: Follower | undefined;
  readonly #session: PallySession;

  constructor(session: PallySession, voice: PallyEncoder, encoder: Encoder) {
    this.#session = session;
    this.voice = voice;
    this.encoder = encoder;
  }

  write(messages: readonly string[]): boolean {
    return this.#session.write(messages);
  }

  fail(_fault: unknown): void {
    this.#session.close(1011, "an event could not be said");
  }
}

/** The X of `{"type":"echo","payload":X}`, byte for byte. */
function echoPayload(message: string): string | undefined {
  try {
    const { type } = JSON.parse(message) as { readonly type?: unknown };
    return type === "echo" ? memberText(message, "payload") : undefined;
  } catch {
    return undefined;
  }
}

import type { Credential, Scope } from "../../access/credential.ts";
import type { Channel } from "../../access/directory.ts";
import type { Gate, Loss, Watched } from "../../access/gate.ts";
import type { Clock } from "../../core/clock.ts";
import type { ResetReason } from "../../core/cursor.ts";
import type { Socket, SocketEvents } from "../../core/socket.ts";
import type { EventLog } from "../../log/event-log.ts";
import type { Encoder, Follower, Hub, Sink } from "../../log/hub.ts";
import { cursorAt, headOf, resolveCursor } from "../../log/resume.ts";

/** What native sessions share. */
export interface NativeRoom {
  readonly gate: Gate;
  readonly log: EventLog;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly encoder: Encoder;
  readonly limits: NativeLimits;
  /** The channel that the address names, `-` being the one of the stream token; `undefined` where it may not be read. */
  readonly find: (slug: string, credential: Credential) => Promise<Channel | undefined>;
  readonly sessions: Set<NativeSession>;
}

export interface NativeLimits {
  readonly keepaliveSeconds: number;
  readonly authSeconds: number;
  /** A client that reads nothing for so long is closed. */
  readonly stallSeconds: number;
  readonly messagesPer10s: number;
  readonly socketsPerKey: number;
}

/** Where a session goes on, and what it is told first. */
export interface Start {
  readonly channel: Channel;
  readonly offset: number;
  readonly hello: string;
  readonly reset: string | undefined;
}

/** The first messages of a session that asked to go on after `after`; `undefined` when that is no cursor. */
export async function startOf(room: NativeRoom, channel: Channel, after: string): Promise<Start | undefined> {
  const { log } = room;
  const resumption = await resolveCursor(log, channel.id, after);
  if (resumption.status === "invalid") return undefined;
  const seen = resumption.status === "at" ? resumption : undefined;
  const cursor = seen?.cursor ?? (await cursorAt(log, channel.id, resumption.offset));
  const head = seen?.isHead === true ? cursor : await cursorAt(log, channel.id, await headOf(log, channel.id));
  const { id, slug, title } = channel;
  const keepalive = room.limits.keepaliveSeconds;
  const hello = JSON.stringify({ type: "hello", protocol: 1, channel: { id, slug, title }, cursor, head, keepalive });
  const reset = resumption.status === "reset" ? resetText(resumption.reason, cursor, log.epoch, head) : undefined;
  return { channel, offset: resumption.offset, hello, reset };
}

function resetText(reason: ResetReason, cursor: string, epoch: string, head: string): string {
  return JSON.stringify({ type: "reset", reason, cursor, oldest: `${epoch}.0.0.0`, head });
}

export const keepaliveText = '{"type":"keepalive"}';

/** How long clients may take to come back after `reconnect`, so that they do not come all at once. */
export const reconnectWithin = 1000;
export const reconnectText = JSON.stringify({ type: "reconnect", within: reconnectWithin });

/** One native WebSocket: first who it is, then its channel's events from where it stood. */
export class NativeSession implements SocketEvents, Sink, Watched {
  readonly encoder: Encoder;
  readonly #room: NativeRoom;
  readonly #socket: Socket;
  readonly #slug: string;
  readonly #after: string;
  #failed: (() => void) | undefined;
  #follower: Follower | undefined;
  readonly scope: Scope = "events:read";
  channel = 0;
  #credential: Credential | undefined;
  /** Milliseconds since 1970 when something was sent last, or the session began. */
  #sentAt: number;
  #messages = 0;
  #messagesFrom = 0;
  #state: "waiting" | "starting" | "open" | "closed" = "waiting";

  /** `failed` counts a failed authentication against the client's address. */
  constructor(room: NativeRoom, socket: Socket, slug: string, after: string, failed: () => void) {
    this.#room = room;
    this.#socket = socket;
    this.#slug = slug;
    this.#after = after;
    this.#failed = failed;
    this.encoder = room.encoder;
    this.#sentAt = room.clock.now();
    room.sessions.add(this);
  }

  /** Goes on as somebody who proved who they are. */
  async start(credential: Credential): Promise<void> {
    this.#state = "starting";
    try {
      const channel = await this.#room.find(this.#slug, credential);
      if (channel === undefined) return this.#close(4504, "no such channel, or it is not yours to read");
      if (this.#room.gate.sessionsOf(credential) >= this.#room.limits.socketsPerKey) {
        return this.#close(4003, "too many sessions of this key");
      }
      const start = await startOf(this.#room, channel, this.#after);
      if (start === undefined) return this.#close(4500, "after is no cursor");
      if (this.#gone) return;
      this.#state = "open";
      this.#failed = undefined;
      this.channel = channel.id;
      this.#credential = credential;
      this.#room.gate.watch(this);
      this.write(start.reset === undefined ? [start.hello] : [start.hello, start.reset]);
      this.#follower = this.#room.hub.follow(channel.id, start.offset, this);
      if (this.#gone) this.#follower.stop();
    } catch (fault) {
      this.fail(fault);
    }
  }

  /** Who this is; only asked for once they have proved it. */
  get credential(): Credential {
    return this.#credential as Credential;
  }

  set credential(credential: Credential) {
    this.#credential = credential;
  }

  lost(why: Loss): void {
    if (why === "expired") this.#close(4502, "the token has expired");
    else this.#close(4503, "the key or token was revoked, or no longer covers this channel");
  }

  text(message: string): void {
    const now = this.#room.clock.now();
    if (now - this.#messagesFrom > 10_000) {
      this.#messagesFrom = now;
      this.#messages = 0;
    }
    this.#messages++;
    if (this.#messages > this.#room.limits.messagesPer10s) {
      this.#close(4505, `more than ${this.#room.limits.messagesPer10s} messages in 10 seconds`);
    } else if (this.#state === "waiting") void this.#authenticate(message);
  }

  drain(): void {
    this.#follower?.resume();
  }

  closed(): void {
    this.#state = "closed";
    this.#follower?.stop();
    if (this.#credential !== undefined) this.#room.gate.release(this);
    this.#room.sessions.delete(this);
  }

  shutdown(): void {
    if (this.#state === "open") this.#socket.send([reconnectText]);
    this.#close(4000, "the server is stopping or restarting");
  }

  write(messages: readonly string[]): boolean {
    this.#sentAt = this.#room.clock.now();
    return this.#socket.send(messages);
  }

  stalled(): void {
    this.#close(4001, "too slow: come back with your cursor");
  }

  fail(_fault: unknown): void {
    this.#close(4002, "the store could not be read");
  }

  /** Called every few seconds: keeps a quiet session alive, ends one that does not authenticate. */
  tick(now: number): void {
    const { limits } = this.#room;
    if (this.#state === "waiting") {
      if (now - this.#sentAt > limits.authSeconds * 1000) this.#unauthenticated("no key or token came in time");
    } else if (now - this.#sentAt > (limits.keepaliveSeconds - 1) * 1000 && this.#state === "open") {
      this.write([keepaliveText]);
    }
  }

  async #authenticate(message: string): Promise<void> {
    this.#state = "starting";
    const token = authToken(message);
    if (token === undefined) {
      return this.#close(4500, 'the first message must be {"type":"auth","token":"…"}');
    }
    try {
      const credential = await this.#room.gate.authenticate(token);
      if (this.#gone) return;
      if (typeof credential !== "string") return await this.start(credential);
      if (credential === "token_expired") return this.#close(4502, "the token has expired");
      if (credential === "token_revoked") return this.#close(4503, "the key was revoked");
      this.#unauthenticated("unknown key or token");
    } catch (fault) {
      this.fail(fault);
    }
  }

  /** Whether the client left while something was awaited. */
  get #gone(): boolean {
    return this.#state === "closed";
  }

  #unauthenticated(reason: string): void {
    this.#failed?.();
    this.#close(4501, reason);
  }

  #close(code: number, reason: string): void {
    if (this.#state === "closed") return;
    this.closed();
    this.#socket.close(code, reason);
  }
}

function authToken(message: string): string | undefined {
  try {
    const { type, token } = JSON.parse(message) as { type?: unknown; token?: unknown };
    return type === "auth" && typeof token === "string" ? token : undefined;
  } catch {
    return undefined;
  }
}

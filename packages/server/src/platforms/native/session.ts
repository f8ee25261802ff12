import type { Credential, Scope } from "../../access/credential.ts";
import type { Loss, Watched } from "../../access/gate.ts";
import type { Socket, SocketEvents } from "../../core/socket.ts";
import type { Encoder, Follower, Sink } from "../../log/hub.ts";
import type { NativeRoom } from "./room.ts";
import { type NoStart, type Start, startFor } from "./start.ts";

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
  begin(credential: Credential, start: Start | NoStart): void {
    if ("code" in start) this.#close(start.code, start.reason);
    else if (this.#room.gate.sessionsOf(credential) >= this.#room.limits.socketsPerKey) {
      this.#close(4003, "too many sessions of this key");
    } else this.#open(credential, start);
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
      if (typeof credential !== "string") {
        const start = await startFor(this.#room, this.#slug, this.#after, credential);
        if (!this.#gone) this.begin(credential, start);
        return;
      }
      if (this.#gone) return;
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

  #open(credential: Credential, start: Start): void {
    this.#state = "open";
    this.#failed = undefined;
    this.channel = start.channel.id;
    this.#credential = credential;
    this.#room.gate.watch(this);
    this.write(start.reset === undefined ? [start.hello] : [start.hello, start.reset]);
    this.#follower = this.#room.hub.follow(this.channel, start.offset, this, start.newest);
    if (this.#gone) this.#follower.stop();
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

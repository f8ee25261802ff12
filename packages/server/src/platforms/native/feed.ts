import type { Credential } from "../../access/credential.ts";
import type { Channel } from "../../access/directory.ts";
import type { Loss, Watched } from "../../access/gate.ts";
import { Refused } from "../../core/errors.ts";
import type { Endpoint, Handshake, Refusal, Serve } from "../../core/socket.ts";
import type { Encoder, Follower } from "../../log/hub.ts";
import { cursorAt, headCursor, headOf, resolveCursor } from "../../log/resume.ts";
import { nativeText, sseEncoder } from "./encode.ts";
import type { NativeRoom } from "./room.ts";
import { NativeSession } from "./session.ts";
import { SseStream } from "./sse.ts";
import { startFor, startOf } from "./start.ts";

/** Pages of any origin may read these: they go by a key or token, never by a cookie. */
const fromAnywhere = { "access-control-allow-origin": "*", "cache-control": "no-store" };

const path = /^\/v1\/channels\/([^/]+)\/events$/;

/** The native protocol's one address, read in three ways: WebSocket, SSE, poll. */
export class NativeFeed implements Endpoint {
  readonly name = "native";
  readonly #room: NativeRoom;
  readonly #sse: Encoder;
  readonly #streams = new Set<SseStream>();
  readonly #polls = new Set<() => void>();
  readonly #stops: (() => void)[];
  #stopping = false;

  constructor(room: NativeRoom) {
    this.#room = room;
    this.#sse = sseEncoder(room.log.epoch);
    this.#stops = [room.clock.every(1000, () => this.#tick())];
  }

  matches(handshake: Handshake): boolean {
    return path.test(handshake.path);
  }

  /** With `Authorization` it is checked before the upgrade; without, the client has a few seconds to say who it is. */
  async authorize(handshake: Handshake): Promise<Serve | Refusal> {
    const slug = decoded(path.exec(handshake.path)?.[1] ?? "");
    const after = handshake.query.get("after") ?? "head";
    const secret = bearer(handshake.header("authorization"));
    const credential = secret === undefined ? undefined : await this.#room.gate.authenticate(secret);
    if (typeof credential === "string") throw new Refused(credential);
    const start = credential && (await startFor(this.#room, slug, after, credential));
    return (socket) => {
      const session = new NativeSession(this.#room, socket, slug, after, () => handshake.failed());
      if (credential !== undefined && start !== undefined) session.begin(credential, start);
      return session;
    };
  }

  /** Open SSE streams and waiting polls, for the server's figures. */
  get streams(): number {
    return this.#streams.size;
  }

  get polls(): number {
    return this.#polls.size;
  }

  /** `GET` with `after`, `limit`, `wait`. */
  async poll(channel: Channel, credential: Credential, query: URLSearchParams): Promise<Response> {
    const limit = wholeNumber(query, "limit", 1, 500, 100);
    const wait = wholeNumber(query, "wait", 0, 30, 0);
    const { log } = this.#room;
    const after = query.get("after") ?? "oldest";
    const resumption = await resolveCursor(log, channel.id, after);
    if (resumption.status === "invalid") throw new Refused("cursor_invalid");
    const { offset } = resumption;
    const seen = resumption.status === "at" ? resumption : undefined;
    // What was read on the way need not be read again: each reading waits in line behind those of everybody else.
    let records = seen?.newest?.slice(0, limit) ?? (await log.read(channel.id, offset, limit));
    if (records.length === 0 && wait > 0 && resumption.status === "at") {
      await this.#growth(channel.id, credential, offset, wait * 1000);
      records = await log.read(channel.id, offset, limit);
    }
    const events = records.map((record) => nativeText(log.epoch, record)).join(",");
    const cursor = JSON.stringify(headCursor(log, seen?.cursor ?? (await cursorAt(log, channel.id, offset)), records));
    let reset = "";
    if (resumption.status === "reset") {
      const from = await cursorAt(log, channel.id, offset);
      const head = await cursorAt(log, channel.id, await headOf(log, channel.id));
      const oldest = `${log.epoch}.0.0.0`;
      reset = `,"reset":${JSON.stringify({ reason: resumption.reason, cursor: from, oldest, head })}`;
    }
    return new Response(`{"events":[${events}],"cursor":${cursor}${reset}}`, {
      headers: { ...fromAnywhere, "content-type": "application/json" },
    });
  }

  /** `GET` with `Accept: text/event-stream`. `Last-Event-ID` counts before `after`, since it is the newer one. */
  async stream(channel: Channel, credential: Credential, after: string): Promise<Response> {
    const start = await startOf(this.#room, channel, after);
    if (start === undefined) throw new Refused("cursor_invalid");
    if (this.#room.gate.sessionsOf(credential) >= this.#room.limits.socketsPerKey) {
      throw new Refused("too_many_connections");
    }
    const stream = new SseStream(this.#room, this.#sse, this.#streams, credential, start);
    return new Response(stream.open(start), {
      headers: { ...fromAnywhere, "content-type": "text/event-stream", "x-accel-buffering": "no" },
    });
  }

  /** Ends streams and polls; WebSockets are told by the server. */
  shutdown(): void {
    this.#stopping = true;
    for (const stop of this.#stops) stop();
    for (const stream of this.#streams) stream.shutdown();
    for (const answer of this.#polls) answer();
  }

  /** Resolves when the channel grows beyond `offset`, after `ms`, or when the server stops. Throws when the credential ends. */
  #growth(channel: number, credential: Credential, offset: number, ms: number): Promise<void> {
    if (this.#stopping) return Promise.resolve();
    return new Promise((resolve, reject) => {
      let follower: Follower | undefined;
      const answer = () => {
        cancel();
        this.#room.gate.release(watched);
        this.#polls.delete(answer);
        follower?.stop();
        resolve();
      };
      const lost = (why: Loss) => {
        reject(new Refused(why === "expired" ? "token_expired" : "token_revoked"));
        answer();
      };
      const watched: Watched = { credential, channel, scope: "events:read", lost };
      this.#room.gate.watch(watched);
      const cancel = this.#room.clock.after(ms, answer);
      this.#polls.add(answer);
      const wake = () => {
        answer();
        return false;
      };
      follower = this.#room.hub.follow(channel, offset, { encoder: this.#room.encoder, write: wake, fail: answer });
      if (!this.#polls.has(answer)) follower.stop();
    });
  }

  #tick(): void {
    const now = this.#room.clock.now();
    for (const session of this.#room.sessions) session.tick(now);
    for (const stream of this.#streams) stream.tick(now);
  }
}

function decoded(slug: string): string {
  try {
    return decodeURIComponent(slug);
  } catch (cause) {
    throw new Refused("not_found", undefined, { cause });
  }
}

/** The token of `Authorization: Bearer …`. */
export function bearer(header: string | null): string | undefined {
  return /^Bearer +(\S+)\s*$/i.exec(header ?? "")?.[1];
}

function wholeNumber(query: URLSearchParams, name: string, least: number, most: number, usual: number): number {
  const text = query.get(name);
  if (text === null) return usual;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new Refused("parameter_invalid", `${name} must be a whole number from ${least} to ${most}.`);
}

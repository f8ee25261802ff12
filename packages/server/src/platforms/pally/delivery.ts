import type { KeyCredential } from "../../access/credential.ts";
import type { Channel, Directory } from "../../access/directory.ts";
import type { Gate } from "../../access/gate.ts";
import type { Clock } from "../../core/clock.ts";
import { errorSentence } from "../../core/errors.ts";
import { Rounds } from "../../core/rounds.ts";
import type { Endpoint, Handshake, Refusal, Serve, Socket } from "../../core/socket.ts";
import type { EventLog } from "../../log/event-log.ts";
import type { Hub } from "../../log/hub.ts";
import { headOf, resolveCursor } from "../../log/resume.ts";
import { PallyEncoder } from "./encode.ts";
import { type Following, type PallyRoom, PallySession } from "./session.ts";

export interface PallyParts {
  readonly gate: Gate;
  readonly directory: Directory;
  readonly hub: Hub;
  readonly log: EventLog;
  readonly clock: Clock;
  /** How many sockets one key may have open on this node. */
  readonly socketsPerKey: number;
  /** How many messages a client may send in ten seconds; the surplus is dropped. */
  readonly messagesPer10s: number;
  /** This server's address without a slash at the end: the page of channels that have none of their own. */
  readonly publicUrl: () => string;
}

export function pallyEndpoint(parts: PallyParts): PallyEndpoint {
  return new PallyEndpoint(parts);
}

/** Seconds between two WebSocket pings of one socket; clients have a text `ping` of their own. */
const pingPeriod = 25;

/** By how much two nodes' clocks may differ when one of them makes a channel that the other one's firehose takes in. */
const clockMargin = 10_000;

/**
 * Pally's own protocol, on the root path: `/?auth=KEY&channel=firehose` and `/?auth=KEY&channel=activity-feed&room=SLUG`.
 * Ours in addition: `after=<cursor>` on an activity feed goes on after that place; its frames then end in their `cursor`.
 */
export class PallyEndpoint implements Endpoint, PallyRoom {
  readonly name = "pally";
  readonly gate: Gate;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly messagesPer10s: number;
  readonly #parts: PallyParts;
  /** One encoder a channel that is listened to, so that its followers share their texts. */
  readonly #voices = new Map<number, PallyEncoder>();
  readonly #firehoses = new Set<PallySession>();
  readonly #pings: Rounds<PallySession>;
  readonly #unlisten: () => void;

  constructor(parts: PallyParts) {
    this.#parts = parts;
    this.gate = parts.gate;
    this.hub = parts.hub;
    this.clock = parts.clock;
    this.messagesPer10s = parts.messagesPer10s;
    this.#pings = new Rounds(parts.clock, pingPeriod, (session) => session.ping());
    this.#unlisten = parts.gate.onChange(({ subject }) => this.#changed(subject));
  }

  matches(handshake: Handshake): boolean {
    return handshake.path === "/";
  }

  async authorize({ query }: Handshake): Promise<Serve | Refusal> {
    const credential = await this.#credential(query.get("auth") ?? "");
    if (credential === undefined)
      return { ...refuse(401, "This API key is unknown or revoked."), unauthenticated: true };
    if (!mayRead(credential)) return refuse(403, "This API key lacks the scope events:read.");
    if (this.#parts.gate.sessionsOf(credential) >= this.#parts.socketsPerKey) {
      return refuse(429, errorSentence("too_many_connections"));
    }
    switch (query.get("channel")) {
      case "firehose":
        return this.#firehose(credential, query);
      case "activity-feed":
        return this.#activityFeed(credential, query);
      default:
        return refuse(400, "There is no such feed; channel is firehose or activity-feed.");
    }
  }

  voice(channel: Channel): PallyEncoder {
    let voice = this.#voices.get(channel.id);
    if (voice === undefined) {
      voice = new PallyEncoder(channel, this.#parts.log.epoch, this.#parts.publicUrl);
      this.#voices.set(channel.id, voice);
    }
    voice.sessions++;
    return voice;
  }

  leave(voice: PallyEncoder): void {
    voice.sessions--;
    if (voice.sessions === 0) this.#voices.delete(voice.channel.id);
  }

  ended(session: PallySession): void {
    session.round?.delete(session);
    this.#firehoses.delete(session);
  }

  stop(): void {
    this.#pings.stop();
    this.#unlisten();
  }

  async #credential(key: string): Promise<KeyCredential | undefined> {
    const credential = await this.#parts.gate.authenticate(key);
    return typeof credential === "object" && credential.kind === "key" ? credential : undefined;
  }

  async #activityFeed(credential: KeyCredential, query: URLSearchParams): Promise<Serve | Refusal> {
    const { gate, directory, log } = this.#parts;
    const room = query.get("room") ?? "";
    if (room === "") return refuse(400, "room is missing: the slug of the channel.");
    const channel = await directory.channelNamed(room);
    if (channel === undefined || !(await gate.permits(credential, channel.id, "events:read"))) {
      return refuse(404, "There is no such room, or this API key does not cover it.");
    }
    const after = query.get("after");
    const place = await resolveCursor(log, channel.id, after ?? "head");
    if (place.status === "invalid") return refuse(400, errorSentence("cursor_invalid"));
    // A cursor that does not fit goes on from where nothing is missed; this protocol has no words to say so.
    const following = { channel, after: place.offset };
    return (socket) => {
      const session = this.#session(socket, credential, channel.id, after !== null);
      session.start([following]);
      return session;
    };
  }

  async #firehose(credential: KeyCredential, query: URLSearchParams): Promise<Serve | Refusal> {
    if (query.has("after")) return refuse(400, "after goes with channel=activity-feed; the firehose has no cursor.");
    const channels = await this.#owned(credential);
    const heads = await this.#heads(channels);
    const followings = channels.map((channel) => ({ channel, after: heads.get(channel.id) ?? 0 }));
    return (socket) => {
      const session = this.#session(socket, credential, null, false);
      this.#firehoses.add(session);
      session.start(followings);
      // What changed between the look above and now.
      void this.#relist(session);
      return session;
    };
  }

  #session(socket: Socket, credential: KeyCredential, channel: number | null, resumable: boolean): PallySession {
    const session = new PallySession(this, socket, credential, channel, resumable);
    session.round = this.#pings.add(session);
    return session;
  }

  /** The channels that the key's account owns, as far as the key covers them. */
  async #owned({ account, channels }: KeyCredential): Promise<readonly Channel[]> {
    const all = await this.#parts.directory.channels(account);
    return all.filter(({ id, role }) => role === "owner" && (channels === null || channels.includes(id)));
  }

  async #heads(channels: readonly Channel[]): Promise<ReadonlyMap<number, number>> {
    const heads = new Map<number, number>();
    for (let i = 0; i < channels.length; i += 500) {
      const ids = channels.slice(i, i + 500).map(({ id }) => id);
      for (const [id, head] of await this.#parts.log.heads(ids)) heads.set(id, head);
    }
    return heads;
  }

  /** Takes in channels that were created while the firehose is open, from their first event; lets go of lost ones. */
  async #relist(session: PallySession): Promise<void> {
    try {
      const channels = await this.#owned(session.credential);
      for (const id of session.channels) {
        if (!channels.some((channel) => channel.id === id)) session.unfollow(id);
      }
      for (const channel of channels) {
        if (session.follows(channel.id)) continue;
        session.follow(await this.#entry(channel, session.openedAt));
      }
    } catch {
      // The store does not answer, and what it would have said is not known: the client comes back and is listed anew.
      session.close(1012, "the channels could not be listed");
    }
  }

  /** A channel that is new is followed from its first event, one that was given over to the account from now on. */
  async #entry(channel: Channel, openedAt: number): Promise<Following> {
    if (channel.createdAt >= openedAt - clockMargin) return { channel, after: 0 };
    return { channel, after: await headOf(this.#parts.log, channel.id) };
  }

  #changed(subject: string): void {
    const [kind, id] = subject.split(":");
    if (kind === "channel") void this.#settingsChanged(Number(id));
    if (kind !== "account") return;
    for (const session of this.#firehoses) {
      if (session.credential.account === Number(id)) void this.#relist(session);
    }
  }

  /** A channel's new settings are in every frame from now on. */
  async #settingsChanged(id: number): Promise<void> {
    const voice = this.#voices.get(id);
    if (voice === undefined) return;
    const channel = await this.#parts.directory.channel(id).catch(() => undefined);
    if (channel !== undefined) voice.channel = channel;
  }

  /** 4000, which clients take as final, only for a key that was revoked; a room alone may be lost too. */
  async lost(session: PallySession): Promise<void> {
    const id = Number(session.credential.id.slice("key:".length));
    const key = await this.#parts.directory.keyForAuthentication(id).catch(() => undefined);
    if (key?.revoked === true) session.close(4000, "the API key was revoked");
    else session.close(1008, "this API key no longer covers the room");
  }
}

/** The scope as such; which channels it reaches is decided for each. */
function mayRead(credential: KeyCredential): boolean {
  return credential.scopes.has("events:read") || (credential.administrator && credential.scopes.has("admin"));
}

function refuse(status: number, body: string): Refusal {
  return { status, contentType: "text/plain; charset=utf-8", body };
}

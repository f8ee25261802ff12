import type { TokenCredential } from "../../access/credential.ts";
import type { Channel, Directory } from "../../access/directory.ts";
import type { Gate } from "../../access/gate.ts";
import type { Clock } from "../../core/clock.ts";
import { errorSentence } from "../../core/errors.ts";
import { Rounds } from "../../core/rounds.ts";
import type { Endpoint, Handshake, Refusal, Serve } from "../../core/socket.ts";
import type { EventLog } from "../../log/event-log.ts";
import type { Hub } from "../../log/hub.ts";
import { cursorAt, resolveCursor } from "../../log/resume.ts";
import { type FeedVoice, TuniformEncoder } from "./encode.ts";
import { TuniformSession } from "./session.ts";

export interface TuniformParts {
  readonly gate: Gate;
  readonly directory: Directory;
  readonly hub: Hub;
  readonly log: EventLog;
  readonly clock: Clock;
  /** How many sockets one token may have open on this node. */
  readonly socketsPerKey: number;
  /** Feeds at the same address that others ask for by name, `feed=guide`. */
  readonly feeds?: Readonly<Record<string, (channel: Channel) => FeedVoice>>;
}

export function tuniformEndpoint(parts: TuniformParts): TuniformEndpoint {
  return new TuniformEndpoint(parts);
}

/** The bodies are the page's, to the letter; its clients may compare them. */
const missing = "Missing 'token' query parameter";
const invalid = "Invalid or expired token";
const unknownFeed = "There is no such feed; without 'feed' it is Tuniform's.";

/** Seconds between two pings of one socket. */
const pingPeriod = 25;

/**
 * Tuniform's own protocol: `/ws?token=<64 hex>`, one channel, one way. Ours in addition: `after=<cursor>` goes on after
 * that place. Its frames then end in their `cursor`, to be handed back; without `after` nothing differs from the original.
 */
export class TuniformEndpoint implements Endpoint {
  readonly name = "tuniform";
  readonly gate: Gate;
  readonly hub: Hub;
  readonly #parts: TuniformParts;
  /** By feed and channel: one encoder where somebody listens, so that its followers share their texts. */
  readonly #voices = new Map<string, Map<number, FeedVoice>>();
  readonly #pings: Rounds<TuniformSession>;
  readonly #unlisten: () => void;

  constructor(parts: TuniformParts) {
    this.#parts = parts;
    this.gate = parts.gate;
    this.hub = parts.hub;
    this.#pings = new Rounds(parts.clock, pingPeriod, (session) => session.ping());
    this.#unlisten = parts.gate.onChange(({ subject }) => void this.#changed(subject));
  }

  matches(handshake: Handshake): boolean {
    return handshake.path === "/ws";
  }

  async authorize({ query }: Handshake): Promise<Serve | Refusal> {
    const { gate, directory, log, socketsPerKey } = this.#parts;
    const token = query.get("token");
    if (token === null) return refuse(401, missing);
    const credential = await this.#credential(token);
    const channel = credential && (await directory.channel(credential.channel));
    if (credential === undefined || channel === undefined) return { ...refuse(401, invalid), unauthenticated: true };
    if (gate.sessionsOf(credential) >= socketsPerKey) return refuse(429, errorSentence("too_many_connections"));

    const feed = query.get("feed") ?? "";
    const make = this.#makes(feed);
    if (make === undefined) return refuse(400, unknownFeed);
    const after = query.get("after");
    const place = await resolveCursor(log, channel.id, after ?? "head");
    if (place.status === "invalid") return refuse(400, errorSentence("cursor_invalid"));
    // A cursor that does not fit goes on from where nothing is missed; this protocol has no words to say so.
    const { offset } = place;
    const seen = place.status === "at" ? place : undefined;
    const cursor = after === null ? undefined : (seen?.cursor ?? (await cursorAt(log, channel.id, offset)));
    return (socket) => {
      const voice = this.#voice(feed, channel, make);
      const session = new TuniformSession(this, socket, voice, cursor !== undefined, credential);
      session.round = this.#pings.add(session);
      session.start(voice.connected(cursor), offset, seen?.newest);
      return session;
    };
  }

  ended(session: TuniformSession): void {
    session.round?.delete(session);
    const { voice } = session;
    voice.sessions--;
    if (voice.sessions > 0) return;
    for (const voices of this.#voices.values()) {
      if (voices.get(voice.channel.id) === voice) voices.delete(voice.channel.id);
    }
  }

  stop(): void {
    this.#pings.stop();
    this.#unlisten();
  }

  async #credential(token: string): Promise<TokenCredential | undefined> {
    if (!/^[0-9a-f]{64}$/i.test(token)) return undefined;
    const credential = await this.#parts.gate.authenticate(token);
    return typeof credential === "object" && credential.kind === "token" ? credential : undefined;
  }

  /** Who makes the voice of a feed; `undefined`: there is no such feed. */
  #makes(feed: string): ((channel: Channel) => FeedVoice) | undefined {
    const { feeds = {}, log } = this.#parts;
    if (feed === "") return (channel) => new TuniformEncoder(channel, log.epoch);
    return Object.hasOwn(feeds, feed) ? feeds[feed] : undefined;
  }

  #voice(feed: string, channel: Channel, make: (channel: Channel) => FeedVoice): FeedVoice {
    const voices = this.#voices.get(feed) ?? new Map<number, FeedVoice>();
    const voice = voices.get(channel.id) ?? make(channel);
    this.#voices.set(feed, voices.set(channel.id, voice));
    voice.sessions++;
    return voice;
  }

  /** A channel's new settings are in every frame from now on. */
  async #changed(subject: string): Promise<void> {
    if (!subject.startsWith("channel:")) return;
    const id = Number(subject.slice("channel:".length));
    const voices = [...this.#voices.values()].map((each) => each.get(id)).filter((voice) => voice !== undefined);
    if (voices.length === 0) return;
    const channel = await this.#parts.directory.channel(id).catch(() => undefined);
    if (channel !== undefined) for (const voice of voices) voice.channel = channel;
  }
}

function refuse(status: number, body: string): Refusal {
  return { status, contentType: "text/plain; charset=utf-8", body };
}

import type { TokenCredential } from "../../access/credential.ts";
import type { Channel, Directory } from "../../access/directory.ts";
import type { Gate } from "../../access/gate.ts";
import type { Clock } from "../../core/clock.ts";
import { errorSentence } from "../../core/errors.ts";
import { Rounds } from "../../core/rounds.ts";
import type { Endpoint, Handshake, Refusal, Serve, Socket } from "../../core/socket.ts";
import type { EventLog } from "../../log/event-log.ts";
import type { Hub } from "../../log/hub.ts";
import { cursorAt, resolveCursor } from "../../log/resume.ts";
import { encodeConnected, TuniformEncoder } from "./encode.ts";
import { TuniformSession } from "./session.ts";

export interface TuniformParts {
  readonly gate: Gate;
  readonly directory: Directory;
  readonly hub: Hub;
  readonly log: EventLog;
  readonly clock: Clock;
  /** How many sockets one token may have open on this node. */
  readonly socketsPerKey: number;
}

export function tuniformEndpoint(parts: TuniformParts): TuniformEndpoint {
  return new TuniformEndpoint(parts);
}

/** The bodies are the page's, to the letter; its clients may compare them. */
const missing = "Missing 'token' query parameter";
const invalid = "Invalid or expired token";

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
  /** One encoder a channel that is listened to, so that its followers share their texts. */
  readonly #voices = new Map<number, TuniformEncoder>();
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

    const after = query.get("after");
    const place = await resolveCursor(log, channel.id, after ?? "head");
    if (place.status === "invalid") return refuse(400, errorSentence("cursor_invalid"));
    // A cursor that does not fit goes on from where nothing is missed; this protocol has no words to say so.
    const { offset } = place;
    const seen = place.status === "at" ? place : undefined;
    const cursor = after === null ? undefined : (seen?.cursor ?? (await cursorAt(log, channel.id, offset)));
    return (socket) => {
      const session = this.#open(socket, credential, channel, cursor !== undefined);
      session.start(encodeConnected(session.voice.channel, cursor), offset, seen?.newest);
      return session;
    };
  }

  ended(session: TuniformSession): void {
    session.round?.delete(session);
    const { voice } = session;
    voice.sessions--;
    if (voice.sessions === 0) this.#voices.delete(voice.channel.id);
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

  #open(socket: Socket, credential: TokenCredential, channel: Channel, resumable: boolean): TuniformSession {
    const voice = this.#voices.get(channel.id) ?? new TuniformEncoder(channel, this.#parts.log.epoch);
    this.#voices.set(channel.id, voice);
    voice.sessions++;
    const session = new TuniformSession(this, socket, voice, resumable, credential);
    session.round = this.#pings.add(session);
    return session;
  }

  /** A channel's new settings are in every frame from now on. */
  async #changed(subject: string): Promise<void> {
    const voice = subject.startsWith("channel:") ? this.#voices.get(Number(subject.slice(8))) : undefined;
    if (voice === undefined) return;
    const channel = await this.#parts.directory.channel(voice.channel.id).catch(() => undefined);
    if (channel !== undefined) voice.channel = channel;
  }
}

function refuse(status: number, body: string): Refusal {
  return { status, contentType: "text/plain; charset=utf-8", body };
}

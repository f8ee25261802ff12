import type { Gate } from "../../access/gate.ts";
import type { GrantGate } from "../../access/grant-gate.ts";
import type { Clock } from "../../core/clock.ts";
import { Rounds } from "../../core/rounds.ts";
import type { Endpoint, Handshake, Refusal, Serve } from "../../core/socket.ts";
import { Presence } from "./presence.ts";
import type { RealtimeTokens } from "./realtime-tokens.ts";
import { type RealtimeRoom, RealtimeSession } from "./session.ts";
import { type StreamParts, Streams } from "./streams.ts";

export interface RealtimeParts extends StreamParts {
  readonly gate: Gate;
  readonly grants: GrantGate;
  readonly tokens: RealtimeTokens;
  readonly clock: Clock;
  /** How long a socket may take to say whose it is. */
  readonly authSeconds: number;
  /** How many sockets one grant may have open on this node. */
  readonly socketsPerKey: number;
  /** How many frames a client may send in ten seconds; the surplus is dropped. */
  readonly messagesPer10s: number;
}

export function donationAlertsEndpoint(parts: RealtimeParts): DonationAlertsEndpoint {
  return new DonationAlertsEndpoint(parts);
}

/** Seconds between two WebSocket pings of one socket. */
const pingPeriod = 25;

/** DonationAlerts' realtime server: `/connection/websocket`, Centrifugo 2.2.1's JSON protocol. Anybody may open a socket. */
export class DonationAlertsEndpoint implements Endpoint {
  readonly name = "donationalerts";
  readonly #room: RealtimeRoom;
  readonly #pings: Rounds<RealtimeSession>;
  /** Sessions that time may end. */
  readonly #timed = new Set<RealtimeSession>();
  readonly #stops: (() => void)[];

  constructor(parts: RealtimeParts) {
    const { clock, gate, grants, tokens, authSeconds, socketsPerKey, messagesPer10s } = parts;
    const streams = new Streams(parts);
    this.#room = {
      clock,
      grants,
      tokens,
      streams,
      presence: new Presence(),
      authSeconds,
      socketsPerKey,
      messagesPer10s,
      time: (session) => void this.#timed.add(session),
      ended: (session) => {
        session.round?.delete(session);
        this.#timed.delete(session);
      },
    };
    this.#pings = new Rounds(clock, pingPeriod, (session) => session.ping());
    this.#stops = [
      clock.every(1000, () => {
        for (const session of this.#timed) if (!session.tick()) this.#timed.delete(session);
      }),
      gate.onChange(({ subject }) => {
        if (subject.startsWith("channel:")) void streams.settingsChanged(Number(subject.slice("channel:".length)));
      }),
    ];
  }

  matches({ path }: Handshake): boolean {
    return path === "/connection/websocket";
  }

  async authorize({ query, failed }: Handshake): Promise<Serve | Refusal> {
    if (query.get("format") === "protobuf") {
      return { status: 400, contentType: "text/plain; charset=utf-8", body: "This server speaks JSON only." };
    }
    return (socket) => {
      const session = new RealtimeSession(this.#room, socket, failed);
      session.round = this.#pings.add(session);
      return session;
    };
  }

  stop(): void {
    this.#pings.stop();
    for (const stop of this.#stops) stop();
  }
}

import type { Credential } from "../../access/credential.ts";
import type { Channel } from "../../access/directory.ts";
import type { Gate } from "../../access/gate.ts";
import type { Clock } from "../../core/clock.ts";
import type { EventLog } from "../../log/event-log.ts";
import type { Encoder, Hub } from "../../log/hub.ts";

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
  readonly sessions: Set<Ticking>;
}

export interface NativeLimits {
  readonly keepaliveSeconds: number;
  readonly authSeconds: number;
  /** A client that reads nothing for so long is closed. */
  readonly stallSeconds: number;
  readonly messagesPer10s: number;
  readonly socketsPerKey: number;
}

/** What is called every second, with the time in milliseconds. */
export interface Ticking {
  tick(now: number): void;
}

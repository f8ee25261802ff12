import type { SessionKey } from "../log/node-session.ts";
import type { Connection, ConnectionState, SourcePlatform } from "./connection.ts";

export interface NewConnection {
  readonly channel: number;
  readonly platform: SourcePlatform;
  /** `""` where only the platform can say it. */
  readonly account: string;
  readonly name: string;
}

/** A connection with how it is. */
export interface StoredConnection extends Connection {
  /** Another one after every change by a person: started, stopped, a new secret. */
  readonly version: number;
  /** What its holder reported last; `undefined` before it ever ran. */
  readonly state: ConnectionState | undefined;
  /** How many texts are in quarantine. */
  readonly quarantined: number;
}

/** A secret as it lies in the store. `version` rises with each that is stored. */
export interface SealedSecret {
  readonly sealed: string;
  readonly version: number;
}

/** What a supervisor looks at again and again, in one reading. */
export interface Glance {
  /** Of the topic `connections`: another one whenever a person added, changed or removed a connection. */
  readonly version: number;
  /** Wanted connections that no living node session holds. */
  readonly free: readonly number[];
}

/** What a node holds while it runs the connection's source; it keeps there what the source remembers. */
export function holdingOf(connection: number): string {
  return `source:${connection}`;
}

/** What binds the sealed secret to its place: sealed for one connection, it opens for no other. */
export function secretOf(connection: number): string {
  return `connection:${connection}:secret`;
}

/**
 * Connections, as every store keeps them. What a person changes rings `connections`. What only whoever runs the source may
 * write names the node session that holds it, and is refused where that one does not hold it, or has ended.
 */
export interface Connections {
  /** `seal` is given its number. One account is connected to a channel once; an account not known yet any number of times. */
  create(connection: NewConnection, seal: (id: number) => string): Promise<StoredConnection | "account-taken">;
  /** Of one channel or of all, by number. */
  list(channel?: number): Promise<readonly StoredConnection[]>;
  find(id: number): Promise<StoredConnection | undefined>;
  /** Starts or stops it; it counts as changed where it was so already, too. */
  setWanted(id: number, wanted: boolean): Promise<StoredConnection | undefined>;
  /** A person brought another secret: it is wanted from now on. */
  authorize(id: number, sealed: string): Promise<StoredConnection | undefined>;
  /** With its secret, state and notes. What is in quarantine may be gifts: it is read or discarded before. */
  remove(id: number): Promise<"removed" | "unknown" | "in-quarantine">;
  glance(): Promise<Glance>;

  secret(id: number): Promise<SealedSecret | undefined>;
  /** Its holder replaces the secret of version `version`. Returns the new version; `undefined`: refused, nothing stored. */
  keepSecret(id: number, sealed: string, version: number, holder: SessionKey): Promise<number | undefined>;
  /** `false`: refused. */
  report(id: number, state: ConnectionState, holder: SessionKey): Promise<boolean>;
  /** The platform said whose events it brings. `other-account`: before it said otherwise; `taken`: by another connection. */
  identify(
    id: number,
    account: string,
    name: string,
    holder: SessionKey,
  ): Promise<"identified" | "taken" | "other-account" | "refused">;
}

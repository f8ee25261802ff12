import type { Connection, SourcePlatform } from "./connection.ts";
import type { Decoded } from "./decoded.ts";
import type { Source } from "./source.ts";

/** What a person gave to connect an account. */
export interface GivenAccess {
  /** Where its events go. */
  readonly slug: string;
  /** `""`: none was given. */
  readonly key: string;
  /** Which of the account's pages; `""`: none was named. */
  readonly page: string;
}

/** What of it is stored. */
export interface AcceptedAccess {
  /** `""` where only the platform can say it. */
  readonly account: string;
  readonly name: string;
  readonly secret: string;
}

/** How a platform's events are fetched. */
export interface SourceFactory {
  /** A connection's source; it may be run any number of times, one after the other. */
  open(connection: Connection): Source;
  /** Milliseconds that the platform may be silent, connecting included, before it counts as dead. */
  readonly silence: number;
  /** What a key on the command line connects. A text is a sentence for a person: why it cannot, and what will. */
  accept(given: GivenAccess): AcceptedAccess | string;
  /** Reads again what was quarantined when it was received at `receivedAt`, milliseconds since 1970. */
  decode(raw: string, from: { readonly connection: Connection; readonly receivedAt: number }): Decoded;
}

/** A platform that is not there cannot be connected. */
export type SourceFactories = { readonly [platform in SourcePlatform]?: SourceFactory };

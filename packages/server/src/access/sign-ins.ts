/** A person at a browser, who may answer for one channel. */
export interface Person {
  readonly account: number;
  readonly channel: number;
}

/**
 * Links that sign a person in, once, and the browser sessions that come of them; also what else a browser does once for a
 * person, such as coming back from a login elsewhere. Secrets are kept as hex digests of 256 bits.
 */
export interface SignIns {
  keepLink(person: Person, hash: string, expiresAt: number): Promise<void>;
  /** Whose link it is, while it may still be used. */
  link(hash: string): Promise<Person | undefined>;
  /** Uses up a link and opens a session; `undefined` when it is unknown, expired or used. */
  open(linkHash: string, sessionHash: string, expiresAt: number): Promise<Person | undefined>;
  /** Uses up a link and opens nothing; `undefined` as for `open`. */
  spend(linkHash: string): Promise<Person | undefined>;
  session(hash: string): Promise<Person | undefined>;
  end(hash: string): Promise<void>;
}

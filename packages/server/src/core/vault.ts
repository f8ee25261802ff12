/** What other services gave us to act for a creator lies in the store sealed, under keys that do not lie there. */
export interface Vault {
  /** `place` names row and column: in another one it opens no more. Refuses with `secret_key_missing` without a key. */
  seal(secret: string, place: string): string;
  /** Throws `CannotOpen`. */
  open(sealed: string, place: string): string;
  /** Whether it was sealed with the key that seals now. */
  isCurrent(sealed: string): boolean;
  /** Whether there is a key at all. */
  readonly ready: boolean;
}

/** A sealed secret that cannot be opened here; the message says to a person why. */
export class CannotOpen extends Error {}

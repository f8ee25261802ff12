import type { Clock } from "../core/clock.ts";
import type { Grants, NewGrant, NewTokens } from "./grants.ts";
import { seal, unseal } from "./seal.ts";
import { newSecret, sha256 } from "./secrets.ts";

/** Tokens as their application gets them, this once. */
export interface IssuedTokens {
  readonly accessToken: string;
  /** Absent from the implicit grant. */
  readonly refreshToken?: string;
  /** When the access token expires, milliseconds since 1970. */
  readonly expiresAt: number;
}

/** A refresh token that is not used for so long expires; milliseconds. */
const refreshLife = 365 * 86_400_000;

/** So long the earlier tokens work after a refresh, for requests that are repeated or race; milliseconds. */
const grace = 60_000;

/** Makes the tokens of grants. Nobody else sees them but whom they are for: what is kept are hashes. */
export class TokenIssuer {
  readonly #grants: Grants;
  readonly #clock: Clock;
  readonly #accessLife: number;

  constructor(grants: Grants, clock: Clock, accessSeconds: number) {
    this.#grants = grants;
    this.#clock = clock;
    this.#accessLife = accessSeconds * 1000;
  }

  /** For an application that a person has just let in without a code. */
  async issue(grant: NewGrant, refreshable: boolean): Promise<IssuedTokens> {
    const { issued, kept } = this.#make(refreshable);
    await this.#grants.issue(grant, kept);
    return issued;
  }

  /** For a code, once. "redeemed-before" has revoked the grant of the first time. */
  async redeem(code: string): Promise<IssuedTokens | "unknown" | "expired" | "redeemed-before"> {
    const { issued, kept } = this.#make(true);
    const outcome = await this.#grants.redeem(sha256(code), kept);
    return typeof outcome === "object" ? issued : outcome;
  }

  /** A new pair for a refresh token; whoever repeats this within the grace period gets the same pair. */
  async rotate(refreshToken: string): Promise<IssuedTokens | "unknown"> {
    const { issued, kept } = this.#make(true);
    const rotated = await this.#grants.rotate(sha256(refreshToken), {
      tokens: kept,
      sealed: seal(JSON.stringify(issued), refreshToken),
      earlierUntil: this.#clock.now() + grace,
    });
    return rotated === "unknown" ? rotated : (JSON.parse(unseal(rotated.sealed, refreshToken)) as IssuedTokens);
  }

  #make(refreshable: boolean): { readonly issued: IssuedTokens; readonly kept: NewTokens } {
    const now = this.#clock.now();
    const accessToken = newSecret("twa");
    const expiresAt = now + this.#accessLife;
    const access = { hash: sha256(accessToken), expiresAt };
    if (!refreshable) return { issued: { accessToken, expiresAt }, kept: { access } };
    const refreshToken = newSecret("twr");
    const refresh = { hash: sha256(refreshToken), expiresAt: now + refreshLife };
    return { issued: { accessToken, refreshToken, expiresAt }, kept: { access, refresh } };
  }
}

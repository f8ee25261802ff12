import { createHmac } from "node:crypto";
import { newSecret } from "../../access/secrets.ts";
import type { Person, SignIns } from "../../access/sign-ins.ts";
import type { Clock } from "../../core/clock.ts";
import type { LoginAttempt } from "../../intake/platform-login.ts";
import { cookieLine, cookieOf } from "../cookies.ts";

/** How long a login elsewhere may take, seconds. */
const life = 600;

export interface LoginAttemptParts {
  readonly signIns: SignIns;
  readonly clock: Clock;
  /** Mixed into everything that is given out: SESSION_SECRET_KEY. */
  readonly key: string;
  readonly redirectUri: () => string;
}

/**
 * Logins that browsers are away for. The state is good once, for ten minutes, and only with the cookie of the browser that it
 * was made for; the store keeps nothing but a digest of both, and PKCE's verifier is made from them.
 */
export class LoginAttempts {
  readonly #parts: LoginAttemptParts;

  constructor(parts: LoginAttemptParts) {
    this.#parts = parts;
  }

  /** Two tabs of one browser share its cookie. */
  async begin(person: Person, request: Request): Promise<{ readonly attempt: LoginAttempt; readonly cookie: string }> {
    const { signIns, clock } = this.#parts;
    const browser = cookieOf(request, this.#cookieName) ?? newSecret("twb");
    const state = newSecret("twl");
    await signIns.keepLink(person, this.#digest("attempt", state, browser), clock.now() + life * 1000);
    return { attempt: this.#attempt(state, browser), cookie: this.#cookie(browser) };
  }

  /** Uses up what the browser came back with; `undefined`: it is not what this browser was given, or used, or too old. */
  async finish(
    request: Request,
    state: string,
  ): Promise<{ readonly person: Person; readonly attempt: LoginAttempt } | undefined> {
    const browser = cookieOf(request, this.#cookieName);
    if (browser === undefined) return undefined;
    const person = await this.#parts.signIns.spend(this.#digest("attempt", state, browser));
    return person && { person, attempt: this.#attempt(state, browser) };
  }

  #attempt(state: string, browser: string): LoginAttempt {
    return { redirectUri: this.#parts.redirectUri(), state, verifier: this.#digest("verifier", state, browser) };
  }

  /** 64 hex digits. */
  #digest(what: string, state: string, browser: string): string {
    return createHmac("sha256", this.#parts.key).update(`tipwire login ${what} ${state} ${browser}`).digest("hex");
  }

  get #isSecure(): boolean {
    return this.#parts.redirectUri().startsWith("https:");
  }

  /** Browsers share cookies between the ports of a host. */
  get #cookieName(): string {
    return this.#isSecure ? "__Host-tipwire_login" : `tipwire_login_${new URL(this.#parts.redirectUri()).port || "80"}`;
  }

  #cookie(value: string): string {
    // The prefix is of no worth to a browser where the path is narrower.
    const path = this.#isSecure ? "/" : "/api/auth/donationalerts";
    return cookieLine({ name: this.#cookieName, value, path, seconds: life, secure: this.#isSecure });
  }
}

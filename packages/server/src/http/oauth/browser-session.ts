import { newSecret, sameHash, sha256 } from "../../access/secrets.ts";
import type { Person, SignIns } from "../../access/sign-ins.ts";
import type { Clock } from "../../core/clock.ts";
import { cookieLine, cookieOf } from "../cookies.ts";

/** A person at a browser, known by its cookie. */
export interface BrowserSession {
  readonly person: Person;
  /** What a form must bring along: another page can make the browser send it, but cannot know this. */
  readonly formToken: string;
}

/** How long a person stays signed in, and how long a link may be opened; seconds. */
const sessionSeconds = 7 * 86_400;
const linkSeconds = 1800;

/** What people may have wanted when they were asked to sign in. */
const returnTo = ["/oauth/authorize", "/api/auth/donationalerts/login"];

/** Signs people in by links that work once, and knows them again by a cookie. */
export class BrowserSessions {
  readonly #signIns: SignIns;
  readonly #clock: Clock;
  readonly #url: () => string;

  /** `url`: where browsers find this server. */
  constructor(signIns: SignIns, clock: Clock, url: () => string) {
    this.#signIns = signIns;
    this.#clock = clock;
    this.#url = url;
  }

  /** A link that signs a person in, once, and until when it may be opened. */
  async newLink(person: Person): Promise<{ readonly url: string; readonly expiresAt: number }> {
    const secret = newSecret("twl");
    const expiresAt = this.#clock.now() + linkSeconds * 1000;
    await this.#signIns.keepLink(person, sha256(secret), expiresAt);
    return { url: `${this.#url()}/login/${secret}`, expiresAt };
  }

  personOfLink(secret: string): Promise<Person | undefined> {
    return this.#signIns.link(sha256(secret));
  }

  /** Uses up the link. Returns the cookie of the new session, `undefined` when the link is no longer good. */
  async open(secret: string): Promise<string | undefined> {
    const session = newSecret("tws");
    const expiresAt = this.#clock.now() + sessionSeconds * 1000;
    const person = await this.#signIns.open(sha256(secret), sha256(session), expiresAt);
    return person && this.#cookie(this.#sessionName, session, "/", sessionSeconds);
  }

  async of(request: Request): Promise<BrowserSession | undefined> {
    const secret = cookieOf(request, this.#sessionName);
    const person = secret && (await this.#signIns.session(sha256(secret)));
    return secret && person ? { person, formToken: formTokenOf(secret) } : undefined;
  }

  /** Whether the browser says that a page of ours sends this, as far as it says anything. */
  isOwnPage(request: Request): boolean {
    const from = request.headers.get("sec-fetch-site");
    return from === null || from === "same-origin";
  }

  /** Whether a form was sent by a page of ours, which this browser's session had asked for. */
  isOwnForm(request: Request, session: BrowserSession, formToken: string | undefined): boolean {
    return this.isOwnPage(request) && sameHash(sha256(session.formToken), sha256(formToken ?? ""));
  }

  /** Ends the session of the request; returns the cookie that makes the browser forget it. */
  async end(request: Request): Promise<string> {
    const secret = cookieOf(request, this.#sessionName);
    if (secret) await this.#signIns.end(sha256(secret));
    return this.#cookie(this.#sessionName, "", "/", 0);
  }

  /** Remembers what the person wanted before they had to sign in. */
  remember(address: string): string {
    return this.#cookie(this.#returnName, encodeURIComponent(address), "/login", linkSeconds);
  }

  /** Where the person wanted to go: an address of ours, and the cookie that makes the browser forget it. */
  remembered(request: Request): { readonly address: string; readonly forget: string } | undefined {
    const text = cookieOf(request, this.#returnName);
    const address = text && decoded(text);
    // A cookie may hold what no header can.
    if (address === undefined || !/^[!-~]+$/.test(address)) return undefined;
    if (!returnTo.some((path) => address.startsWith(`${path}?`))) return undefined;
    return { address, forget: this.#cookie(this.#returnName, "", "/login", 0) };
  }

  get #isSecure(): boolean {
    return this.#url().startsWith("https:");
  }

  get #sessionName(): string {
    return this.#isSecure ? "__Host-tipwire_session" : `tipwire_session_${this.#port}`;
  }

  get #returnName(): string {
    return this.#isSecure ? "__Secure-tipwire_return" : `tipwire_return_${this.#port}`;
  }

  /** Browsers share cookies between the ports of a host: two servers on one machine must not take each other's. */
  get #port(): string {
    return new URL(this.#url()).port || "80";
  }

  #cookie(name: string, value: string, path: string, seconds: number): string {
    return cookieLine({ name, value, path, seconds, secure: this.#isSecure });
  }
}

function formTokenOf(secret: string): string {
  return sha256(`form ${secret}`);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

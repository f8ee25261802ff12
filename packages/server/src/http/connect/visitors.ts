import type { Channel, Directory } from "../../access/directory.ts";
import type { BrowserSession, BrowserSessions } from "../oauth/browser-session.ts";
import type { Visit } from "../router.ts";

/**
 * Who looks at the page at `/`. `local`: at this computer, of a server that one person uses alone; `unknown` learns nothing.
 * `channels`: those that the visitor may connect a platform to.
 */
export type Visitor =
  | { readonly kind: "signed-in"; readonly session: BrowserSession; readonly channels: readonly Channel[] }
  | { readonly kind: "local"; readonly channels: readonly Channel[] }
  | { readonly kind: "unknown"; readonly channels: readonly [] };

/** Tells visitors apart. */
export class Visitors {
  readonly #sessions: BrowserSessions;
  readonly #directory: Directory;
  readonly #publicUrl: () => string;

  /** `publicUrl`: where browsers find this server. */
  constructor(sessions: BrowserSessions, directory: Directory, publicUrl: () => string) {
    this.#sessions = sessions;
    this.#directory = directory;
    this.#publicUrl = publicUrl;
  }

  async of(visit: Visit): Promise<Visitor> {
    const session = await this.#sessions.of(visit.request);
    if (session !== undefined) return { kind: "signed-in", session, channels: await this.#owned(session) };
    if (!this.#isAtThisComputer(visit)) return { kind: "unknown", channels: [] };
    const accounts = await this.#directory.accounts();
    if (accounts.length !== 1) return { kind: "unknown", channels: [] };
    return { kind: "local", channels: await this.#directory.channels() };
  }

  /** A session answers for one channel, as long as its account owns that. */
  async #owned({ person }: BrowserSession): Promise<readonly Channel[]> {
    const isOwner = (await this.#directory.role(person.account, person.channel)) === "owner";
    const channel = isOwner ? await this.#directory.channel(person.channel) : undefined;
    return channel === undefined ? [] : [channel];
  }

  /**
   * The connection comes from this machine, through no proxy that says so; the browser was told to go to a name of this
   * machine, which a page elsewhere whose name leads here was not; and the server is meant to be reached by such a name.
   */
  #isAtThisComputer({ isLocal, url, request }: Visit): boolean {
    const proxied = ["forwarded", "via", "x-forwarded-host", "x-real-ip"].some((name) => request.headers.has(name));
    return isLocal && !proxied && isLoopbackName(url) && isLoopbackName(new URL(this.#publicUrl()));
  }
}

function isLoopbackName({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
}

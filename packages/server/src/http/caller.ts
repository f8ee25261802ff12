import type { Credential, KeyCredential, Scope } from "../access/credential.ts";
import type { Channel, Directory } from "../access/directory.ts";
import type { Gate } from "../access/gate.ts";
import { Refused } from "../core/errors.ts";
import type { Visit } from "./router.ts";

/** Who is calling our own API, and what they may touch. Every method throws `Refused` where they may not. */
export class Callers {
  readonly #gate: Gate;
  readonly #directory: Directory;

  constructor(gate: Gate, directory: Directory) {
    this.#gate = gate;
    this.#directory = directory;
  }

  async credential({ request, handshake }: Visit): Promise<Credential> {
    const secret = /^Bearer +(\S+)\s*$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    if (secret === undefined) throw new Refused("token_missing");
    const credential = await this.#gate.authenticate(secret);
    if (typeof credential !== "string") return credential;
    handshake.failed();
    throw new Refused(credential);
  }

  /** The channel of the address, for a caller that may do one of `anyOf` in it. Foreign and unknown channels answer alike. */
  async channel(
    visit: Visit,
    ...anyOf: readonly Scope[]
  ): Promise<{ readonly channel: Channel; readonly credential: Credential }> {
    const credential = await this.credential(visit);
    const channel = await this.#named(visit.path["slug"] ?? "", credential);
    if (channel === undefined) throw new Refused("channel_unknown");
    for (const scope of anyOf) {
      if (await this.#gate.permits(credential, channel.id, scope)) return { channel, credential };
    }
    if (!(await this.#reads(credential, channel))) throw new Refused("channel_unknown");
    throw new Refused("scope_missing", `This key may not do that: it needs ${anyOf.join(" or ")}.`);
  }

  /** The channel that a slug names to this caller, `-` being that of a stream token. */
  async readable(slug: string, credential: Credential): Promise<Channel | undefined> {
    const channel = await this.#named(slug, credential);
    return channel !== undefined && (await this.#reads(credential, channel)) ? channel : undefined;
  }

  /** A caller who may administer: the server, or their own account's channels. */
  async administrating(visit: Visit): Promise<KeyCredential> {
    const credential = await this.credential(visit);
    if (credential.kind === "key" && credential.scopes.has("admin")) return credential;
    throw new Refused("scope_missing", "This needs a key with the scope admin.");
  }

  /** The channel of the address, for a caller who may change it. */
  async administered(visit: Visit): Promise<{ readonly channel: Channel; readonly credential: Credential }> {
    await this.administrating(visit);
    return this.channel(visit, "admin");
  }

  /** Whether the caller may change the channel with that number. */
  administers(credential: Credential, channel: number): Promise<boolean> {
    return this.#gate.permits(credential, channel, "admin");
  }

  async administrator(visit: Visit): Promise<KeyCredential> {
    const credential = await this.administrating(visit);
    if (credential.administrator) return credential;
    throw new Refused("scope_missing", "Only the server's administrator may do that.");
  }

  /** The account that `name` names, for a caller who may act for it; without a name the caller's own. */
  async accountFor(credential: KeyCredential, name: string | undefined): Promise<number> {
    if (name === undefined) return credential.account;
    const account = await this.#directory.accountNamed(name);
    if (account !== undefined && (credential.administrator || account.id === credential.account)) return account.id;
    throw new Refused("account_unknown");
  }

  #named(slug: string, credential: Credential): Promise<Channel | undefined> {
    const own = slug === "-" && credential.kind === "token";
    return own ? this.#directory.channel(credential.channel) : this.#directory.channelNamed(slug.toLowerCase());
  }

  async #reads(credential: Credential, channel: Channel): Promise<boolean> {
    for (const scope of ["events:read", "events:write", "control", "admin"] as const) {
      if (await this.#gate.permits(credential, channel.id, scope)) return true;
    }
    return false;
  }
}

import type { Clock } from "../core/clock.ts";
import type { Directory } from "./directory.ts";
import type { Gate } from "./gate.ts";
import type { Grant, Grants } from "./grants.ts";
import { sha256 } from "./secrets.ts";

/** A session that goes on only as long as its grant holds. */
export interface WatchedGrant {
  readonly grant: Grant;
  /** Told once. */
  revoked(): void;
}

/** After a store that did not answer, milliseconds. */
const retryAfter = 500;

/**
 * Decides which grants hold: one that was not revoked, of a person who still owns the channel. Open sessions are watched,
 * and told on every node within two seconds: the changes of access that the gate reads are looked at here too.
 */
export class GrantGate {
  readonly #grants: Grants;
  readonly #directory: Directory;
  readonly #clock: Clock;
  readonly #watched = new Map<number, Set<WatchedGrant>>();
  readonly #unlisten: () => void;

  constructor(grants: Grants, directory: Directory, gate: Gate, clock: Clock) {
    this.#grants = grants;
    this.#directory = directory;
    this.#clock = clock;
    this.#unlisten = gate.onChange(({ subject }) => this.#changed(subject));
  }

  /** The grant behind an access token, if both hold. */
  async ofAccessToken(token: string): Promise<Grant | undefined> {
    const grant = await this.#grants.byAccessToken(sha256(token));
    return grant !== undefined && (await this.#holds(grant)) ? grant : undefined;
  }

  /** The grant with that number, if it holds. */
  async holding(id: number): Promise<Grant | undefined> {
    const grant = await this.#grants.grant(id);
    return grant !== undefined && (await this.#holds(grant)) ? grant : undefined;
  }

  /** Tells `watched` when its grant ends, until it is released. */
  watch(watched: WatchedGrant): void {
    const { id } = watched.grant;
    const all = this.#watched.get(id) ?? new Set();
    this.#watched.set(id, all.add(watched));
    // It may have ended between its check and now, in a change that was read before it was watched.
    void this.#check(id);
  }

  release(watched: WatchedGrant): void {
    const { id } = watched.grant;
    const all = this.#watched.get(id);
    all?.delete(watched);
    if (all?.size === 0) this.#watched.delete(id);
  }

  /** How many open sessions the grant has on this node. */
  sessionsOf({ id }: Grant): number {
    return this.#watched.get(id)?.size ?? 0;
  }

  stop(): void {
    this.#unlisten();
    this.#watched.clear();
  }

  async #holds({ account, channel, revokedAt }: Grant): Promise<boolean> {
    if (revokedAt !== null) return false;
    if ((await this.#directory.role(account, channel)) === "owner") return true;
    return (await this.#directory.account(account))?.administrator === true;
  }

  #changed(subject: string): void {
    const [kind, number] = subject.split(":");
    const id = Number(number);
    if (kind === "grant") void this.#check(id);
    if (kind !== "account") return;
    for (const [grant, [first]] of this.#watched) if (first?.grant.account === id) void this.#check(grant);
  }

  async #check(id: number): Promise<void> {
    if (!this.#watched.has(id)) return;
    try {
      if ((await this.holding(id)) !== undefined) return;
    } catch {
      this.#clock.after(retryAfter, () => void this.#check(id));
      return;
    }
    const lost = this.#watched.get(id) ?? [];
    this.#watched.delete(id);
    for (const watched of lost) watched.revoked();
  }
}

import type { Clock } from "../core/clock.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { Doorbell } from "../log/doorbell.ts";
import type { Credential, Scope } from "./credential.ts";
import type { AccessChange, Directory } from "./directory.ts";
import { parseKey, sameHash, sha256 } from "./secrets.ts";

export type Denial = Extract<ErrorCode, "token_invalid" | "token_expired" | "token_revoked">;

/** Why a session may not go on. */
export type Loss = "expired" | "revoked";

/** What a session's right to go on follows from. */
type AccessFacts = Pick<Directory, "token" | "keyForAuthentication" | "role">;

/** Sessions that are checked at once after a change: their questions share the store with everybody else's. */
const checkedAtOnce = 16;

/** A session that goes on only as long as its credential permits it. */
export interface Watched {
  /** Kept up to date by the gate. */
  credential: Credential;
  /** `null`: the session depends on the key alone, not on one channel. */
  readonly channel: number | null;
  readonly scope: Scope;
  lost(why: Loss): void;
}

/**
 * Decides who is who and who may what, and goes on deciding: an open session is watched, and told when its key
 * is revoked, its token expires or its account loses the channel, on every node within two seconds.
 */
export class Gate {
  readonly #directory: Directory;
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  /** Those of them whose credential ends at a known time. */
  readonly #expiring = new Set<Watched>();
  /** How many of them each credential has. */
  readonly #counts = new Map<string, number>();
  readonly #listeners = new Set<(change: AccessChange) => void>();
  readonly #stops: (() => void)[];
  #version = 0;
  /** How many changes it has begun to act on, and how many it had when each credential was read. */
  #begun = 0;
  readonly #readAt = new WeakMap<Credential, number>();
  #checking: Promise<void> | undefined;
  #again = false;

  /** `version`: the access version that the node starts at. */
  constructor(directory: Directory, doorbell: Doorbell, clock: Clock, version: number) {
    this.#directory = directory;
    this.#clock = clock;
    this.#version = version;
    this.#stops = [
      doorbell.listen((topic) => {
        if (topic === "access") void this.reconcile();
      }),
      clock.every(2000, () => void this.reconcile()),
      clock.every(500, () => this.#expire()),
    ];
  }

  /** Who presents `secret`: an API key or a stream token. */
  async authenticate(secret: string): Promise<Credential | Denial> {
    const begun = this.#begun;
    const found = await this.#credential(secret);
    if (typeof found === "string") return found;
    // Its own: a store may give the same to several who ask together.
    const credential = { ...found };
    this.#readAt.set(credential, begun);
    return credential;
  }

  /** Whether the credential may do `scope` in the channel. */
  async permits(credential: Credential, channel: number, scope: Scope): Promise<boolean> {
    return this.#permits(credential, channel, scope, this.#directory);
  }

  async #permits(
    credential: Credential,
    channel: number,
    scope: Scope,
    facts: Pick<AccessFacts, "role">,
  ): Promise<boolean> {
    if (credential.kind === "token") return credential.channel === channel && scope === "events:read";
    if (credential.channels !== null && !credential.channels.includes(channel)) return false;
    if (credential.administrator && credential.scopes.has("admin")) return true;
    if (!credential.scopes.has(scope)) return false;
    const role = await facts.role(credential.account, channel);
    if (role === "owner") return true;
    return role === "moderator" && (scope === "events:read" || scope === "control");
  }

  /** Tells `watched` once when its credential ends or no longer permits its scope in its channel, until it is released. */
  watch(watched: Watched): void {
    const { id } = watched.credential;
    this.#watched.add(watched);
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
    this.#noteExpiry(watched);
    // It may have ended between its check and now, in a change that was acted on before it was watched.
    if (this.#readAt.get(watched.credential) !== this.#begun) {
      void this.#check(watched, this.#directory).catch(() => undefined);
    }
    this.#readAt.delete(watched.credential);
  }

  /** `false`: it was not watched any more. */
  release(watched: Watched): boolean {
    if (!this.#watched.delete(watched)) return false;
    this.#expiring.delete(watched);
    const { id } = watched.credential;
    const left = (this.#counts.get(id) ?? 1) - 1;
    if (left > 0) this.#counts.set(id, left);
    else this.#counts.delete(id);
    return true;
  }

  /** How many open sessions the credential has on this node. */
  sessionsOf(credential: Credential): number {
    return this.#counts.get(credential.id) ?? 0;
  }

  /** Tells of every change in who may do what (a new channel, say), once per node, late rather than never. */
  onChange(listener: (change: AccessChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads what changed in the store and checks the sessions that it concerns. */
  async reconcile(): Promise<void> {
    this.#again = true;
    this.#checking ??= this.#catchUp().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.#watched.clear();
    this.#expiring.clear();
  }

  async #credential(secret: string): Promise<Credential | Denial> {
    if (/^[0-9a-fA-F]{64}$/.test(secret)) {
      const token = await this.#directory.tokenForAuthentication(sha256(secret.toLowerCase()));
      if (token === undefined) return "token_invalid";
      return token.expiresAt !== null && token.expiresAt <= this.#clock.now() ? "token_expired" : token;
    }
    const id = parseKey(secret);
    if (id === undefined) return "token_invalid";
    const key = await this.#directory.keyForAuthentication(id);
    if (key === undefined || !sameHash(key.hash, sha256(secret))) return "token_invalid";
    return key.revoked ? "token_revoked" : key.credential;
  }

  async #catchUp(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      try {
        let changes = await this.#directory.accessChanges(this.#version);
        while (changes.length > 0) {
          for (const change of changes) {
            this.#begun++;
            await this.#recheck(change);
            for (const listener of this.#listeners) listener(change);
            this.#version = change.version;
          }
          changes = await this.#directory.accessChanges(this.#version);
        }
      } catch {
        // The store does not answer; the next round starts from the same version.
      }
    }
  }

  async #recheck(change: AccessChange): Promise<void> {
    const concerned = [...this.#watched].filter((watched) => concerns(change, watched));
    // A key may have ten thousand sessions: what they share is read once.
    const facts = readOnce(this.#directory);
    for (let i = 0; i < concerned.length; i += checkedAtOnce) {
      const some = concerned.slice(i, i + checkedAtOnce);
      await Promise.all(some.map((watched) => this.#check(watched, facts)));
    }
  }

  async #check(watched: Watched, facts: AccessFacts): Promise<void> {
    if (!(await this.#stillHolds(watched, facts))) this.#lose(watched, "revoked");
  }

  async #stillHolds(watched: Watched, facts: AccessFacts): Promise<boolean> {
    const { credential, channel, scope } = watched;
    if (credential.kind === "token") {
      const token = await facts.token(Number(credential.id.slice("token:".length)));
      if (token === undefined) return false;
      watched.credential = token;
      this.#noteExpiry(watched);
      return true;
    }
    const key = await facts.keyForAuthentication(Number(credential.id.slice("key:".length)));
    if (key === undefined || key.revoked) return false;
    return channel === null || (await this.#permits(key.credential, channel, scope, facts));
  }

  #noteExpiry(watched: Watched): void {
    const { credential } = watched;
    if (credential.kind === "token" && credential.expiresAt !== null) this.#expiring.add(watched);
  }

  #expire(): void {
    const now = this.#clock.now();
    for (const watched of this.#expiring) {
      const { credential } = watched;
      if (credential.kind === "token" && credential.expiresAt !== null && credential.expiresAt <= now) {
        this.#lose(watched, "expired");
      }
    }
  }

  #lose(watched: Watched, why: Loss): void {
    if (this.release(watched)) watched.lost(why);
  }
}

function concerns({ subject }: AccessChange, { credential, channel }: Watched): boolean {
  if (credential.id === subject) return true;
  if (credential.kind !== "key") return false;
  return subject === `channel:${channel}` || subject === `account:${credential.account}`;
}

/** The same, each thing asked for once. */
function readOnce(directory: AccessFacts): AccessFacts {
  const tokens = new Map<number, ReturnType<AccessFacts["token"]>>();
  const keys = new Map<number, ReturnType<AccessFacts["keyForAuthentication"]>>();
  const roles = new Map<string, ReturnType<AccessFacts["role"]>>();
  return {
    token: (id) => kept(tokens, id, () => directory.token(id)),
    keyForAuthentication: (id) => kept(keys, id, () => directory.keyForAuthentication(id)),
    role: (account, channel) => kept(roles, `${account} ${channel}`, () => directory.role(account, channel)),
  };
}

function kept<Key, Value>(known: Map<Key, Value>, key: Key, ask: () => Value): Value {
  const before = known.get(key);
  if (before !== undefined) return before;
  const value = ask();
  known.set(key, value);
  return value;
}

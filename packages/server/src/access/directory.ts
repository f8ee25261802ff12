import type { KeyCredential, Role, Scope, TokenCredential } from "./credential.ts";

export interface Account {
  readonly id: number;
  readonly name: string;
  readonly administrator: boolean;
}

/** One creator's ordered stream of events. */
export interface Channel {
  readonly id: number;
  readonly slug: string;
  readonly title: string;
  /** The account that created it. */
  readonly account: number;
  /** The creator's handle on Kick, `""` when unset. */
  readonly kickUsername: string;
  /** The creator's page, `""` when unset. */
  readonly url: string;
  readonly createdAt: number;
}

export type ChannelSettings = Pick<Channel, "title" | "kickUsername" | "url">;

export interface Member {
  readonly account: number;
  readonly name: string;
  readonly role: Role;
}

/** An API key as it is listed; the secret is not kept. */
export interface ApiKey {
  readonly id: number;
  readonly name: string;
  readonly account: number;
  readonly scopes: readonly Scope[];
  readonly channels: readonly number[] | null;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

export type NewApiKey = Omit<ApiKey, "id" | "revokedAt" | "createdAt">;

/** What changed in who may do what; sockets that it concerns are checked again. */
export interface AccessChange {
  readonly version: number;
  /** `key:3`, `token:9`, `account:2` (its channels or memberships), `channel:7` (its settings or members). */
  readonly subject: string;
}

/** Accounts, channels, members, keys and tokens, as every store keeps them. */
export interface Directory {
  createAccount(name: string, administrator: boolean): Promise<Account | "name-taken">;
  accounts(): Promise<readonly Account[]>;
  account(id: number): Promise<Account | undefined>;
  accountNamed(name: string): Promise<Account | undefined>;

  createChannel(slug: string, account: number, settings: ChannelSettings): Promise<Channel | "name-taken">;
  setChannel(id: number, settings: Partial<ChannelSettings>): Promise<Channel>;
  channel(id: number): Promise<Channel | undefined>;
  channelNamed(slug: string): Promise<Channel | undefined>;
  /** All, or those that the account owns or moderates, by id. */
  channels(account?: number): Promise<readonly (Channel & { readonly role: Role })[]>;

  role(account: number, channel: number): Promise<Role | undefined>;
  setMember(channel: number, account: number, role: Role): Promise<void>;
  removeMember(channel: number, account: number): Promise<boolean>;
  members(channel: number): Promise<readonly Member[]>;

  /** `hash` is the SHA-256 of the whole key, hex. */
  createKey(key: NewApiKey, hash: (id: number) => string): Promise<ApiKey>;
  keys(account?: number): Promise<readonly ApiKey[]>;
  /** The key with its hash and account, revoked or not. */
  keyForAuthentication(
    id: number,
  ): Promise<{ readonly hash: string; readonly revoked: boolean; readonly credential: KeyCredential } | undefined>;
  /** `false`: no such key, or revoked before. */
  revokeKey(id: number): Promise<boolean>;

  /** Makes `hash` the channel's stream token; the earlier ones stop working at `earlierUntil`. */
  rotateToken(channel: number, hash: string, earlierUntil: number): Promise<void>;
  tokenForAuthentication(hash: string): Promise<TokenCredential | undefined>;
  token(id: number): Promise<TokenCredential | undefined>;

  accessVersion(): Promise<number>;
  /** Changes after `version`, oldest first, at most 500. */
  accessChanges(version: number): Promise<readonly AccessChange[]>;
}

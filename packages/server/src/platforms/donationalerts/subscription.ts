import type { WatchedGrant } from "../../access/grant-gate.ts";
import type { Grant } from "../../access/grants.ts";
import type { Follower } from "../../log/hub.ts";
import type { RealtimeChannel } from "./channels.ts";
import type { Present } from "./presence.ts";
import type { Stream } from "./streams.ts";

/** What a subscription needs of the connection that it belongs to. */
export interface Subscriber {
  readonly client: string;
  readonly user: string;
  say(messages: readonly string[]): boolean;
  mention(messages: readonly string[]): void;
  /** A publication could not be said. */
  subscriptionFailed(): void;
  /** Its grant was revoked. */
  subscriptionRevoked(subscription: Subscription): void;
}

/** One channel of one connection. Its grant need not be the connection's: one socket may follow several creators. */
export class Subscription implements WatchedGrant, Present {
  readonly channel: RealtimeChannel;
  readonly grant: Grant;
  /** Seconds since 1970; 0: never. */
  expiresAt: number;
  readonly #subscriber: Subscriber;
  readonly #stream: Stream;
  #follower: Follower | undefined;
  #ended = false;

  constructor(subscriber: Subscriber, channel: RealtimeChannel, grant: Grant, stream: Stream, expiresAt: number) {
    this.#subscriber = subscriber;
    this.channel = channel;
    this.grant = grant;
    this.#stream = stream;
    this.expiresAt = expiresAt;
  }

  get name(): string {
    return this.channel.name;
  }

  get user(): string {
    return this.#subscriber.user;
  }

  get client(): string {
    return this.#subscriber.client;
  }

  follow(offset: number): void {
    this.#follower = this.#stream.follow(offset, this);
    if (this.#ended) this.#follower?.stop();
  }

  history(): Promise<readonly string[]> {
    return this.#stream.history();
  }

  resume(): void {
    this.#follower?.resume();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#follower?.stop();
    this.#stream.leave();
  }

  say(messages: readonly string[]): boolean {
    return this.#subscriber.say(messages);
  }

  mention(messages: readonly string[]): void {
    this.#subscriber.mention(messages);
  }

  write(messages: readonly string[]): boolean {
    return this.#subscriber.say(messages);
  }

  fail(_fault: unknown): void {
    this.#subscriber.subscriptionFailed();
  }

  revoked(): void {
    this.#subscriber.subscriptionRevoked(this);
  }
}

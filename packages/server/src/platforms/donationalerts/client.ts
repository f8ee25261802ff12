import type { GrantGate, WatchedGrant } from "../../access/grant-gate.ts";
import type { Grant } from "../../access/grants.ts";
import {
  centrifugoVersion,
  type Disconnect,
  Disconnected,
  type Method,
  positionFields,
  push,
  type ReplyError,
  reply,
} from "./centrifugo.ts";
import { knowsNamespace, permittedChannel } from "./channels.ts";
import { Params } from "./commands.ts";
import type { Presence } from "./presence.ts";
import type { RealtimeTokens, SubscriptionClaims, Verified } from "./realtime-tokens.ts";
import type { Start, Streams } from "./streams.ts";
import { type Subscriber, Subscription } from "./subscription.ts";

/** What clients share. */
export interface ClientRoom {
  readonly grants: GrantGate;
  readonly tokens: RealtimeTokens;
  readonly streams: Streams;
  readonly presence: Presence;
  readonly socketsPerKey: number;
}

/** The way back to the client's program. */
export interface Line {
  /** `false`: no more before it has room again. */
  say(messages: readonly string[]): boolean;
  /** The same, left out where there is no room just now. */
  mention(messages: readonly string[]): void;
  disconnect(how: Disconnect): void;
}

/** A command's outcome: the JSON of its result, an error, an answer of nothing but the id, or none at all. */
export type Outcome = { readonly result: string } | { readonly error: ReplyError } | "done" | "silent";

/** As Centrifugo is configured unless told otherwise. */
const longestChannel = 255;
const mostChannels = 128;

/** So long an expired connection or subscription goes on, for its refresh to arrive; seconds. */
const graceSeconds = 25;

/** What Centrifugo calls a client: one connection, its subscriptions, and what each command means to them. */
export class RealtimeClient implements WatchedGrant, Subscriber {
  readonly client: string = crypto.randomUUID();
  readonly #room: ClientRoom;
  readonly #line: Line;
  readonly #subscriptions = new Map<string, Subscription>();
  #grant: Grant | undefined;
  /** Seconds since 1970 when the connection's token expires; 0: never. */
  #expiresAt = 0;
  #ended = false;

  constructor(room: ClientRoom, line: Line) {
    this.#room = room;
    this.#line = line;
  }

  /** Only asked for once the client has proved whose it is. */
  get grant(): Grant {
    return this.#grant as Grant;
  }

  get isConnected(): boolean {
    return this.#grant !== undefined;
  }

  get user(): string {
    return String(this.grant.channel);
  }

  /** Throws `Disconnected` where the command ends the connection. */
  async perform(method: Method, params: unknown, id: number): Promise<Outcome> {
    switch (method) {
      case "connect":
        return this.#connect(new Params(params));
      case "refresh":
        return this.#refresh(new Params(params));
      case "subscribe":
        return this.#subscribe(new Params(params), id);
      case "sub_refresh":
        return this.#subRefresh(new Params(params));
      case "unsubscribe":
        return this.#unsubscribe(new Params(params));
      case "publish":
        return this.#publish(new Params(params));
      case "presence":
        return this.#inChannel(params, async ({ name }) => this.#room.presence.list(name));
      case "presence_stats":
        return this.#inChannel(params, async ({ name }) => this.#room.presence.stats(name));
      case "history":
        return this.#inChannel(params, async (of) => `{"publications":[${(await of.history()).join(",")}]}`);
      case "ping":
        return "done";
      case "rpc":
        return { error: "notAvailable" };
      case "send":
        return "silent";
    }
  }

  say(messages: readonly string[]): boolean {
    return this.#line.say(messages);
  }

  mention(messages: readonly string[]): void {
    this.#line.mention(messages);
  }

  resume(): void {
    for (const subscription of this.#subscriptions.values()) subscription.resume();
  }

  end(): void {
    this.#ended = true;
    for (const subscription of [...this.#subscriptions.values()]) this.#end(subscription);
    if (this.isConnected) this.#room.grants.release(this);
  }

  revoked(): void {
    this.#line.disconnect("forceDisconnect");
  }

  /** The client comes back, and recovers from where it stood. */
  subscriptionFailed(): void {
    this.#line.disconnect("insufficientState");
  }

  subscriptionRevoked(subscription: Subscription): void {
    this.#end(subscription);
    this.say([push("unsub", subscription.name, "{}")]);
  }

  /** Whether time alone may end the connection, and how it does now. */
  get overdue(): { readonly possible: boolean; readonly now?: Disconnect } {
    const latest = this.#room.tokens.nowSeconds() - graceSeconds;
    const ends = [...this.#subscriptions.values()].map(({ expiresAt }) => expiresAt).filter((at) => at > 0);
    if (this.#expiresAt > 0 && this.#expiresAt < latest) return { possible: true, now: "expired" };
    if (ends.some((at) => at < latest)) return { possible: true, now: "subscriptionExpired" };
    return { possible: this.#expiresAt > 0 || ends.length > 0 };
  }

  async #connect(params: Params): Promise<Outcome> {
    const token = params.required("token");
    if (this.isConnected) throw new Disconnected("badRequest");
    const outcome = await this.#authenticate(token);
    if ("error" in outcome) return outcome;
    if (this.#room.grants.sessionsOf(outcome.grant) >= this.#room.socketsPerKey) return { error: "limitExceeded" };
    return this.#connected(outcome.grant, outcome.exp);
  }

  async #refresh(params: Params): Promise<Outcome> {
    const outcome = await this.#authenticate(params.required("token"));
    if ("error" in outcome) return outcome;
    if (outcome.grant.channel !== this.grant.channel) throw new Disconnected("invalidToken");
    if (outcome.exp !== undefined && outcome.exp <= this.#room.tokens.nowSeconds()) return { error: "expired" };
    this.#room.grants.release(this);
    return this.#connected(outcome.grant, outcome.exp);
  }

  async #authenticate(
    token: string,
  ): Promise<{ readonly grant: Grant; readonly exp: number | undefined } | { readonly error: ReplyError }> {
    const claims = this.#room.tokens.connection(token);
    if (claims === "expired") return { error: "tokenExpired" };
    const grant = claims === "invalid" ? undefined : await this.#room.grants.holding(claims.grant);
    if (claims === "invalid" || grant === undefined) throw new Disconnected("invalidToken");
    return { grant, exp: claims.exp };
  }

  #connected(grant: Grant, exp: number | undefined): Outcome {
    if (this.#ended) return "silent";
    this.#grant = grant;
    this.#expiresAt = exp ?? 0;
    this.#room.grants.watch(this);
    const { client } = this;
    return { result: JSON.stringify({ client, version: centrifugoVersion, ...this.#validity(exp) }) };
  }

  async #subscribe(params: Params, id: number): Promise<Outcome> {
    const name = params.required("channel");
    const { seq, gen, epoch } = { seq: params.number("seq"), gen: params.number("gen"), epoch: params.text("epoch") };
    const recovery = params.flag("recover") ? { seq, gen, epoch } : undefined;
    const token = params.text("token");
    if (name.length > longestChannel || this.#subscriptions.size >= mostChannels) return { error: "limitExceeded" };
    if (this.#subscriptions.has(name)) return { error: "alreadySubscribed" };
    if (!knowsNamespace(name)) return { error: "namespaceNotFound" };

    const claims = this.#subscriptionClaims(token, name);
    if (claims === "expired") return { error: "tokenExpired" };
    const grant = claims === "invalid" ? undefined : await this.#room.grants.holding(claims.grant);
    const channel = grant && permittedChannel(name, grant);
    if (claims === "invalid" || grant === undefined || channel === undefined) return { error: "permissionDenied" };
    const stream = await this.#room.streams.open(channel);
    if (stream === undefined) return { error: "permissionDenied" };

    const subscription = new Subscription(this, channel, grant, stream, claims.exp ?? 0);
    const start = await stream.start(recovery);
    if (this.#ended) subscription.end();
    else this.#subscribed(subscription, start, reply(id, this.#subscribeResult(start, claims.exp)));
    return "silent";
  }

  /** The reply, then the join push, then what comes after the place where the subscription starts. */
  #subscribed(subscription: Subscription, { offset }: Start, said: string): void {
    this.#subscriptions.set(subscription.name, subscription);
    if (subscription.grant.id !== this.grant.id) this.#room.grants.watch(subscription);
    this.say([said]);
    this.#room.presence.join(subscription);
    subscription.follow(offset);
  }

  #subscribeResult({ offset, publications, recovered }: Start, exp: number | undefined): string {
    const { epoch } = this.#room.streams;
    const standing = { ...this.#validity(exp), recoverable: true, ...positionFields(offset), epoch };
    const missed = publications.length === 0 ? "" : `,"publications":[${publications.join(",")}]`;
    return `${JSON.stringify(standing).slice(0, -1)}${missed}${recovered ? ',"recovered":true' : ""}}`;
  }

  async #subRefresh(params: Params): Promise<Outcome> {
    const name = params.required("channel");
    const subscription = this.#subscriptions.get(name);
    if (subscription === undefined) return { error: "permissionDenied" };
    const claims = this.#subscriptionClaims(params.text("token"), name);
    if (claims === "expired") return { error: "tokenExpired" };
    if (claims === "invalid") return { error: "badRequest" };
    subscription.expiresAt = claims.exp ?? 0;
    return { result: JSON.stringify(this.#validity(claims.exp)) };
  }

  #subscriptionClaims(token: string, channel: string): Verified<SubscriptionClaims> | "expired" | "invalid" {
    const claims = this.#room.tokens.subscription(token);
    if (typeof claims === "string") return claims;
    return claims.client === this.client && claims.channel === channel ? claims : "invalid";
  }

  async #unsubscribe(params: Params): Promise<Outcome> {
    const name = params.required("channel");
    if (!knowsNamespace(name)) return { error: "namespaceNotFound" };
    const subscription = this.#subscriptions.get(name);
    if (subscription !== undefined) this.#end(subscription);
    return "done";
  }

  /** Clients may not publish. */
  async #publish(params: Params): Promise<Outcome> {
    const name = params.required("channel");
    if (!params.has("data")) throw new Disconnected("badRequest");
    return { error: knowsNamespace(name) ? "permissionDenied" : "namespaceNotFound" };
  }

  async #inChannel(params: unknown, result: (subscription: Subscription) => Promise<string>): Promise<Outcome> {
    const name = new Params(params).required("channel");
    const subscription = this.#subscriptions.get(name);
    if (subscription !== undefined) return { result: await result(subscription) };
    return { error: knowsNamespace(name) ? "permissionDenied" : "namespaceNotFound" };
  }

  #end(subscription: Subscription): void {
    this.#subscriptions.delete(subscription.name);
    this.#room.grants.release(subscription);
    subscription.end();
    this.#room.presence.leave(subscription);
  }

  /** `ttl` is left out where it is 0, as Centrifugo does. */
  #validity(exp: number | undefined): { readonly expires?: true; readonly ttl?: number } {
    if (exp === undefined) return {};
    const ttl = Math.max(0, exp - this.#room.tokens.nowSeconds());
    return { expires: true, ...(ttl > 0 && { ttl }) };
  }
}

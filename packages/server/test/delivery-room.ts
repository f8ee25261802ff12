import type { Scope } from "../src/access/credential.ts";
import type { Channel, Directory } from "../src/access/directory.ts";
import { Gate } from "../src/access/gate.ts";
import { newKey, newStreamToken, sha256 } from "../src/access/secrets.ts";
import { type Clock, systemClock } from "../src/core/clock.ts";
import { type EventFacts, streamEvent } from "../src/core/event.ts";
import { moneyOf } from "../src/core/money.ts";
import type { LogRecord } from "../src/core/record.ts";
import { type Endpoint, type PairedSocket, type Refusal, type SocketEvents, socketPair } from "../src/core/socket.ts";
import { memoryDoorbell } from "../src/doorbell/memory.ts";
import type { Doorbell } from "../src/log/doorbell.ts";
import type { EventLog, NewEvent } from "../src/log/event-log.ts";
import { Hub } from "../src/log/hub.ts";
import { openSqliteStore } from "../src/store/sqlite/open.ts";
import type { Store } from "../src/store/store.ts";

/** A clock whose periodic calls are made by hand; what is only "soon" happens by itself. */
export class HandClock implements Clock {
  ahead = 0;
  readonly #periodic = new Set<{ readonly ms: number; readonly call: () => void }>();
  readonly soon = systemClock.soon;
  readonly after = systemClock.after;

  now(): number {
    return Date.now() + this.ahead;
  }

  every(ms: number, call: () => void): () => void {
    const entry = { ms, call };
    this.#periodic.add(entry);
    return () => this.#periodic.delete(entry);
  }

  /** Makes every periodic call of that period once. */
  tick(ms: number): void {
    for (const entry of this.#periodic) if (entry.ms === ms) entry.call();
  }
}

/** A client's end of a socket in memory. */
export class TestClient implements SocketEvents {
  readonly frames: string[] = [];
  end: { readonly code: number; readonly reason: string } | undefined;
  readonly socket: PairedSocket;

  constructor(socket: PairedSocket) {
    this.socket = socket;
    socket.events = this;
  }

  text(message: string): void {
    this.frames.push(message);
  }

  drain(): void {}

  closed(code: number, reason: string): void {
    this.end = { code, reason };
  }

  stalled(): void {}

  shutdown(): void {}

  send(message: string): void {
    this.socket.send([message]);
  }

  /** The first `count` frames, once they are there. */
  async got(count: number): Promise<readonly string[]> {
    await until(() => this.frames.length >= count);
    return this.frames.slice(0, count);
  }

  async ended(): Promise<number> {
    await until(() => this.end !== undefined);
    return this.end?.code ?? 0;
  }

  /** What comes until everything that is under way has had its turn. */
  async settled(): Promise<readonly string[]> {
    for (let i = 0; i < 50; i++) await new Promise<void>((resolve) => setImmediate(resolve));
    return this.frames;
  }
}

/** Waits for a fact, not for a time; a fact that does not come about fails after five seconds. */
export async function until(fact: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!fact()) {
    if (performance.now() > deadline) throw new Error("waited in vain");
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** One node over one store in memory, for tests of a delivery. */
export class DeliveryRoom {
  readonly clock = new HandClock();
  readonly doorbell: Doorbell = memoryDoorbell();
  /** Loses every ring while true. */
  quiet = false;
  readonly store: Store = openSqliteStore(":memory:", {
    ring: (topic, version) => void (this.quiet || this.doorbell.ring(topic, version)),
    clock: this.clock,
  });
  readonly directory: Directory = this.store.directory;
  readonly log: EventLog = this.store.log;
  readonly hub = new Hub(this.log, this.doorbell, this.clock);
  readonly gate = new Gate(this.directory, this.doorbell, this.clock, 0);
  readonly socketsPerKey = 100;
  readonly messagesPer10s = 60;
  #events = 0;

  async account(name: string): Promise<number> {
    const account = await this.directory.createAccount(name, false);
    if (account === "name-taken") throw new Error(name);
    return account.id;
  }

  async channel(slug: string, account: number, settings: Partial<Channel> = {}): Promise<Channel> {
    const { title = "", kickUsername = "", url = "" } = settings;
    const channel = await this.directory.createChannel(slug, account, { title, kickUsername, url });
    if (channel === "name-taken") throw new Error(slug);
    return channel;
  }

  async token(channel: number, earlierUntil = 0): Promise<string> {
    const token = newStreamToken();
    await this.directory.rotateToken(channel, sha256(token), earlierUntil);
    return token;
  }

  async key(account: number, scopes: readonly Scope[] = ["events:read"], channels: readonly number[] | null = null) {
    let secret = "";
    const key = await this.directory.createKey({ name: "test", account, scopes, channels }, (id) => {
      secret = newKey(id);
      return sha256(secret);
    });
    return { id: key.id, secret };
  }

  /** Stores a donation of five dollars, or what differs from it. */
  async event(channel: number, facts: Partial<EventFacts> = {}, entry: Partial<NewEvent> = {}): Promise<LogRecord> {
    const event = streamEvent({
      type: "donation",
      origin: "test:1",
      externalId: String(++this.#events),
      occurredAt: "2026-04-11T16:00:00.000Z",
      name: "Ana",
      message: "gg",
      amount: moneyOf(500, 2, "USD"),
      ...facts,
    });
    return (await this.log.append({ channel, event, arrival: "live", ...entry })).record;
  }

  async replay(channel: number, id: string): Promise<LogRecord | undefined> {
    return (await this.log.replay({ channel, id, key: crypto.randomUUID(), arrival: "live" }))?.record;
  }

  /** Dials in: an open client, or why not. */
  async dial(endpoint: Endpoint, address: string, failed: () => void = () => undefined): Promise<TestClient | Refusal> {
    const url = new URL(address, "http://localhost");
    const handshake = { path: url.pathname, query: url.searchParams, header: () => null, failed };
    if (!endpoint.matches(handshake)) throw new Error(`${endpoint.name} does not take ${address}`);
    const serve = await endpoint.authorize(handshake);
    if (typeof serve !== "function") return serve;
    const [ours, theirs] = socketPair();
    const client = new TestClient(theirs);
    ours.events = serve(ours);
    return client;
  }

  async open(endpoint: Endpoint, address: string, failed?: () => void): Promise<TestClient> {
    const client = await this.dial(endpoint, address, failed);
    if (client instanceof TestClient) return client;
    throw new Error(`${client.status} ${client.body}`);
  }

  async refusal(endpoint: Endpoint, address: string): Promise<Refusal> {
    const refusal = await this.dial(endpoint, address);
    if (refusal instanceof TestClient) throw new Error("was granted");
    return refusal;
  }

  async close(): Promise<void> {
    this.hub.stop();
    this.gate.stop();
    await this.store.close();
  }
}

import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Follower, type Session } from "../../../drills/followers/follower.ts";
import { nativeWithKey, nativeWithToken } from "../../../drills/followers/native.ts";
import { sse } from "../../../drills/followers/sse.ts";
import { tuniform } from "../../../drills/followers/tuniform.ts";
import { MachineWatch, runningTime } from "../../../drills/machine.ts";
import { newKey, newStreamToken, sha256 } from "../src/access/secrets.ts";
import { startApp } from "../src/app.ts";
import { readConfig } from "../src/config.ts";
import { systemClock } from "../src/core/clock.ts";
import { cursorOf } from "../src/core/cursor.ts";
import { streamEvent } from "../src/core/event.ts";
import type { Note } from "../src/core/note.ts";
import { Metrics } from "../src/http/metrics.ts";
import type { EventLog } from "../src/log/event-log.ts";
import { type Encoder, Hub, type Follower as HubFollower, type Sink } from "../src/log/hub.ts";
import { databases, type TestDatabase } from "./databases.ts";
import { FaultyDoorbell } from "./faulty-doorbell.ts";
import { Random } from "./random.ts";

const followerCount = 2000;
/** How many of them are clients on real sockets; the others are sinks of the same hub code. */
const clientCount = 200;
const burstMs = 2000;
const eventsPerSecond = 1000;
const sessions: readonly Session[] = [nativeWithKey, sse, nativeWithToken, tuniform];

for (const [name, create] of Object.entries(databases)) {
  test(
    `${name}: 2,000 followers join two nodes while 1,000 events a second come in: no gap, no duplicate`,
    () => joinRace(create),
    30_000,
  );
}

async function joinRace(create: () => Promise<TestDatabase>): Promise<void> {
  const random = new Random(2025);
  await using machine = new MachineWatch();
  await using race = await startRace(create, random);
  const { nodes, channel } = race;
  const sinks: CountingSink[] = [];
  const clients: Follower[] = [];
  const joining: Promise<unknown>[] = [];

  const joins = Array.from({ length: followerCount }, (_, i) => ({
    at: random.between(0, burstMs),
    client: i % 10 === 0,
  }));
  joins.sort((a, b) => a.at - b.at);
  let appended = 0;
  const appends: Promise<unknown>[] = [];
  const begun = performance.now();
  for (let next = 0, elapsed = 0; elapsed < burstMs || next < joins.length; elapsed = performance.now() - begun) {
    for (const due = (Math.min(elapsed, burstMs) / 1000) * eventsPerSecond; appended < due; appended++) {
      appends.push(append(race.anyNode(random).log, channel, appended + 1));
    }
    for (let join = joins[next]; join !== undefined && join.at <= elapsed; join = joins[++next]) {
      if (join.client) clients.push(race.client(random, sessions[clients.length % sessions.length] as Session));
      else joining.push(CountingSink.join(race.anyNode(random), channel, random).then((sink) => sinks.push(sink)));
    }
    await new Promise<void>((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all([...appends, ...joining]);
  const seconds = runningTime(begun, performance.now(), await machine.standstills()) / 1000;

  const head = (await nodes[0].log.heads([channel])).get(channel) ?? 0;
  expect(head).toBe(appended);
  const log = await readAll(nodes[0].log, channel);
  const last = log.at(-1)?.cursor;
  const complete = () =>
    sinks.every(({ position }) => position >= head) &&
    clients.every(({ cursors, startedAt }) => (cursors.at(-1) ?? startedAt) === last);
  const deadline = performance.now() + 10_000;
  while (!complete() && performance.now() < deadline) await new Promise<void>((resolve) => setTimeout(resolve, 10));
  await Promise.all(clients.map((client) => client.stop()));

  const places = new Map(log.map(({ cursor }, place) => [cursor, place + 1]));
  const wrongClients = clients.filter(({ names, startedAt, connections }) => {
    const expected = log.slice(places.get(startedAt ?? "") ?? 0).map(({ name }) => name);
    return connections !== 1 || startedAt === undefined || names.join() !== expected.join();
  });
  const late = sinks.filter(({ startedAt }) => startedAt > 0 && startedAt < head).length;
  expect({ sinks: sinks.length, clients: clients.length }).toEqual({
    sinks: followerCount - clientCount,
    clients: clientCount,
  });
  expect(
    sinks.filter(({ position, faults }) => position !== head || faults.length > 0).map(({ faults }) => faults),
  ).toEqual([]);
  expect(wrongClients.map(({ kind, names, startedAt }) => ({ kind, startedAt, got: names.length }))).toEqual([]);
  // The race was one: events came at their rate, followers joined within them, and rings went astray.
  expect(head / seconds).toBeGreaterThan(eventsPerSecond / 2);
  expect(late).toBeGreaterThan(sinks.length / 2);
  // The busier the machine, the more appends share a ring: how many go astray is a part of those that there were.
  const { rings, dropped, doubled, delayed } = race.doorbell.counts;
  expect(rings).toBeGreaterThan(20);
  for (const count of [dropped, doubled, delayed]) expect(count).toBeGreaterThan(0);
  expect(dropped + doubled + delayed).toBeGreaterThan(rings / 2);
}

/** Two apps over one database, each with a connection of its own, and a doorbell between them that is not to be trusted. */
async function startRace(create: () => Promise<TestDatabase>, random: Random) {
  const database = await create();
  const directory = mkdtempSync(join(tmpdir(), "tipwire-race-"));
  const faulty = new FaultyDoorbell(random.fork());
  const node = async () => {
    const doorbell = faulty.node();
    const store = await database.open(doorbell.ring, systemClock);
    const config = readConfig({ flags: ["--host=127.0.0.1", "--port=0"], env: {}, usualDataDir: directory });
    const files = async () => undefined;
    const note: Note = (_level, what, _fields, fault) => console.error(what, fault);
    const app = await startApp({ config, store, doorbell, clock: systemClock, files, note, metrics: new Metrics() });
    const hub = new Hub(store.log, doorbell, systemClock);
    return { app, hub, store, log: store.log };
  };
  const nodes = [await node(), await node()] as const;
  const { directory: accounts } = nodes[0].store;
  const admin = await accounts.createAccount("admin", true);
  if (admin === "name-taken") throw new Error("taken");
  const channel = await accounts.createChannel("race", admin.id, { title: "", kickUsername: "", url: "" });
  if (channel === "name-taken") throw new Error("taken");
  const streamToken = newStreamToken();
  await accounts.rotateToken(channel.id, sha256(streamToken), 0);
  let key = "";
  await accounts.createKey({ name: "race", account: admin.id, scopes: ["events:read"], channels: null }, (id) => {
    key = newKey(id);
    return sha256(key);
  });
  const anyNode = (from: Random) => nodes[from.below(2)] as (typeof nodes)[0];
  return {
    nodes,
    doorbell: faulty,
    channel: channel.id,
    anyNode,
    /** A client that joins now: most of them at the head, as they do in the middle of things. */
    client(from: Random, session: Session): Follower {
      const url = `http://127.0.0.1:${anyNode(from).app.port}`;
      const options = { url, slug: "race", key, streamToken, random: from.fork() };
      const client = new Follower(session.name, 0, session, options, from.chance(0.7) ? "head" : "oldest");
      client.start();
      return client;
    },
    async [Symbol.asyncDispose]() {
      faulty.stop();
      for (const { app, hub, store } of nodes) {
        await app.stop();
        hub.stop();
        await store.close();
      }
      await database.drop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A follower within the process: checks every offset as it comes, and is now and then full for a moment. */
class CountingSink implements Sink {
  readonly encoder = offsetOnly;
  readonly faults: string[] = [];
  readonly startedAt: number;
  position: number;
  #follower: HubFollower | undefined;
  readonly #random: Random;

  private constructor(after: number, random: Random) {
    this.startedAt = after;
    this.position = after;
    this.#random = random;
  }

  static async join(node: { hub: Hub; log: EventLog }, channel: number, random: Random): Promise<CountingSink> {
    const head = (await node.log.heads([channel])).get(channel) ?? 0;
    const sink = new CountingSink(random.chance(0.7) ? head : random.below(head + 1), random);
    sink.#follower = node.hub.follow(channel, sink.startedAt, sink);
    return sink;
  }

  write(messages: readonly string[]): boolean {
    for (const message of messages) {
      if (Number(message) !== this.position + 1) this.faults.push(`${message} after ${this.position}`);
      this.position = Number(message);
    }
    if (!this.#random.chance(0.02)) return true;
    setTimeout(() => this.#follower?.resume(), this.#random.between(0, 30));
    return false;
  }

  fail(fault: unknown): void {
    this.faults.push(String(fault));
  }
}

const offsetOnly: Encoder = { encode: (record) => String(record.offset) };

function append(log: EventLog, channel: number, number: number): Promise<unknown> {
  const event = streamEvent({
    type: "donation",
    origin: "race:1",
    externalId: String(number),
    occurredAt: "2026-04-11T16:00:00.000Z",
    amount: { value: "5.00", minor: 500, exponent: 2, currency: "USD" },
    message: String(number),
  });
  return log.append({ channel, event, arrival: "live" });
}

async function readAll(log: EventLog, channel: number): Promise<{ name: string; cursor: string }[]> {
  const all: { name: string; cursor: string }[] = [];
  for (;;) {
    const page = await log.read(channel, all.length, 500);
    if (page.length === 0) return all;
    for (const record of page) all.push({ name: record.event.externalId, cursor: cursorOf(log.epoch, record) });
  }
}

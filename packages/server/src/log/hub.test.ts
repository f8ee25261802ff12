import { afterEach, describe, expect, test } from "bun:test";
import { databases, type TestDatabase } from "../../test/databases.ts";
import { FaultyDoorbell } from "../../test/faulty-doorbell.ts";
import { Random } from "../../test/random.ts";
import { systemClock } from "../core/clock.ts";
import { streamEvent } from "../core/event.ts";
import type { LogRecord } from "../core/record.ts";
import type { Doorbell } from "./doorbell.ts";
import type { EventLog } from "./event-log.ts";
import { type Encoder, type Follower, Hub, hubLimits, type Sink } from "./hub.ts";

const limits = { ...hubLimits, reconcileEvery: 20 };
const offsetOnly: Encoder = { encode: (record) => String(record.offset) };

let ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

function append(log: EventLog, channel: number, id: number, message = "") {
  const occurredAt = "2026-04-11T16:00:00.000Z";
  const event = streamEvent({ type: "follow", origin: "test:1", externalId: String(id), occurredAt, message });
  return log.append({ channel, event, arrival: "live" });
}

/** Collects offsets; has room only as long as `room` says so. */
class Collector implements Sink {
  readonly encoder: Encoder = offsetOnly;
  readonly got: number[] = [];
  follower: Follower | undefined;
  faults: unknown[] = [];
  full = false;
  readonly #room: () => boolean;

  constructor(room: () => boolean = () => true) {
    this.#room = room;
  }

  write(messages: readonly string[]): boolean {
    if (this.full) throw new Error("written to before resume");
    this.got.push(...messages.map(Number));
    this.full = !this.#room();
    return !this.full;
  }

  fail(fault: unknown): void {
    this.faults.push(fault);
  }

  resume(): void {
    this.full = false;
    this.follower?.resume();
  }
}

async function until(fact: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!fact()) {
    if (performance.now() > deadline) throw new Error("waited in vain");
    await new Promise<void>((resolve) => setTimeout(resolve, 5));
  }
}

const from = (after: number, to: number) => Array.from({ length: to - after }, (_, i) => after + i + 1);

for (const [name, create] of Object.entries(databases)) describe(name, () => suite(create));

function suite(create: () => Promise<TestDatabase>): void {
  /** Two nodes over one database, with a doorbell between them that drops, doubles and delays. */
  async function twoNodes(seed: number, given?: Doorbell) {
    const faulty = new FaultyDoorbell(new Random(seed));
    ends.push(() => faulty.stop());
    const database = await create();
    ends.push(() => database.drop());
    const node = async (log: (log: EventLog) => EventLog = (log) => log) => {
      const doorbell = given ?? faulty.node();
      const store = await database.open(doorbell.ring, systemClock);
      const hub = new Hub(log(store.log), doorbell, systemClock, limits);
      ends.push(
        () => store.close(),
        () => hub.stop(),
      );
      return { store, hub, log: store.log };
    };
    const first = await node();
    const account = await first.store.directory.createAccount("a", false);
    if (account === "name-taken") throw new Error("taken");
    for (const slug of ["one", "two", "three"]) {
      await first.store.directory.createChannel(slug, account.id, { title: slug, kickUsername: "", url: "" });
    }
    return { nodes: [first, await node()] as const, node };
  }

  for (const seed of [1, 2, 3, 4, 5]) {
    test(`whenever one joins, however often it is full: every record once, in order (seed ${seed})`, async () => {
      const source = new Random(seed);
      const random = () => source.next();
      const { nodes } = await twoNodes(seed);
      const followers: { readonly sink: Collector; readonly channel: number; readonly after: number }[] = [];
      const heads = [0, 0, 0, 0];
      for (let round = 0; round < 120; round++) {
        for (let i = Math.floor(random() * 8); i > 0; i--) {
          const channel = 1 + Math.floor(random() * 3);
          heads[channel] = (heads[channel] ?? 0) + 1;
          void append((random() < 0.5 ? nodes[0] : nodes[1]).log, channel, heads[channel] as number);
        }
        if (random() < 0.5) {
          const channel = 1 + Math.floor(random() * 3);
          const head = (await nodes[0].log.heads([channel])).get(channel) ?? 0;
          const after = random() < 0.3 ? head : Math.floor(random() * (head + 1));
          const sink = new Collector(() => random() < 0.8);
          followers.push({ sink, channel, after });
          const page = await nodes[0].log.read(channel, after, 16);
          const newest = page.length < 16 && random() < 0.5 ? page : undefined;
          sink.follower = (random() < 0.5 ? nodes[0] : nodes[1]).hub.follow(channel, after, sink, newest);
        }
        for (const { sink } of followers) if (sink.full && random() < 0.4) sink.resume();
        if (random() < 0.3) await new Promise<void>((resolve) => setTimeout(resolve, random() * 10));
      }
      const complete = () => {
        for (const { sink } of followers) if (sink.full) sink.resume();
        return followers.every(({ sink, channel, after }) => sink.got.length >= (heads[channel] ?? 0) - after);
      };
      await until(complete);
      for (const { sink, channel, after } of followers) expect(sink.got).toEqual(from(after, heads[channel] ?? 0));
      expect(followers.length).toBeGreaterThan(30);
    });
  }

  test("a dead doorbell costs time only: the store is asked by itself", async () => {
    const deaf: Doorbell = { ring: () => undefined, listen: () => () => undefined };
    const { nodes } = await twoNodes(0, deaf);
    const sink = new Collector();
    nodes[1].hub.follow(1, 0, sink);
    for (let i = 1; i <= 10; i++) await append(nodes[0].log, 1, i);
    await until(() => sink.got.length === 10);
    expect(sink.got).toEqual(from(0, 10));
  });

  test("what came after the newest records were read, and rang for nobody, is not waited for", async () => {
    const deaf: Doorbell = { ring: () => undefined, listen: () => () => undefined };
    const { nodes } = await twoNodes(0, deaf);
    const hub = new Hub(nodes[0].log, deaf, systemClock, { ...limits, reconcileEvery: 2 ** 30 });
    ends.push(() => hub.stop());
    for (let i = 1; i <= 3; i++) await append(nodes[0].log, 1, i);
    const newest = await nodes[0].log.read(1, 1, 16);
    await append(nodes[0].log, 1, 4);
    const sink = new Collector();
    hub.follow(1, 1, sink, newest);
    expect(sink.got).toEqual([2, 3]);
    await until(() => sink.got.length === 3);
    expect(sink.got).toEqual([2, 3, 4]);
  });

  test("one who is full, or far behind, keeps nobody waiting", async () => {
    const { nodes } = await twoNodes(7);
    const [node] = nodes;
    await Promise.all(from(0, 3000).map((i) => append(node.log, 1, i)));
    const stuck = new Collector(() => false);
    const behind = new Collector();
    const live = new Collector();
    let behindThen = 0;
    const write = live.write.bind(live);
    live.write = (messages) => {
      behindThen = behind.got.length;
      return write(messages);
    };
    stuck.follower = node.hub.follow(1, 0, stuck);
    behind.follower = node.hub.follow(1, 0, behind);
    live.follower = node.hub.follow(1, 3000, live);
    await append(node.log, 1, 3001);
    await until(() => live.got.length === 1);
    expect(behindThen).toBeLessThan(3001);
    await until(() => behind.got.length === 3001);
    expect(behind.got).toEqual(from(0, 3001));
    const before = stuck.got.length;
    expect(before).toBeLessThanOrEqual(hubLimits.tailRecords);
    while (stuck.got.length < 3001) {
      const had = stuck.got.length;
      stuck.resume();
      await until(() => stuck.got.length > had);
    }
    expect(stuck.got).toEqual(from(0, 3001));
  });

  test("a sink that throws, or an encoder that cannot say a record, ends alone and is told", async () => {
    const { nodes } = await twoNodes(8);
    const [node] = nodes;
    const throwing = new Collector();
    throwing.write = () => {
      throw new Error("broken pipe");
    };
    const speechless = new Collector();
    Object.assign(speechless, { encoder: { encode: () => JSON.parse("{") } });
    const well = new Collector();
    for (const sink of [throwing, speechless, well]) sink.follower = node.hub.follow(1, 0, sink);
    await append(node.log, 1, 1);
    await append(node.log, 1, 2);
    await until(() => well.got.length === 2);
    expect(throwing.faults).toHaveLength(1);
    expect(speechless.faults).toHaveLength(1);
    expect(well.faults).toEqual([]);
  });

  test("what an encoder does not say is passed over, not waited for", async () => {
    const { nodes } = await twoNodes(9);
    const [node] = nodes;
    const odd = new Collector();
    Object.assign(odd, { encoder: { encode: (r: LogRecord) => (r.offset % 2 === 1 ? String(r.offset) : null) } });
    const follower = node.hub.follow(1, 0, odd);
    await Promise.all(from(0, 600).map((i) => append(node.log, 1, i)));
    await until(() => follower.position === 600);
    expect(odd.got).toEqual(from(0, 600).filter((offset) => offset % 2 === 1));
  });

  test("large messages are written in portions, and a full sink gets none of the rest", async () => {
    const { nodes } = await twoNodes(10);
    const [node] = nodes;
    const sizes: number[] = [];
    const narrow = new Collector(() => false);
    const write = narrow.write.bind(narrow);
    narrow.write = (messages) => {
      sizes.push(messages.join("").length);
      return write(messages.map((message) => message.slice(0, message.indexOf(" "))));
    };
    Object.assign(narrow, { encoder: { encode: (r: LogRecord) => `${r.offset} ${r.body}` } });
    await Promise.all(from(0, 50).map((i) => append(node.log, 1, i, "x".repeat(20_000))));
    narrow.follower = node.hub.follow(1, 0, narrow);
    while (narrow.got.length < 50) {
      await until(() => narrow.full);
      narrow.resume();
    }
    expect(narrow.got).toEqual(from(0, 50));
    expect(Math.max(...sizes)).toBeLessThan(90_000);
  });

  test("followers of one encoder share one text a record", async () => {
    const { nodes } = await twoNodes(11);
    const [node] = nodes;
    let encoded = 0;
    const counting: Encoder = { encode: (record) => `${record.offset}${++encoded ? "" : ""}` };
    const sinks = from(0, 50).map(() => Object.assign(new Collector(), { encoder: counting }));
    for (const sink of sinks) node.hub.follow(1, 0, sink);
    await Promise.all(from(0, 100).map((i) => append(node.log, 1, i)));
    await until(() => sinks.every((sink) => sink.got.length === 100));
    expect(encoded).toBe(100);
  });

  test("a store that fails for a while is asked again, and nobody loses their place", async () => {
    const { nodes, node } = await twoNodes(12);
    let failing = true;
    const flaky = await node((log) => ({
      ...bound(log),
      heads: (channels) => (failing ? Promise.reject(new Error("no")) : log.heads(channels)),
      read: (...args) => (failing ? Promise.reject(new Error("no")) : log.read(...args)),
    }));
    const sink = new Collector();
    flaky.hub.follow(1, 0, sink);
    await Promise.all(from(0, 20).map((i) => append(nodes[0].log, 1, i)));
    expect(sink.got).toEqual([]);
    failing = false;
    await until(() => sink.got.length === 20);
    expect(sink.got).toEqual(from(0, 20));
  });

  test("a channel that nobody follows any more costs nothing", async () => {
    const { nodes } = await twoNodes(13);
    const [{ hub }] = nodes;
    const followers = from(0, 3).map((channel) => hub.follow(channel, 0, new Collector()));
    expect(hub.followedChannels).toBe(3);
    for (const follower of followers) follower.stop();
    expect(hub.followedChannels).toBe(0);
  });

  test("a channel that is quiet for a while keeps nothing in memory, and goes on where it stood", async () => {
    const { nodes } = await twoNodes(11);
    const [{ hub, log }] = nodes;
    const early = new Collector();
    early.follower = hub.follow(1, 0, early);
    for (let i = 1; i <= 5; i++) await append(log, 1, i);
    await until(() => early.got.length === 5);
    const reads = countReads(log);
    const fromTail = new Collector();
    fromTail.follower = hub.follow(1, 2, fromTail);
    expect(fromTail.got).toEqual(from(2, 5));
    expect(reads()).toBe(0);
    for (let look = 0; look < 10; look++) await hub.reconcile();
    const fromLog = new Collector();
    fromLog.follower = hub.follow(1, 2, fromLog);
    await until(() => fromLog.got.length === 3);
    expect(reads()).toBeGreaterThan(0);
    await append(log, 1, 6);
    await until(() => [early, fromTail, fromLog].every(({ got }) => got.at(-1) === 6));
    expect(early.got).toEqual(from(0, 6));
  });
}

function bound(log: EventLog): EventLog {
  return {
    epoch: log.epoch,
    history: log.history,
    append: (entry) => log.append(entry),
    replay: (entry) => log.replay(entry),
    read: (...args) => log.read(...args),
    find: (...args) => log.find(...args),
    lookup: (...args) => log.lookup(...args),
    raw: (...args) => log.raw(...args),
    heads: (channels) => log.heads(channels),
    offsetBefore: (...args) => log.offsetBefore(...args),
  };
}

/** How often the log was read since then. */
function countReads(log: EventLog): () => number {
  let count = 0;
  const read = log.read.bind(log);
  log.read = (...where) => {
    count++;
    return read(...where);
  };
  return () => count;
}

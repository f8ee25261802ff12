import { describe, expect, test } from "bun:test";
import { databases, type TestDatabase } from "../../test/databases.ts";
import { endings } from "../../test/endings.ts";
import { FaultyDoorbell } from "../../test/faulty-doorbell.ts";
import { Random } from "../../test/random.ts";
import { ScriptedPlatform, type ScriptedRun } from "../../test/scripted-source.ts";
import { newSecretKey, openVault } from "../access/vault.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { beatEvery, NodeSession } from "../log/node-session.ts";
import type { Store } from "../store/store.ts";
import { secretOf } from "./connections.ts";
import { Ingest } from "./ingest.ts";
import { Supervisor } from "./supervisor.ts";

for (const [name, create] of Object.entries(databases)) describe(name, () => suite(create));

const setting = newSecretKey();

/** A node's clock that can stand still: as for a process that was stopped, or is dead. */
class FreezingClock implements Clock {
  #isFrozen = false;
  #missed: (() => void)[] = [];
  readonly now = systemClock.now;
  readonly soon = systemClock.soon;

  after(ms: number, call: () => void): () => void {
    return systemClock.after(ms, () => this.#call(call));
  }

  every(ms: number, call: () => void): () => void {
    return systemClock.every(ms, () => this.#call(call));
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    for (const call of this.#missed.splice(0)) call();
  }

  #call(call: () => void): void {
    if (this.#isFrozen) this.#missed.push(call);
    else call();
  }
}

function suite(create: () => Promise<TestDatabase>): void {
  const ended = endings();

  /** Waits for a fact about the store or the nodes. */
  async function eventually(fact: () => Promise<boolean> | boolean, within = 20_000): Promise<void> {
    const deadline = performance.now() + within;
    while (!(await fact())) {
      if (performance.now() > deadline) throw new Error("waited in vain");
      await new Promise<void>((resolve) => setTimeout(resolve, 10));
    }
  }

  async function world() {
    const database = await create();
    ended.push(() => database.drop());
    const bells = new FaultyDoorbell(new Random(7), { dropped: 0.5, doubled: 0.3, delayed: 0.5, delay: 40 });
    ended.push(() => bells.stop());
    return { database, bells, nodes: [await node(database, bells), await node(database, bells)] as const };
  }

  async function node(database: TestDatabase, bells: FaultyDoorbell) {
    const clock = new FreezingClock();
    const doorbell = bells.node();
    const store = await database.open(doorbell.ring, clock);
    ended.push(() => store.close());
    const session = new NodeSession({ sessions: store.nodeSessions, clock, name: "a node" });
    ended.push(() => session.stop());
    const platform = new ScriptedPlatform();
    const supervisor = new Supervisor({
      connections: store.connections,
      ingest: new Ingest(store.log, store.quarantine),
      vault: openVault({ setting, kept: undefined }),
      clock,
      random: Math.random,
      node: session,
      doorbell,
      note: () => undefined,
      factories: { pally: platform },
      tally: { quarantined: () => undefined, reconciled: () => undefined },
    });
    ended.push(() => supervisor.stop());
    const open = () => platform.runs.filter((run) => !run.session.signal.aborted);
    const dies = () => {
      bells.silence(doorbell);
      clock.freeze();
    };
    return { store, clock, session, platform, supervisor, open, dies };
  }

  async function channel({ directory }: Store, slug: string): Promise<number> {
    const account = await directory.createAccount(slug, false);
    if (account === "name-taken") throw new Error("taken");
    const made = await directory.createChannel(slug, account.id, { title: "", kickUsername: "", url: "" });
    if (made === "name-taken") throw new Error("taken");
    return made.id;
  }

  async function add({ connections }: Store, channel: number, account: string): Promise<number> {
    const wish = { channel, platform: "pally", account, name: account } as const;
    const vault = openVault({ setting, kept: undefined });
    const made = await connections.create(wish, (id) => vault.seal(`key of ${account}`, secretOf(id)));
    if (made === "account-taken") throw new Error("taken");
    return made.id;
  }

  const idsOf = (runs: readonly ScriptedRun[]) =>
    runs.map(({ session }) => session.connection.id).sort((a, b) => a - b);

  test("several creators, several connections each: every one runs once, wherever it was added, stopped or started", async () => {
    const { nodes } = await world();
    const [here, there] = nodes;
    const open = () => idsOf(nodes.flatMap((node) => node.open()));
    const channels = [await channel(here.store, "ann"), await channel(there.store, "bob")];
    const ids: number[] = [];
    for (const [i, of] of channels.entries()) {
      for (const page of ["a", "b", "c"]) ids.push(await add((nodes[i] ?? here).store, of, page));
    }
    await eventually(() => open().length === ids.length);
    expect(open()).toEqual(ids);
    for (const { session } of nodes.flatMap((node) => node.open())) {
      expect(await session.secret()).toBe(`key of ${session.connection.account}`);
      session.live();
    }
    const statuses = async () => (await there.store.connections.list()).map(({ state }) => state?.status);
    await eventually(async () => (await statuses()).every((status) => status === "live"));

    const [stopped, removed, ...left] = ids as [number, number, ...number[]];
    await here.store.connections.setWanted(stopped, false);
    expect(await there.store.connections.remove(removed)).toBe("removed");
    await eventually(() => open().length === left.length);
    expect(open()).toEqual(left);
    await eventually(async () => (await statuses())[0] === "stopped");
    await there.store.connections.setWanted(stopped, true);
    const added = await add(here.store, channels[0] as number, "d");
    await eventually(() => open().length === left.length + 2);
    expect(open()).toEqual([stopped, ...left, added]);
  });

  test("a node dies: the other goes on where it was, and what the dead one says later has no effect", async () => {
    const { database, nodes } = await world();
    const [first] = nodes;
    const of = await channel(first.store, "ann");
    const ids = [await add(first.store, of, "a"), await add(first.store, of, "b")];
    await eventually(() => nodes.flatMap((node) => node.open()).length === 2);
    // Whichever node was quicker may have both: the one that has any dies.
    const [dead, other] = nodes[0].open().length > 0 ? nodes : ([nodes[1], nodes[0]] as const);
    const deadRuns = dead.open();
    for (const [i, { session }] of deadRuns.entries()) {
      session.live();
      expect(await session.remember(`at ${i}`)).toBe(true);
    }
    const before = other.open().length;
    dead.dies();
    await database.run(`UPDATE node_session SET beaten_at = beaten_at - 4000 WHERE fence = ${dead.session.fence}`);
    // The rest of the session's life, and a beat; a busy machine adds to it.
    await eventually(() => other.open().length === 2, 1000 + 2 * beatEvery + 5000);
    expect(idsOf(other.open())).toEqual(ids);
    const taken = other.open().slice(before);
    for (const [i, { session }] of deadRuns.entries()) {
      const successor = taken.find((run) => run.session.connection.id === session.connection.id);
      expect(successor?.session.memory).toBe(`at ${i}`);
      expect(await session.remember("late")).toBe(false);
      await expect(session.replaceSecret(async () => "late")).rejects.toThrow("another node holds this connection");
      await expect(session.identify("late", "late")).rejects.toThrow("Another node holds this connection");
      session.tell({ warning: "late" });
    }
    for (const { session } of other.open()) session.live();
    dead.clock.thaw();
    await eventually(() => dead.open().length === 0);
    expect(idsOf(other.open())).toEqual(ids);
    const states = async () => (await other.store.connections.list()).map(({ state }) => state);
    await eventually(async () => (await states()).every((state) => state?.status === "live"));
    for (const state of await states()) expect(state).not.toHaveProperty("warning");
  });

  test("a node that stops hands over at once", async () => {
    const { nodes } = await world();
    const [first, second] = nodes;
    const of = await channel(first.store, "ann");
    await add(first.store, of, "a");
    await eventually(() => nodes.flatMap((node) => node.open()).length === 1);
    const [running, other] = first.open().length > 0 ? nodes : ([second, first] as const);
    await running.open()[0]?.session.remember("at 7");
    await running.supervisor.stop();
    await eventually(() => other.open().length === 1);
    expect(other.open()[0]?.session.memory).toBe("at 7");
  });
}

import { afterEach, describe, expect, test } from "bun:test";
import { databases, type TestDatabase } from "../../test/databases.ts";
import { systemClock } from "../core/clock.ts";
import type { ConnectionState } from "../intake/connection.ts";
import { holdingOf } from "../intake/connections.ts";
import { notesKept, type Unread } from "../intake/quarantine.ts";
import type { SessionKey } from "../log/node-session.ts";
import type { Store } from "./store.ts";

for (const [name, create] of Object.entries(databases)) describe(name, () => suite(create));

const live: ConnectionState = { status: "live", reason: "", since: 5, gaps: [{ from: 1, to: 2 }] };
const unread = (raw: string): Unread => ({ raw, reason: "It has no id.", arrival: "live" });

function suite(create: () => Promise<TestDatabase>): void {
  let ended: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ended.reverse()) await end();
    ended = [];
  });

  async function node(database: TestDatabase): Promise<{ readonly store: Store; readonly rings: string[] }> {
    const rings: string[] = [];
    const ring = (topic: string, version: number) => void rings.push(`${topic}@${version}`);
    const store = await database.open(ring, systemClock);
    ended.push(() => store.close());
    return { store, rings };
  }

  /** Two nodes, a channel, and a Pally connection whose source the first node holds. */
  async function connected() {
    const database = await create();
    ended.push(() => database.drop());
    const [here, there] = [await node(database), await node(database)];
    const { connections, quarantine, nodeSessions, directory } = here.store;
    const account = await directory.createAccount("ann", false);
    if (account === "name-taken") throw new Error("taken");
    const channel = await directory.createChannel("ann", account.id, { title: "", kickUsername: "", url: "" });
    if (channel === "name-taken") throw new Error("taken");
    here.rings.length = 0;
    const wish = { channel: channel.id, platform: "pally", account: "page", name: "Page" } as const;
    const connection = await connections.create(wish, (id) => `sealed for ${id}`);
    if (connection === "account-taken") throw new Error("taken");
    const holder = await nodeSessions.begin("here");
    const other = await there.store.nodeSessions.begin("there");
    const hold = async (session: SessionKey, id = connection.id) =>
      (await nodeSessions.hold(session, holdingOf(id))).status;
    expect(await hold(holder)).toBe("held");
    return { database, here, there: there.store, connections, quarantine, wish, connection, holder, other, hold };
  }

  test("what is stored is found, listed by channel, and is on every node", async () => {
    const { connections, there, connection, wish, here } = await connected();
    const { createdAt, version } = connection;
    expect(connection).toEqual({
      ...wish,
      id: connection.id,
      wanted: true,
      createdAt,
      version,
      state: undefined,
      quarantined: 0,
    });
    expect(Math.abs(Date.now() - createdAt)).toBeLessThan(60_000);
    expect(await there.connections.find(connection.id)).toEqual(connection);
    expect(await there.connections.list()).toEqual([connection]);
    expect(await connections.list(connection.channel)).toEqual([connection]);
    expect(await connections.list(99)).toEqual([]);
    expect(await connections.find(99)).toBeUndefined();
    expect(await connections.secret(connection.id)).toEqual({ sealed: `sealed for ${connection.id}`, version: 1 });
    expect(await connections.secret(99)).toBeUndefined();
    expect(here.rings).toEqual([`connections@${version}`]);
  });

  test("an account is connected to a channel once; one that is not known yet, any number of times", async () => {
    const { connections, wish } = await connected();
    expect(await connections.create(wish, String)).toBe("account-taken");
    expect(await connections.create({ ...wish, platform: "tuniform" }, String)).toMatchObject({ account: "page" });
    const unknown = { ...wish, account: "", name: "" };
    for (let i = 0; i < 2; i++) expect(await connections.create(unknown, String)).toMatchObject({ account: "" });
    const both = await Promise.all([1, 2].map(() => connections.create({ ...wish, account: "new" }, String)));
    expect(both.filter((outcome) => outcome === "account-taken")).toHaveLength(1);
  });

  test("every change by a person is another version, which rings, and which every node sees", async () => {
    const { connections, there, connection, here } = await connected();
    here.rings.length = 0;
    const versions = [connection.version];
    const changes = [
      () => connections.setWanted(connection.id, false),
      () => connections.setWanted(connection.id, true),
      () => connections.setWanted(connection.id, true),
      () => connections.authorize(connection.id, "another"),
    ];
    for (const change of changes) {
      const changed = await change();
      versions.push(changed?.version ?? 0);
      expect((await there.connections.glance()).version).toBe(changed?.version as number);
      expect(await there.connections.find(connection.id)).toEqual(changed as never);
    }
    expect([...versions].sort((a, b) => a - b)).toEqual(versions);
    expect(new Set(versions).size).toBe(versions.length);
    expect(await connections.secret(connection.id)).toEqual({ sealed: "another", version: 2 });
    expect(await connections.remove(connection.id)).toBe("removed");
    const { version } = await there.connections.glance();
    expect(version).toBeGreaterThan(versions.at(-1) ?? 0);
    expect(here.rings).toEqual([...versions.slice(1), version].map((each) => `connections@${each}`));
    here.rings.length = 0;
    expect(await connections.setWanted(99, true)).toBeUndefined();
    expect(await connections.authorize(99, "x")).toBeUndefined();
    expect(await connections.remove(99)).toBe("unknown");
    expect([here.rings, (await connections.glance()).version]).toEqual([[], version]);
  });

  test("a new secret starts what was stopped", async () => {
    const { connections, connection } = await connected();
    await connections.setWanted(connection.id, false);
    expect(await connections.authorize(connection.id, "another")).toMatchObject({ wanted: true });
  });

  test("free is what is wanted and no living session holds", async () => {
    const { connections, there, connection, holder, other, hold, wish, database } = await connected();
    const second = await connections.create({ ...wish, account: "b" }, String);
    if (second === "account-taken") throw new Error("taken");
    const free = async () => (await there.connections.glance()).free;
    expect(await free()).toEqual([second.id]);
    await there.nodeSessions.hold(other, holdingOf(second.id));
    expect(await free()).toEqual([]);
    await database.run(`UPDATE node_session SET beaten_at = beaten_at - 5000 WHERE fence = ${holder.fence}`);
    expect(await free()).toEqual([connection.id]);
    expect(await hold(other)).toBe("held");
    await there.nodeSessions.release(other, holdingOf(connection.id));
    expect(await free()).toEqual([connection.id]);
    await connections.setWanted(connection.id, false);
    expect(await free()).toEqual([]);
  });

  test("only the living holder says how it is, who it is, and keeps its secret", async () => {
    const { connections, connection, holder, other, database } = await connected();
    const { id } = connection;
    const refusals = async (session: SessionKey) => [
      await connections.report(id, live, session),
      await connections.keepSecret(id, "stolen", 1, session),
      await connections.identify(id, "page", "Stolen", session),
    ];
    expect(await refusals(other)).toEqual([false, undefined, "refused"]);
    expect(await refusals({ ...holder, token: "x" })).toEqual([false, undefined, "refused"]);
    expect(await connections.find(id)).toEqual(connection);

    expect(await connections.report(id, live, holder)).toBe(true);
    expect(await connections.identify(id, "page", "The page", holder)).toBe("identified");
    expect(await connections.find(id)).toEqual({ ...connection, state: live, name: "The page" });
    expect(await connections.keepSecret(id, "next", 1, holder)).toBe(2);
    expect(await connections.secret(id)).toEqual({ sealed: "next", version: 2 });

    await database.run("UPDATE node_session SET beaten_at = beaten_at - 5000");
    expect(await refusals(holder)).toEqual([false, undefined, "refused"]);
    expect(await connections.secret(id)).toEqual({ sealed: "next", version: 2 });
  });

  test("what a person brings is not overwritten by what the holder had in hand", async () => {
    const { connections, connection, holder } = await connected();
    await connections.authorize(connection.id, "a person's");
    expect(await connections.keepSecret(connection.id, "refreshed from the old one", 1, holder)).toBeUndefined();
    expect(await connections.keepSecret(connection.id, "refreshed from the new one", 2, holder)).toBe(3);
  });

  test("a connection becomes the account that its platform says once, and not one that another has", async () => {
    const { connections, connection, wish, holder, hold } = await connected();
    const made = await connections.create({ ...wish, account: "", name: "" }, String);
    if (made === "account-taken") throw new Error("taken");
    expect(await hold(holder, made.id)).toBe("held");
    expect(await connections.identify(made.id, "page", "", holder)).toBe("taken");
    expect(await connections.identify(made.id, "7", "Seven", holder)).toBe("identified");
    expect(await connections.identify(made.id, "7", "Seven!", holder)).toBe("identified");
    expect(await connections.identify(made.id, "8", "Eight", holder)).toBe("other-account");
    expect(await connections.find(made.id)).toMatchObject({ account: "7", name: "Seven!" });
    expect(await connections.identify(connection.id, "7", "", holder)).toBe("other-account");
  });

  test("quarantine: the same text once, in order, until it is read or discarded; a connection is not removed before", async () => {
    const { connections, quarantine, connection, there } = await connected();
    const { id } = connection;
    const odd = 'a \u0000 \ud83d\ude00 "b"';
    expect(await quarantine.put(id, [unread("a"), unread("b"), unread("a")])).toBe(2);
    expect(await quarantine.put(id, [{ ...unread(odd), arrival: "import" }, unread("b")])).toBe(1);
    expect(await quarantine.put(99, [unread("a")])).toBe(0);
    const all = await there.quarantine.list(id, 0, 10);
    expect(all.map(({ raw }) => raw.replaceAll("\ufffd", "\0"))).toEqual(["a", "b", odd]);
    expect(all[2]).toMatchObject({ connection: id, reason: "It has no id.", arrival: "import" });
    expect(await quarantine.list(id, all[0]?.id ?? 0, 1)).toEqual([all[1] as never]);
    expect(await connections.find(id)).toMatchObject({ quarantined: 3 });
    expect(await connections.remove(id)).toBe("in-quarantine");

    await quarantine.reword(all[0]?.id ?? 0, "Still not.");
    expect((await quarantine.list(id, 0, 1))[0]?.reason).toBe("Still not.");
    const ids = all.map((each) => each.id);
    expect(await quarantine.remove([ids[0] as number, 99])).toBe(1);
    expect(await quarantine.remove(ids)).toBe(2);
    expect(await quarantine.remove([])).toBe(0);
    await quarantine.note(id, [{ what: "x", raw: "x" }]);
    expect(await connections.remove(id)).toBe("removed");
    expect(await connections.remove(id)).toBe("unknown");
    expect(await connections.list()).toEqual([]);
  });

  test("of what is no event the newest are kept, each connection's own", async () => {
    const { quarantine, connections, connection, wish } = await connected();
    const second = await connections.create({ ...wish, account: "b" }, String);
    if (second === "account-taken") throw new Error("taken");
    await quarantine.note(second.id, [{ what: "theirs", raw: "t\u0000" }]);
    const note = (i: number) => ({ what: "type x", raw: `n${i}` });
    await quarantine.note(
      connection.id,
      Array.from({ length: notesKept - 1 }, (_, i) => note(i)),
    );
    await quarantine.note(connection.id, [note(998), note(999)]);
    const kept = await quarantine.notes(connection.id);
    expect(kept).toHaveLength(notesKept);
    expect([kept[0]?.raw, kept.at(-1)?.raw]).toEqual(["n999", "n1"]);
    expect(await quarantine.notes(second.id)).toMatchObject([{ what: "theirs" }]);
    await quarantine.note(99, [note(1)]);
  });

  test("a removed connection's number, and what its holder kept, are gone for good", async () => {
    const { connections, connection, wish, here, there, other, holder } = await connected();
    await here.store.nodeSessions.keep(holder, holdingOf(connection.id), "what it remembers");
    await connections.remove(connection.id);
    expect(await connections.report(connection.id, live, holder)).toBe(false);
    expect(await here.store.nodeSessions.keep(holder, holdingOf(connection.id), "late")).toBe(false);
    const next = await connections.create(wish, String);
    if (next === "account-taken") throw new Error("taken");
    expect(next.id).toBeGreaterThan(connection.id);
    expect(await there.nodeSessions.hold(other, holdingOf(next.id))).toEqual({ status: "held", state: "" });
  });

  test("a budget: two nodes that draw at once get different slots, and no minute holds too many", async () => {
    const { here, there } = await connected();
    const stores = [here.store, there];
    const now = 1_700_000_000_000;
    const waits = await Promise.all(
      Array.from({ length: 25 }, (_, i) => stores[i % 2]?.budgets.reserve("app", 10, now) as Promise<number>),
    );
    const sorted = waits.sort((a, b) => a - b);
    for (let i = 10; i < sorted.length; i++) {
      expect((sorted[i] as number) - (sorted[i - 10] as number)).toBeGreaterThan(60_000);
    }
    expect(sorted.slice(0, 10)).toEqual(Array(10).fill(0));
    expect(await there.budgets.reserve("another", 10, now)).toBe(0);
    expect(await there.budgets.reserve("by the database's own clock", 1)).toBe(0);
    expect(await here.store.budgets.reserve("by the database's own clock", 1)).toBeGreaterThan(58_000);
  });
}

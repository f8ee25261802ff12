import { expect, test } from "bun:test";
import { endings } from "../../test/endings.ts";
import { systemClock } from "../core/clock.ts";
import { streamEvent } from "../core/event.ts";
import { moneyOf } from "../core/money.ts";
import { openSqliteStore } from "../store/sqlite/open.ts";
import { type Decoded, type DecodedOne, other, unreadable } from "./decoded.ts";
import { Ingest } from "./ingest.ts";
import type { TakenItem } from "./source.ts";

const ended = endings();

async function room() {
  let commits = 0;
  const store = openSqliteStore(":memory:", {
    clock: systemClock,
    ring: () => undefined,
    committed: () => {
      commits++;
    },
  });
  ended.push(() => store.close());
  const account = await store.directory.createAccount("ann", false);
  if (account === "name-taken") throw new Error("taken");
  const channel = await store.directory.createChannel("ann", account.id, { title: "", kickUsername: "", url: "" });
  if (channel === "name-taken") throw new Error("taken");
  const wish = { channel: channel.id, platform: "pally", account: "p", name: "" } as const;
  const connection = await store.connections.create(wish, String);
  if (connection === "account-taken") throw new Error("taken");
  const ingest = new Ingest(store.log, store.quarantine);
  const logged = async () =>
    (await store.log.read(channel.id, 0, 500)).map(({ arrival, event }) => `${arrival} ${event.externalId}`);
  const quarantined = async () => (await store.quarantine.list(connection.id, 0, 500)).map(({ raw }) => raw);
  return { store, connection, ingest, logged, quarantined, commits: () => commits };
}

function gift(externalId: string, raw = ""): DecodedOne {
  const identity = { origin: "pally:1", externalId, occurredAt: "2026-04-11T16:00:00.000Z" };
  const event = streamEvent({ type: "donation", ...identity, amount: moneyOf(500, 2, "USD") });
  return { status: "event", event, raw };
}

const bad = (raw: string): TakenItem => ({ decoded: unreadable("It has no id."), raw });

/** Reads a text like "event a", "other" or "twice a b"; "event" alone lacks its identity, and "trap" trips it up. */
function decode({ raw }: { readonly raw: string }): Decoded {
  const [what, ...ids] = raw.split(" ");
  if (what === "trap") throw new Error("trapped");
  if (what === "other") return other("a handshake");
  if (what === "twice")
    return { status: "events", items: ids.map((id) => (id === "?" ? unreadable("Half.") : gift(id))) };
  return ids[0] === undefined ? unreadable("Still no id.") : gift(ids[0]);
}

test("what comes together shares a transaction, in its order", async () => {
  const { ingest, connection, logged, commits } = await room();
  const items = Array.from({ length: 100 }, (_, i) => ({ decoded: gift(`x${i}`), raw: "" }));
  expect(await ingest.take(connection, items, { arrival: "live" })).toMatchObject({ stored: 100, duplicates: 0 });
  expect(commits()).toBe(1);
  expect(await logged()).toEqual(items.map((_, i) => `live x${i}`));
});

test("ten thousand duplicated and reordered inputs: the exact set", async () => {
  const { ingest, connection, store } = await room();
  const ids = Array.from({ length: 500 }, (_, i) => `x${i}`);
  const inputs = Array.from({ length: 10_000 }, (_, i) => ids[(i * 7919) % ids.length] as string);
  let stored = 0;
  for (let i = 0; i < inputs.length; i += 250) {
    const takings = [inputs.slice(i, i + 125), inputs.slice(i + 125, i + 250)].map((half) =>
      ingest.take(
        connection,
        half.map((id) => ({ decoded: gift(id), raw: "" })),
        { arrival: "late" },
      ),
    );
    for (const taken of await Promise.all(takings)) stored += taken.stored;
  }
  expect(stored).toBe(500);
  const records = await store.log.read(connection.channel, 0, 500);
  expect(records.map(({ event }) => event.externalId).sort()).toEqual([...ids].sort());
  expect((await store.log.heads([connection.channel])).get(connection.channel)).toBe(500);
});

test("a platform that marks its replays with nothing: as the log decides", async () => {
  const { ingest, connection, logged } = await room();
  const once = () => ingest.take(connection, [{ decoded: gift("a"), raw: "" }], { arrival: "live", replayAfter: -1 });
  expect(await once()).toMatchObject({ stored: 1, duplicates: 0 });
  expect(await once()).toMatchObject({ stored: 1, duplicates: 0 });
  expect(await logged()).toEqual(["live a", "live a"]);
});

test("where the log does not take it, nothing is said to be stored", async () => {
  const { ingest, connection } = await room();
  const elsewhere = { ...connection, channel: 99 };
  await expect(ingest.take(elsewhere, [{ decoded: gift("a"), raw: "" }], { arrival: "live" })).rejects.toThrow();
});

test("read again: what is an event now is late, history stays silent, the rest stays, and nothing stops for anything", async () => {
  const { ingest, connection, logged, quarantined, store } = await room();
  const texts = ["event", "event a", "trap", "other", "twice b c", "event a"];
  await ingest.take(connection, texts.map(bad), { arrival: "live" });
  await ingest.take(connection, [bad("event old"), bad("twice d ?")], { arrival: "import" });
  expect(await logged()).toEqual([]);
  expect(await ingest.reread(connection, decode)).toEqual({ stored: 5, duplicates: 0, noted: 1, unreadable: 3 });
  expect(await logged()).toEqual(["late a", "late b", "late c", "import old", "import d"]);
  expect(await store.log.raw(connection.channel, 1)).toBe("event a");
  expect(await quarantined()).toEqual(["event", "trap", "twice d ?"]);
  const reasons = (await store.quarantine.list(connection.id, 0, 9)).map(({ reason }) => reason);
  expect(reasons).toEqual(["Still no id.", "It cannot even be looked at: trapped", "Half."]);
  expect(await store.quarantine.notes(connection.id)).toMatchObject([{ what: "a handshake", raw: "other" }]);
  expect(await ingest.reread(connection, decode)).toEqual({ stored: 0, duplicates: 1, noted: 0, unreadable: 3 });
});

test("more in quarantine than a page holds, each read once", async () => {
  const { ingest, connection, quarantined, store } = await room();
  const texts = Array.from({ length: 450 }, (_, i) => bad(i % 3 === 0 ? `event${" ".repeat(i)}` : `event x${i}`));
  expect(await ingest.take(connection, texts, { arrival: "live" })).toMatchObject({ quarantined: 450 });
  const counts = await ingest.reread(connection, ({ raw }) => decode({ raw: raw.trim() }));
  expect(counts).toEqual({ stored: 300, duplicates: 0, noted: 0, unreadable: 150 });
  expect(await quarantined()).toHaveLength(150);
  expect((await store.log.heads([connection.channel])).get(connection.channel)).toBe(300);
});

test("cut off between the log and the quarantine: read again, it is there once", async () => {
  const { ingest, connection, logged, quarantined, store } = await room();
  await ingest.take(connection, [bad("event a")], { arrival: "live" });
  const cut = new Ingest(store.log, { ...store.quarantine, remove: () => Promise.reject(new Error("cut off")) });
  await expect(cut.reread(connection, decode)).rejects.toThrow("cut off");
  expect([await logged(), await quarantined()]).toEqual([["late a"], ["event a"]]);
  expect(await ingest.reread(connection, decode)).toEqual({ stored: 0, duplicates: 1, noted: 0, unreadable: 0 });
  expect([await logged(), await quarantined()]).toEqual([["late a"], []]);
});

test("of what is no event a large text is kept in part", async () => {
  const { ingest, connection, store } = await room();
  await ingest.take(connection, [{ decoded: other("type x"), raw: "x".repeat(100_000) }], { arrival: "live" });
  expect((await store.quarantine.notes(connection.id))[0]?.raw).toHaveLength(16_384);
});

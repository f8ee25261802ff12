import { expect, test } from "bun:test";
import fc from "fast-check";
import { endings } from "../../test/endings.ts";
import { ScriptedPlatform } from "../../test/scripted-source.ts";
import { settled, VirtualClock } from "../../test/virtual-clock.ts";
import { newSecretKey, openVault } from "../access/vault.ts";
import { streamEvent } from "../core/event.ts";
import { moneyOf } from "../core/money.ts";
import { memoryDoorbell } from "../doorbell/memory.ts";
import { NodeSession } from "../log/node-session.ts";
import { openSqliteStore } from "../store/sqlite/open.ts";
import type { ConnectionState } from "./connection.ts";
import { secretOf } from "./connections.ts";
import { unreadable } from "./decoded.ts";
import { Ingest } from "./ingest.ts";
import type { SourceSession } from "./source.ts";
import { steadyAfter } from "./supervised-connection.ts";
import { Supervisor } from "./supervisor.ts";

const ended = endings();

/** A node with a channel and a Pally connection, over a store in memory, in virtual time. */
async function room({ silence = 90_000, random = (): number => 1, rings = true, setting = newSecretKey() } = {}) {
  const clock = new VirtualClock();
  const doorbell = memoryDoorbell();
  const store = openSqliteStore(":memory:", { clock, ring: rings ? doorbell.ring : () => undefined });
  ended.push(() => store.close());
  const account = await store.directory.createAccount("ann", false);
  if (account === "name-taken") throw new Error("taken");
  const channel = await store.directory.createChannel("ann", account.id, { title: "", kickUsername: "", url: "" });
  if (channel === "name-taken") throw new Error("taken");
  const vault = openVault({ setting, kept: undefined });
  const add = async (page: string) => {
    const wish = { channel: channel.id, platform: "pally", account: page, name: page } as const;
    const made = await store.connections.create(wish, (id) => vault.seal(`key of ${page}`, secretOf(id)));
    if (made === "account-taken") throw new Error("taken");
    return made;
  };
  const connection = await add("page");
  const node = new NodeSession({
    sessions: store.nodeSessions,
    clock,
    name: "a node",
    monotonic: () => clock.now(),
  });
  ended.push(() => node.stop());
  const platform = new ScriptedPlatform();
  platform.silence = silence;
  const notes: string[] = [];
  const tally = { quarantined: 0, missing: 0, recovered: 0 };
  const supervisor = new Supervisor({
    connections: store.connections,
    ingest: new Ingest(store.log, store.quarantine),
    vault,
    clock,
    random,
    node,
    doorbell,
    note: (level, what) => void notes.push(`${level}: ${what}`),
    factories: { pally: platform },
    tally: {
      quarantined: (_, count) => {
        tally.quarantined += count;
      },
      reconciled: (_, missing, recovered) => {
        tally.missing += missing;
        tally.recovered += recovered;
      },
    },
  });
  ended.push(async () => {
    platform.obedient = true;
    await Promise.all([supervisor.stop(), clock.pass(10_000)]);
  });
  const state = async (id = connection.id) => {
    await settled();
    return (await store.connections.find(id))?.state as ConnectionState;
  };
  await clock.pass(0);
  return { clock, store, vault, add, connection, channel, node, platform, supervisor, state, notes, tally, doorbell };
}

const gift = (externalId: string) =>
  streamEvent({
    type: "donation",
    origin: "pally:1",
    externalId,
    occurredAt: "2026-04-11T16:00:00.000Z",
    amount: moneyOf(500, 2, "USD"),
  });

const event = (id: string) => ({ decoded: { status: "event", event: gift(id), raw: `raw ${id}` } as const, raw: "" });

test("a wanted connection runs, is live only when the platform said so, and says when it was heard", async () => {
  const { clock, platform, state, connection, supervisor } = await room();
  const { session } = platform.last;
  expect(session.connection).toMatchObject({ id: connection.id, account: "page" });
  expect(await state()).toMatchObject({ status: "connecting", reason: "", since: clock.now() });
  await clock.pass(2000);
  session.live();
  expect(await state()).toMatchObject({ status: "live", reason: "", since: clock.now() });
  await clock.pass(16_000);
  session.heard();
  expect((await state()).heardAt).toBe(clock.now());
  await clock.pass(1000);
  session.heard();
  expect((await state()).heardAt).toBe(clock.now() - 1000);
  expect(supervisor.running()[0]?.state.heardAt).toBe(clock.now());
});

test("waits grow to a minute, each drawn from its upper half, until it was live for a while", async () => {
  const { clock, platform, state } = await room({ random: () => 0.5 });
  for (const wait of [750, 1500, 3000, 6000, 12_000, 24_000, 45_000, 45_000]) {
    const before = platform.runs.length;
    platform.last.end({ status: "retry", reason: "The line is dead." });
    expect(await state()).toMatchObject({
      status: "waiting",
      reason: "The line is dead.",
      retryAt: clock.now() + wait,
    });
    await clock.pass(wait - 1);
    expect(platform.runs.length).toBe(before);
    await clock.pass(1);
    expect(platform.runs.length).toBe(before + 1);
    const { retryAt, status } = await state();
    expect([retryAt, status]).toEqual([undefined, "connecting"]);
  }
  platform.last.session.live();
  await clock.pass(steadyAfter - 1);
  platform.last.end({ status: "retry", reason: "x" });
  expect((await state()).retryAt).toBe(clock.now() + 45_000);
  await clock.pass(45_000);
  platform.last.session.live();
  await clock.pass(steadyAfter);
  platform.last.end({ status: "retry", reason: "x" });
  expect((await state()).retryAt).toBe(clock.now() + 750);
});

test("the platform may ask for a longer wait, and for an hour at most", async () => {
  const { clock, platform, state } = await room();
  for (const [after, wait] of [
    [5000, 5000],
    [0, 2000],
    [1e9, 3_600_000],
  ] as const) {
    platform.last.end({ status: "retry", reason: "429", after });
    expect((await state()).retryAt).toBe(clock.now() + wait);
    await clock.pass(wait);
  }
  expect(platform.runs).toHaveLength(4);
});

test("silence ends a run, whether it was live or never came to it; any sound puts it off", async () => {
  const { clock, platform, state } = await room({ silence: 10_000 });
  await clock.pass(9999);
  expect(platform.last.session.signal.aborted).toBe(false);
  await clock.pass(1);
  expect(platform.last.session.signal.aborted).toBe(true);
  expect(await state()).toMatchObject({ status: "waiting", reason: "Nothing was heard for 10 seconds." });
  await clock.pass(1000);
  const { session } = platform.last;
  session.live();
  for (let i = 0; i < 20; i++) {
    await clock.pass(9000);
    session.heard();
  }
  expect(session.signal.aborted).toBe(false);
  await clock.pass(10_000);
  expect([session.signal.aborted, (await state()).status]).toEqual([true, "waiting"]);
});

test("once a run is over nothing that it says has an effect, even where it does not end", async () => {
  const { clock, platform, state, store, channel, notes } = await room({ silence: 10_000 });
  platform.obedient = false;
  const stale = platform.last.session;
  expect(await stale.remember("before")).toBe(true);
  await clock.pass(10_000);
  expect(stale.signal.aborted).toBe(true);
  expect(platform.runs).toHaveLength(1);
  await clock.pass(5000 + 1000);
  expect(platform.runs).toHaveLength(2);
  const fresh = platform.last.session;
  expect(fresh.memory).toBe("before");
  const before = await state();
  stale.live();
  stale.heard();
  stale.tell({ warning: "stale" });
  stale.gap(1, 2);
  expect(await stale.remember("stale")).toBe(false);
  await expect(stale.take([event("stale")], { arrival: "live" })).rejects.toThrow("Nothing was heard");
  await expect(stale.identify("stale", "")).rejects.toThrow();
  expect(await state()).toEqual(before);
  expect((await store.log.heads([channel.id])).get(channel.id)).toBe(0);
  fresh.live();
  platform.runs[0]?.fail(new Error("late"));
  expect((await state()).status).toBe("live");
  expect(notes.filter((note) => note.startsWith("error"))).toEqual([]);
});

test("what only a person can mend waits for them, however long: a new secret, or a start", async () => {
  const { clock, platform, state, store, vault, connection } = await room();
  for (const [status, shown] of [
    ["needs-authorization", "needs-authorization"],
    ["stop", "stopped"],
  ] as const) {
    const before = platform.runs.length;
    platform.last.end({ status, reason: "Mend it." });
    await clock.pass(20 * 60_000);
    expect(await state()).toMatchObject({ status: shown, reason: "Mend it." });
    expect(platform.runs).toHaveLength(before);
    await store.connections.setWanted(connection.id, true);
    await clock.pass(0);
    expect(platform.runs).toHaveLength(before + 1);
    platform.last.end({ status, reason: "Still." });
    await clock.pass(0);
    await store.connections.authorize(connection.id, vault.seal(`mended ${status}`, secretOf(connection.id)));
    await clock.pass(0);
    expect(await platform.last.session.secret()).toBe(`mended ${status}`);
  }
});

test("stopped, started, removed and added by a person, without a restart", async () => {
  const { clock, platform, state, store, connection, add, supervisor } = await room();
  const first = platform.last.session;
  first.live();
  await store.connections.setWanted(connection.id, false);
  await clock.pass(0);
  expect(first.signal.aborted).toBe(true);
  expect(await state()).toMatchObject({ status: "stopped", reason: "" });
  expect((await store.connections.glance()).free).toEqual([]);
  await clock.pass(60_000);
  expect(platform.runs).toHaveLength(1);

  await store.connections.setWanted(connection.id, true);
  await clock.pass(0);
  expect(platform.runs).toHaveLength(2);
  const second = await add("other");
  await clock.pass(0);
  expect(platform.last.session.connection.account).toBe("other");
  expect(await store.connections.remove(second.id)).toBe("removed");
  await clock.pass(0);
  expect(platform.last.session.signal.aborted).toBe(true);
  expect(supervisor.running().map(({ connection }) => connection.id)).toEqual([connection.id]);
});

test("a change during the wait is not waited for, and one in the midst of a run begins it anew", async () => {
  const { clock, platform, store, connection } = await room();
  platform.last.end({ status: "retry", reason: "x" });
  await clock.pass(10);
  await store.connections.setWanted(connection.id, true);
  await clock.pass(0);
  expect(platform.runs).toHaveLength(2);
  await store.connections.setWanted(connection.id, true);
  await clock.pass(0);
  expect(platform.runs[1]?.session.signal.aborted).toBe(true);
  expect(platform.runs).toHaveLength(3);
});

test("every ring lost: it looks once a beat", async () => {
  const { clock, platform, add, store, connection } = await room({ rings: false });
  await add("other");
  await store.connections.setWanted(connection.id, false);
  await clock.pass(999);
  expect([platform.runs.length, platform.last.session.signal.aborted]).toEqual([1, false]);
  await clock.pass(1);
  expect([platform.runs.length, platform.runs[0]?.session.signal.aborted]).toEqual([2, true]);
});

test("a store that fails while it takes several: each that it has is run once, and the others a beat later", async () => {
  const { clock, platform, add, store } = await room({ rings: false });
  const { find } = store.connections;
  const faulty = store.connections as { find: typeof find };
  for (const page of ["a", "b", "c", "d", "e", "f"]) await add(page);
  let calls = 0;
  faulty.find = async (id) => {
    if (calls++ % 3 === 0) throw new Error("away");
    await settled();
    return find(id);
  };
  await clock.pass(1000);
  for (let i = 0; i < 5; i++) await settled();
  faulty.find = find;
  const running = () => platform.runs.map(({ session }) => session.connection.account).sort();
  expect(running()).toEqual(["b", "c", "e", "f", "page"]);
  await clock.pass(1000);
  expect(running()).toEqual(["a", "b", "c", "d", "e", "f", "page"]);
});

test("what it takes is stored before it goes on; unreadable and foreign things stop nothing", async () => {
  const { platform, store, channel, connection, tally } = await room();
  const { session } = platform.last;
  const items = [
    event("a"),
    { decoded: unreadable("It has no id."), raw: "{}" },
    { decoded: { status: "other", what: "type x" } as const, raw: '{"type":"x"}' },
    event("b"),
    event("a"),
  ];
  expect(await session.take(items, { arrival: "late" })).toEqual({
    stored: 2,
    duplicates: 1,
    quarantined: 1,
    noted: 1,
  });
  const records = await store.log.read(channel.id, 0, 10);
  expect(records.map(({ arrival, event: { externalId } }) => [arrival, externalId])).toEqual([
    ["late", "a"],
    ["late", "b"],
  ]);
  expect(await store.log.raw(channel.id, 1)).toBe("raw a");
  expect(await store.quarantine.list(connection.id, 0, 9)).toMatchObject([{ raw: "{}", reason: "It has no id." }]);
  expect(await store.quarantine.notes(connection.id)).toMatchObject([{ what: "type x", raw: '{"type":"x"}' }]);
  expect(tally.quarantined).toBe(1);
});

test("what people are told stays over runs, and is taken back", async () => {
  const { clock, platform, state, tally } = await room();
  const { session } = platform.last;
  const reconciled = { at: clock.now(), missing: 3, recovered: 2 };
  session.tell({
    reconciled: { ...reconciled, newlyMissing: 2 },
    warning: "Live only.",
    history: { imported: 3, of: null },
  });
  for (let i = 0; i < 25; i++) session.gap(i, i + 1);
  platform.last.end({ status: "retry", reason: "x" });
  await clock.pass(1000);
  expect(await state()).toMatchObject({ status: "connecting", reconciled, warning: "Live only." });
  expect((await state()).gaps).toHaveLength(20);
  expect((await state()).gaps?.at(-1)).toEqual({ from: 24, to: 25 });
  platform.last.session.tell({ warning: undefined, history: undefined });
  expect(await state()).not.toContainAnyKeys(["warning", "history"]);
  expect(tally).toMatchObject({ missing: 2, recovered: 2 });
});

test("secrets: opened, replaced, and what a person brought meanwhile stays", async () => {
  const { clock, platform, store, vault, connection } = await room();
  const { session } = platform.last;
  expect(await session.secret()).toBe("key of page");
  await session.replaceSecret(async () => "second");
  await session.replaceSecret(async () => "third");
  expect(await session.secret()).toBe("third");
  const stored = await store.connections.secret(connection.id);
  expect(stored?.sealed).not.toContain("third");
  expect(stored?.version).toBe(3);
  expect(platform.runs).toHaveLength(1);
  await store.connections.authorize(connection.id, vault.seal("a person's", secretOf(connection.id)));
  const late = session.replaceSecret(async () => "refreshed from the third");
  await expect(late).rejects.toThrow("Another secret was stored meanwhile");
  await clock.pass(0);
  expect(await platform.last.session.secret()).toBe("a person's");
});

test("a refresh token that was given anew is stored when the store answers again, also where its answer was lost", async () => {
  const { clock, platform, store, connection } = await room();
  const { session } = platform.last;
  await session.secret();
  const { keepSecret } = store.connections;
  const faulty = store.connections as { keepSecret: typeof keepSecret };
  const { Refused } = await import("../core/errors.ts");
  for (const [takesEffect, secret] of [
    [false, "given anew"],
    [true, "and again"],
  ] as const) {
    let calls = 0;
    faulty.keepSecret = async (...call) => {
      if (calls++ >= 3) return keepSecret(...call);
      if (takesEffect && calls === 1) await keepSecret(...call);
      throw new Refused("storage_failed");
    };
    let kept = false;
    const keeping = session
      .replaceSecret(async () => secret)
      .then(() => {
        kept = true;
      });
    await clock.pass(0);
    expect(kept).toBe(false);
    await clock.pass(3000);
    await keeping;
    expect(await session.secret()).toBe(secret);
    expect(calls).toBe(takesEffect ? 1 : 4);
  }
  faulty.keepSecret = keepSecret;
  expect((await store.connections.secret(connection.id))?.version).toBe(3);
});

/** A secret that a platform gives after `ms`, and what became of it. */
function givenAfter(clock: VirtualClock, ms: number) {
  const asked = { times: 0 };
  const bring = async () => {
    asked.times++;
    await new Promise<void>((resolve) => clock.after(ms, resolve));
    return "rotated";
  };
  return { asked, bring };
}

test("a server that stops waits for a secret that is on its way, and frees the connection", async () => {
  const { clock, platform, supervisor, store, vault, connection } = await room();
  platform.obedient = false;
  const kept = async () => {
    const { sealed } = (await store.connections.secret(connection.id)) ?? { sealed: "" };
    return vault.open(sealed, secretOf(connection.id));
  };
  const replacing = platform.last.session.replaceSecret(givenAfter(clock, 2000).bring);
  await clock.pass(0);
  let secret: string | undefined;
  const stopping = supervisor.stop().then(async () => {
    secret = await kept();
  });
  await clock.pass(1999);
  expect([secret, await kept()]).toEqual([undefined, "key of page"]);
  await clock.pass(1);
  await Promise.all([replacing, stopping]);
  expect(secret).toBe("rotated");
});

test("a secret that never comes holds up a server that stops for less than a minute", async () => {
  const { clock, platform, supervisor } = await room();
  void platform.last.session.replaceSecret(givenAfter(clock, 3_600_000).bring).catch(() => undefined);
  let stopped = false;
  void supervisor.stop().then(() => {
    stopped = true;
  });
  await clock.pass(30_000);
  expect(stopped).toBe(false);
  await clock.pass(30_000);
  expect(stopped).toBe(true);
  await clock.pass(3_600_000);
});

test.each([
  ["that does not end", false],
  ["that ends at once", true],
])("a person's stop and start during a refresh: a source %s is over when the secret is stored", async (_, obedient) => {
  const { clock, platform, store, connection } = await room();
  platform.obedient = obedient;
  const replacing = platform.last.session.replaceSecret(givenAfter(clock, 20_000).bring);
  await store.connections.setWanted(connection.id, false);
  await clock.pass(0);
  await store.connections.setWanted(connection.id, true);
  await clock.pass(19_999);
  expect(platform.runs).toHaveLength(1);
  await clock.pass(1);
  await replacing;
  await clock.pass(1000);
  expect(platform.runs).toHaveLength(2);
  expect(await platform.last.session.secret()).toBe("rotated");
});

test("once the run is over no other secret is asked for", async () => {
  const { clock, platform, store, connection } = await room();
  const { session } = platform.last;
  await store.connections.setWanted(connection.id, false);
  await clock.pass(0);
  const { asked, bring } = givenAfter(clock, 0);
  await expect(session.replaceSecret(bring)).rejects.toThrow();
  expect(asked.times).toBe(0);
});

test("a secret that comes after the end is stored by a store that falters, and given up by one that is gone", async () => {
  const { clock, platform, store, connection } = await room();
  const { keepSecret } = store.connections;
  const faulty = store.connections as { keepSecret: typeof keepSecret };
  const { Refused } = await import("../core/errors.ts");
  for (const [failures, version] of [
    [2, 2],
    [1000, 2],
  ] as const) {
    let calls = 0;
    faulty.keepSecret = async (...call) => {
      if (calls++ < failures) throw new Refused("storage_failed");
      return keepSecret(...call);
    };
    const replacing = platform.last.session.replaceSecret(givenAfter(clock, 2000).bring).catch(() => undefined);
    await clock.pass(0);
    await store.connections.setWanted(connection.id, false);
    await clock.pass(10_000);
    await replacing;
    expect((await store.connections.secret(connection.id))?.version).toBe(version);
    await store.connections.setWanted(connection.id, true);
    await clock.pass(0);
  }
  faulty.keepSecret = keepSecret;
});

test("a secret under an earlier key is sealed with the present one when it is used", async () => {
  const [earlier, present] = [newSecretKey(), newSecretKey()];
  const { clock, platform, store, vault, connection } = await room({ setting: `${present},${earlier}` });
  const old = openVault({ setting: earlier, kept: undefined }).seal("kept", secretOf(connection.id));
  await store.connections.authorize(connection.id, old);
  await clock.pass(0);
  const { session } = platform.last;
  expect(await session.secret()).toBe("kept");
  const stored = await store.connections.secret(connection.id);
  expect(openVault({ setting: present, kept: undefined }).open(stored?.sealed ?? "", secretOf(connection.id))).toBe(
    "kept",
  );
  expect(vault.isCurrent(stored?.sealed ?? "")).toBe(true);
  expect(await session.secret()).toBe("kept");
  expect(await store.connections.secret(connection.id)).toEqual(stored);
});

test("a stored secret that cannot be opened waits for a person, and says why", async () => {
  const { clock, platform, store, state, connection } = await room();
  await store.connections.authorize(
    connection.id,
    openVault({ setting: newSecretKey(), kept: undefined }).seal("x", "y"),
  );
  await clock.pass(0);
  platform.last.fail((await platform.last.session.secret().then(String, (fault: Error) => fault)) as Error);
  expect(await state()).toMatchObject({ status: "needs-authorization" });
  expect((await state()).reason).toContain("sealed with a key that this server does not have");
});

test("whose events they are is said once; another account's key is not taken", async () => {
  const { clock, platform, store, vault, channel, state } = await room();
  const wish = { channel: channel.id, platform: "pally", account: "", name: "" } as const;
  const unknown = await store.connections.create(wish, (id) => vault.seal("x", secretOf(id)));
  if (unknown === "account-taken") throw new Error("taken");
  await clock.pass(0);
  const { session } = platform.last;
  await session.identify("7", "Seven");
  expect(await store.connections.find(unknown.id)).toMatchObject({ account: "7", name: "Seven" });
  platform.last.end({ status: "retry", reason: "x" });
  await clock.pass(1000);
  expect(platform.last.session.connection).toMatchObject({ account: "7", name: "Seven" });
  const again = platform.last.session;
  await expect(again.identify("8", "Eight")).rejects.toThrow("another account (8) than this connection (7)");
  expect(again.signal.aborted).toBe(true);
  expect(await state(unknown.id)).toMatchObject({ status: "needs-authorization" });

  const second = await store.connections.create(wish, (id) => vault.seal("x", secretOf(id)));
  if (second === "account-taken") throw new Error("taken");
  await clock.pass(0);
  await expect(platform.last.session.identify("7", "Seven")).rejects.toThrow("brings the events of 7 already");
  expect(await state(second.id)).toMatchObject({ status: "stopped" });
});

test("a source that throws is tried again, with what happened in the log and not in its reason", async () => {
  const { clock, platform, state, notes } = await room();
  platform.last.fail(new Error("secret detail"));
  expect(await state()).toMatchObject({ status: "waiting", reason: expect.not.stringContaining("secret detail") });
  expect(notes).toContain("error: a source failed");
  await clock.pass(1000);
  expect(platform.runs).toHaveLength(2);
  platform.unable = new Error("no source");
  platform.last.end({ status: "retry", reason: "x" });
  await clock.pass(2000);
  expect((await state()).status).toBe("waiting");
  platform.unable = undefined;
  await clock.pass(4000);
  expect(platform.runs).toHaveLength(3);
});

test("stopping the server ends every source and frees every connection", async () => {
  const { clock, platform, supervisor, store, connection, state } = await room();
  platform.last.session.live();
  await settled();
  await Promise.all([supervisor.stop(), clock.pass(100)]);
  expect(platform.last.session.signal.aborted).toBe(true);
  expect((await store.connections.glance()).free).toEqual([connection.id]);
  expect(await state()).toMatchObject({ status: "waiting", reason: "The server was stopped." });
  await clock.pass(10_000);
  expect(platform.runs).toHaveLength(1);
});

type Step = "retry" | "live" | "heard" | "start" | "stop" | "needs" | "fault" | "minute" | "second";
const steps: readonly Step[] = ["retry", "live", "heard", "start", "stop", "needs", "fault", "minute", "second"];

test("whatever happens in whatever order: one run at a time, none of what is not wanted, and the state tells which", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...steps), { maxLength: 25 }), async (walk) => {
      const { clock, platform, store, connection, state, supervisor, node } = await room({ random: Math.random });
      const current = (): SourceSession | undefined => {
        const open = platform.runs.filter(({ session }) => !session.signal.aborted && !finished.has(session));
        expect(open.length).toBeLessThanOrEqual(1);
        return open[0]?.session;
      };
      const finished = new Set<SourceSession>();
      const finish = (how: (run: (typeof platform.runs)[number]) => void) => {
        const session = current();
        const run = platform.runs.find((each) => each.session === session);
        if (session === undefined || run === undefined) return;
        finished.add(session);
        how(run);
      };
      let wanted = true;
      for (const step of walk) {
        if (step === "retry") finish((run) => run.end({ status: "retry", reason: "x" }));
        if (step === "needs") finish((run) => run.end({ status: "needs-authorization", reason: "x" }));
        if (step === "fault") finish((run) => run.fail(new Error("x")));
        if (step === "live") current()?.live();
        if (step === "heard") current()?.heard();
        if (step === "start" || step === "stop") {
          wanted = step === "start";
          await store.connections.setWanted(connection.id, wanted);
        }
        await clock.pass(step === "minute" ? 60_000 : step === "second" ? 1000 : 0);
        const { status } = await state();
        const running = current() !== undefined;
        if (!wanted) expect([running, status]).toEqual([false, "stopped"]);
        else expect(running).toBe(status === "live" || status === "connecting");
      }
      await store.connections.setWanted(connection.id, true);
      await clock.pass(0);
      expect(current()).toBeDefined();
      await Promise.all([supervisor.stop(), clock.pass(2000)]);
      await Promise.all([node.stop(), clock.pass(2000)]);
    }),
    { numRuns: 40 },
  );
});

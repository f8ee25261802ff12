import { afterEach, describe, expect, test } from "bun:test";
import { databases, type TestDatabase } from "../../test/databases.ts";
import { systemClock } from "../core/clock.ts";
import { streamEvent } from "../core/event.ts";
import { moneyOf } from "../core/money.ts";
import type { Ring } from "../log/doorbell.ts";
import type { Alert } from "../stage/alert.ts";
import { AlertIntake } from "../stage/intake.ts";
import { isCurrent, type KeyUse } from "../stage/keys.ts";
import { receiptOf } from "../stage/receipts.ts";
import { usualSettings } from "../stage/settings.ts";
import { keptVersions } from "../stage/settings-versions.ts";
import { newStage } from "../stage/stage.ts";
import type { Stages } from "../stage/stages.ts";

for (const [name, create] of Object.entries(databases)) describe(name, () => suite(create));

function suite(create: () => Promise<TestDatabase>): void {
  let ended: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ended.reverse()) await end();
    ended = [];
  });

  async function node(on?: TestDatabase) {
    const database = on ?? (await create());
    const rings: string[] = [];
    const ring: Ring = (topic, version) => rings.push(`${topic}@${version}`);
    const store = await database.open(ring, systemClock);
    if (on === undefined) ended.push(() => database.drop());
    ended.push(() => store.close());
    return { database, store, rings };
  }

  async function withStage() {
    const made = await node();
    const { store } = made;
    const account = await store.directory.createAccount("ann", false);
    if (account === "name-taken") throw new Error("taken");
    const channel = await store.directory.createChannel("ann", account.id, { title: "A", kickUsername: "", url: "" });
    if (channel === "name-taken") throw new Error("taken");
    const append = (externalId: string, arrival: "live" | "import" = "live") =>
      store.log.append({ channel: channel.id, event: donation(externalId), arrival });
    await append("before");
    const stage = await store.stages.create(channel.id, "main", newStage(1));
    if (stage === "name-taken") throw new Error("taken");
    const intake = (stages: Stages = store.stages) =>
      new AlertIntake(stages, store.log, { ring: () => undefined, listen: () => () => undefined }, systemClock);
    return { ...made, stages: store.stages, channel, stage, append, intake };
  }

  test("a name is a channel's once; a stage begins with what comes after it", async () => {
    const { stages, channel, stage, append, intake } = await withStage();
    expect(await stages.create(channel.id, "main", newStage(1))).toBe("name-taken");
    expect(await stages.ofChannel(channel.id)).toEqual([stage]);
    expect(await stages.find(stage.id)).toEqual(stage);
    expect([await stages.position(channel.id), await stages.position(4711)]).toEqual([1, undefined]);
    expect(await stages.behind()).toEqual([]);
    await append("x");
    expect(await stages.behind()).toEqual([channel.id]);
    await intake().advance([channel.id]);
    expect(await stages.behind()).toEqual([]);
    const view = await stages.view(stage.id, []);
    expect(view?.alerts.map(({ state, content }) => [state, content.name])).toEqual([["queued", "Ana"]]);
    expect(view).toMatchObject({ queued: 1, lastRank: 2, state: newStage(1), settings: usualSettings });
  });

  test("a change is made only to the stage as it was read: all of it or nothing, and it rings", async () => {
    const { stages, stage, rings, channel, append, intake } = await withStage();
    await append("x");
    await intake().advance([channel.id]);
    const view = await stages.view(stage.id, []);
    const [alert] = view?.alerts ?? [];
    if (view === undefined || alert === undefined) throw new Error("nothing was taken in");
    const skipped: Alert = { ...alert, state: "skipped" };
    const change = {
      state: { ...view.state, volume: 7 },
      alerts: [skipped],
      receipts: [receiptOf(alert, "skipped", 5, { by: "Anna" })],
      audit: [{ at: 5, by: "Anna", action: "skip", subject: alert.id }],
    };
    rings.length = 0;
    expect(await stages.commit(stage.id, view.version - 1, change)).toBe(false);
    expect(await stages.view(stage.id, [])).toEqual(view);
    expect([await stages.commit(stage.id, view.version, change), rings]).toEqual([true, [`stage:${stage.id}@3`]]);
    expect(await stages.commit(stage.id, view.version, change)).toBe(false);
    expect((await stages.view(stage.id, []))?.alerts).toEqual([]);
    expect((await stages.view(stage.id, [alert.id, "none"]))?.alerts).toEqual([skipped]);
    expect((await stages.view(stage.id, []))?.state.volume).toBe(7);
    const receipts = await stages.receipts(channel.id, alert.event ?? "");
    expect(receipts.map(({ step, by, stage: of }) => [step, by, of])).toEqual([
      ["queued", null, "main"],
      ["skipped", "Anna", "main"],
    ]);
    expect(await stages.receipts(channel.id + 1, alert.event ?? "")).toEqual([]);
    expect(await stages.audit(channel.id, 10)).toEqual([
      { stage: "main", at: 5, by: "Anna", action: "skip", subject: alert.id },
    ]);
    expect(await stages.versions([stage.id])).toEqual(new Map([[stage.id, 3]]));
  });

  test("a view holds what is on the stage, the next that wait and what is named, each once", async () => {
    const { stages, stage, channel, append, intake } = await withStage();
    for (let i = 0; i < 70; i++) await append(`x${i}`);
    await intake().advance([channel.id]);
    const view = await stages.view(stage.id, []);
    if (view === undefined) throw new Error("no stage");
    expect([view.alerts.length, view.queued, view.lastRank]).toEqual([64, 70, 71]);
    expect(view.alerts.map(({ rank }) => rank).sort((a, b) => a - b)[0]).toBe(2);
    const [first, second] = view.alerts.toSorted((a, b) => a.rank - b.rank) as [Alert, Alert];
    const alerts: Alert[] = [
      { ...first, state: "showing", rank: -0.5 },
      { ...second, state: "held", decideBy: 99 },
    ];
    await stages.commit(stage.id, view.version, { state: view.state, alerts, receipts: [], audit: [] });
    expect([await stages.overdue(98), await stages.overdue(99)]).toEqual([[], [stage.id]]);
    const again = await stages.view(stage.id, [first.id, second.id]);
    expect(again?.alerts.find(({ id }) => id === first.id)).toEqual(alerts[0]);
    expect([again?.alerts.length, new Set(again?.alerts.map(({ id }) => id)).size, again?.queued]).toEqual([
      66, 66, 68,
    ]);
    expect((await stages.alerts(stage.id, ["held", "queued"], 3)).map(({ rank }) => rank)).toEqual([3, 4, 5]);
    expect((await stages.alerts(stage.id, ["shown"], 3)).length).toBe(0);
  });

  test("two nodes take the same records in: each becomes one alert; imported history becomes none", async () => {
    const { database, stages, stage, channel, append, intake } = await withStage();
    const { store: second } = await node(database);
    for (let i = 0; i < 250; i++) void append(`x${i}`, i % 10 === 0 ? "import" : "live");
    await append("last");
    const both = [intake(), intake(second.stages), intake()];
    await Promise.all(both.map((each) => each.advance([channel.id])));
    expect((await stages.view(stage.id, []))?.queued).toBe(226);
    expect(await stages.behind()).toEqual([]);
  });

  test("a crash at any point of the intake neither loses nor doubles an alert", async () => {
    const { stages, stage, channel, append, intake } = await withStage();
    for (let i = 0; i < 220; i++) void append(`x${i}`);
    await append("last");
    for (let crash = 0; ; crash++) {
      let calls = 0;
      const crashing = <T>(call: () => Promise<T>) =>
        calls++ === crash >> 1
          ? (crash % 2 === 0 ? Promise.resolve() : call()).then(() => Promise.reject(new Error("crash")))
          : call();
      const dying: Stages = {
        ...stages,
        position: (of) => crashing(() => stages.position(of)),
        ofChannel: (of) => crashing(() => stages.ofChannel(of)),
        takeIn: (taken) => crashing(() => stages.takeIn(taken)),
      };
      const survived = await intake(dying)
        .advance([channel.id])
        .then(
          () => true,
          () => false,
        );
      const position = (await stages.position(channel.id)) ?? 0;
      expect((await stages.view(stage.id, []))?.queued).toBe(position - 1);
      if (survived) break;
    }
    expect((await stages.view(stage.id, []))?.queued).toBe(221);
  });

  test("donors are known from the oldest record on; who gives for the first time gets the variation for that", async () => {
    const { store, stages, stage, channel, intake } = await withStage();
    const first = { name: "first", when: { kind: "first-time" }, weight: 1 } as const;
    const who = { ...usualSettings.who, variations: [first] };
    await store.stageSettings.saveDraft(stage.id, { ...usualSettings, who }, "Ann");
    await store.stageSettings.publish(stage.id, "Ann");
    const give = (externalId: string, name: string | null, arrival: "live" | "import" = "live", test = false) =>
      store.log.append({ channel: channel.id, event: { ...donation(externalId), name, test }, arrival });
    await give("1", "ANA");
    await intake().advance([channel.id], () => false);
    await give("2", "Bo", "import");
    await give("3", "Bo");
    await give("4", "Cy", "live", true);
    await give("5", "Cy");
    await give("6", "cy");
    await give("7", null);
    await intake().advance([channel.id], () => false);
    await Promise.all([intake(), intake()].map((each) => each.advance([channel.id], () => false)));
    const view = await stages.view(stage.id, []);
    const queued = (view?.alerts ?? []).filter(({ test }) => !test).toSorted((a, b) => a.rank - b.rank);
    expect(queued.map(({ content }) => [content.name, content.variation])).toEqual([
      ["ANA", null],
      ["Bo", null],
      ["Cy", "first"],
      ["cy", null],
      [null, null],
    ]);
    expect(await stages.donorsBehind()).toEqual([]);
    expect(await stages.firstGifts(channel.id, ["ana", "bo", "cy", "nobody"])).toEqual(
      new Map([
        ["ana", 1],
        ["bo", 3],
        ["cy", 6],
      ]),
    );
  });

  test("the biggest donation of a stream is known after a restart, on whichever node, and by when OBS went live", async () => {
    const { store, database, stages, stage, channel, intake } = await withStage();
    const second = await database.open(() => undefined, systemClock);
    const top = { name: "top", when: { kind: "biggest" }, weight: 1 } as const;
    const who = { ...usualSettings.who, variations: [top] };
    await store.stageSettings.saveDraft(stage.id, { ...usualSettings, who }, "Ann");
    await store.stageSettings.publish(stage.id, "Ann");
    const give = async (minor: number, on: Stages) => {
      const event = { ...donation(String(minor)), amount: moneyOf(minor, 2, "USD") };
      const { record } = await store.log.append({ channel: channel.id, event, arrival: "live" });
      await intake(on).advance([channel.id], () => false);
      const view = await stages.view(stage.id, [record.id]);
      return view?.alerts.find(({ id }) => id === record.id)?.content.variation;
    };
    expect([await give(500, stages), await give(400, second.stages), await give(600, second.stages)]).toEqual([
      null,
      null,
      "top",
    ]);
    const view = await stages.view(stage.id, []);
    if (view === undefined) throw new Error("no view");
    expect(view.row).toMatchObject({ onAirSince: null, gifts: { biggest: { minor: 600 } } });
    const state = { ...view.state, onAir: { since: systemClock.now() - 1, until: null } };
    expect(await stages.commit(stage.id, view.version, { state, alerts: [], receipts: [], audit: [] })).toBe(true);
    expect((await second.stages.find(stage.id))?.onAirSince).toBe(state.onAir.since);
    expect([await give(100, stages), await give(200, second.stages)]).toEqual([null, "top"]);
    await second.close();
  });

  test("settings: a draft is put on stream, and the last ten that were are kept", async () => {
    const { store, stage, rings } = await withStage();
    const { stageSettings, stages } = store;
    expect(await stageSettings.publish(stage.id, "Ann")).toBeUndefined();
    await stageSettings.saveDraft(stage.id, { ...usualSettings, soundScreen: 77 }, "Ann");
    expect((await stages.view(stage.id, []))?.settings).toEqual(usualSettings);
    for (let i = 1; i <= keptVersions + 3; i++) {
      await stageSettings.saveDraft(stage.id, { ...usualSettings, soundScreen: i }, "Ann");
      rings.length = 0;
      expect(await stageSettings.publish(stage.id, "Bob")).toBe(i);
      expect(rings).toEqual([`stage:${stage.id}@${i + 1}`]);
    }
    await stageSettings.saveDraft(stage.id, usualSettings, "Ann");
    await stageSettings.saveDraft(stage.id, { ...usualSettings, soundScreen: 99 }, "Ann");
    const list = await stageSettings.list(stage.id);
    expect(list.map(({ version, by }) => [version, by]).slice(0, 2)).toEqual([
      [0, "Ann"],
      [13, "Bob"],
    ]);
    expect(list.length).toBe(keptVersions + 1);
    expect((await stages.view(stage.id, []))?.settings.soundScreen).toBe(13);
  });

  test("a stage is removed when nothing is open on it: its name is free, its receipts and entries stay", async () => {
    const { stages, stage, channel, rings, append, intake } = await withStage();
    await append("1");
    await intake().advance([channel.id], () => false);
    expect(await stages.remove(stage.id)).toBe(false);
    const view = await stages.view(stage.id, []);
    const [alert] = view?.alerts ?? [];
    if (view === undefined || alert === undefined) throw new Error("nothing was taken in");
    const skipped: Alert = { ...alert, state: "skipped" };
    await stages.commit(stage.id, view.version, { state: view.state, alerts: [skipped], receipts: [], audit: [] });
    await stages.record(stage.id, { at: 5, by: "Anna", action: "remove stage", subject: null });
    rings.length = 0;
    expect([await stages.remove(stage.id), rings]).toEqual([true, [`stage:${stage.id}@${view.version + 2}`]]);
    expect(await stages.remove(stage.id)).toBe(false);
    expect([await stages.view(stage.id, []), await stages.find(stage.id)]).toEqual([undefined, undefined]);
    expect(await stages.ofChannel(channel.id)).toEqual([]);
    expect(await stages.versions([stage.id])).toEqual(new Map([[stage.id, view.version + 2]]));
    const late = { stage: stage.id, alerts: [alert], receipts: [], gifts: null };
    const position = (await stages.position(channel.id)) ?? 0;
    await append("2");
    expect(await stages.takeIn({ channel: channel.id, from: position, to: position + 1, taken: [late] })).toBe(true);
    expect(await stages.alerts(stage.id, ["queued"], 5)).toEqual([]);
    expect((await stages.receipts(channel.id, alert.event ?? "")).map((each) => each.stage)).toEqual(["main"]);
    expect(await stages.audit(channel.id, 5)).toMatchObject([{ stage: "main", action: "remove stage" }]);
    const next = await stages.create(channel.id, "main", newStage(1));
    expect(next).toMatchObject({ name: "main", version: 1 });
  });

  test("keys that steer are revoked one by one; keys of screens are not", async () => {
    const { store, stage, rings } = await withStage();
    const { stageKeys } = store;
    const make = (hash: string, use: KeyUse) =>
      stageKeys.create({ stage: stage.id, use, name: hash }, () => ({ hash, sealed: "" }));
    const [dock, deck, screen] = [
      await make("dock", { kind: "control" }),
      await make("deck", { kind: "control" }),
      await make("screen", { kind: "display", screen: 1 }),
    ];
    rings.length = 0;
    expect(await stageKeys.revoke(stage.id, dock.id)).toBe(true);
    expect(rings).toEqual([`stage:${stage.id}@2`]);
    expect(await stageKeys.revoke(stage.id, dock.id)).toBe(false);
    expect(await stageKeys.revoke(stage.id + 1, deck.id)).toBe(false);
    expect(await stageKeys.revoke(stage.id, screen.id)).toBe(false);
    const keys = await stageKeys.ofStage(stage.id);
    expect(keys.filter((key) => isCurrent(key, systemClock.now())).map(({ name }) => name)).toEqual(["deck", "screen"]);
    expect((await store.stages.find(stage.id))?.keysVersion).toBe(1);
  });

  test("keys: found by their hash, expire by use, and ring then", async () => {
    const { store, stage, rings } = await withStage();
    const { stageKeys } = store;
    const make = (screen: number, hash: string) =>
      stageKeys.create({ stage: stage.id, use: { kind: "display", screen }, name: "Main" }, (id) => ({
        hash,
        sealed: `sealed ${id}`,
      }));
    const first = await make(1, "a");
    const other = await make(2, "b");
    const next = await make(1, "c");
    expect(first).toMatchObject({ sealed: `sealed ${first.id}`, use: { kind: "display", screen: 1 }, expiresAt: null });
    rings.length = 0;
    await stageKeys.expire(stage.id, first.use, next.id, 500);
    await stageKeys.expire(stage.id, first.use, next.id, 900);
    expect(rings.length).toBe(2);
    expect((await stageKeys.ofStage(stage.id)).map(({ id, expiresAt }) => [id, expiresAt])).toEqual([
      [first.id, 500],
      [other.id, null],
      [next.id, null],
    ]);
    await stageKeys.used(next.id);
    expect((await stageKeys.byHash("c"))?.usedAt).toBeGreaterThan(0);
    expect(await stageKeys.byHash("d")).toBeUndefined();
  });
}

function donation(externalId: string) {
  return streamEvent({
    type: "donation",
    origin: "test:1",
    externalId,
    occurredAt: new Date().toISOString(),
    name: "Ana",
    amount: moneyOf(500, 2, "USD"),
  });
}

import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { Random } from "../../test/random.ts";
import type { SimulatedPage } from "../../test/simulated-page.ts";
import { StageDatabase, type StageWorld, type WorldWish } from "../../test/stage-world.ts";
import type { Order } from "./pages.ts";
import { usualSettings } from "./settings.ts";

const database = new StageDatabase();
afterAll(() => database.close());
let worlds: StageWorld[] = [];
afterEach(() => {
  for (const world of worlds) world.stop();
  worlds = [];
});

async function world(wish: WorldWish = {}): Promise<StageWorld> {
  const made = await database.world(new Random(worlds.length + 7), wish);
  worlds.push(made);
  return made;
}

async function steps(of: StageWorld, event: string): Promise<readonly string[]> {
  return (await of.receipts(event)).map(({ step, why }) => (why === null ? step : `${step}: ${why}`));
}

describe("one screen", () => {
  test("alerts play one after the other, in order, a second apart", async () => {
    const stage = await world();
    const page = await stage.open();
    for (let i = 0; i < 3; i++) await stage.send();
    await stage.pass(40_000);
    expect(page.played.map(({ showing }) => showing.split("~")[0])).toEqual(stage.events);
    const gaps = page.played.slice(1).map(({ from }, i) => from - (page.played[i]?.to ?? 0));
    for (const gap of gaps) expect(gap).toBeWithin(1000, 1300);
    for (const event of stage.events) {
      expect(await steps(stage, event)).toEqual(["queued", "leased", "started", "finished", "shown"]);
    }
  });

  test("nothing plays while no page is there, or none is visible; what waited plays then", async () => {
    const stage = await world();
    await stage.send();
    await stage.pass(5000);
    const page = await stage.open();
    page.setVisible(false);
    await stage.pass(5000);
    expect(page.played).toEqual([]);
    page.setVisible(true);
    await stage.pass(200);
    expect(page.playing).not.toBeNull();
  });

  for (const [what, end] of [
    ["closed", "close"],
    ["frozen", "freeze"],
  ] as const) {
    test(`another copy takes over within two seconds when the leader is ${what}`, async () => {
      const stage = await world({ nodes: 2 });
      const first = await stage.open();
      await stage.pass(100);
      const second = await stage.open();
      const event = await stage.send();
      await stage.pass(1000);
      expect([first.playing === null, second.playing]).toEqual([false, null]);
      first[end]();
      await stage.pass(2000);
      expect(second.playing).not.toBeNull();
      await stage.pass(10_000);
      expect(await steps(stage, event)).toContain(`lost: ${what}`);
      expect((await steps(stage, event)).filter((step) => step === "again").length).toBe(1);
      expect((await steps(stage, event)).at(-1)).toBe("shown");
    });
  }

  test("another copy takes over within two seconds when the leader is hidden", async () => {
    const stage = await world({ nodes: 2 });
    const first = await stage.open();
    await stage.pass(100);
    const second = await stage.open();
    await stage.send();
    await stage.pass(1000);
    first.setVisible(false);
    await stage.pass(500);
    expect([first.playing, second.playing === null]).toEqual([null, false]);
  });

  test("another node's copy takes over within six seconds when the leader's node died", async () => {
    const stage = await world({ nodes: 2 });
    const first = await stage.open();
    await stage.pass(100);
    const other = stage.livingNodes.find((node) => node !== first.node);
    let second = await stage.open();
    for (let tries = 0; second.node !== other && tries < 50; tries++) {
      second.close();
      second = await stage.open();
    }
    await stage.send();
    await stage.pass(500);
    expect(first.playing).not.toBeNull();
    const { node } = first;
    first.close();
    node?.die();
    await stage.pass(6000);
    expect(second.playing).not.toBeNull();
  });

  /** Its connection is dead, the node that had it does not know, and the page is on the other one since 200 ms ago. */
  async function cutOver(stage: StageWorld, page: SimulatedPage, visible = true): Promise<void> {
    const other = stage.nodes.find((node) => node !== page.node);
    page.cut(100, other);
    page.setVisible(visible);
    await stage.pass(300);
    expect(page.node).toBe(other);
  }

  const versionOf = async ({ stage }: StageWorld) => (await database.store.stages.view(stage, []))?.version ?? 0;

  test("a connection that its node believes alive does not fight for the lead with the page's next one", async () => {
    const stage = await world({ nodes: 2 });
    const page = await stage.open();
    await stage.pass(100);
    await cutOver(stage, page);
    expect((await stage.state).screens[0]?.leader?.node).toBe(page.node?.session ?? "none");
    const before = await versionOf(stage);
    await stage.pass(10_000);
    expect((await versionOf(stage)) - before).toBe(0);
    const event = await stage.send();
    await stage.pass(10_000);
    expect([page.orders.length, await steps(stage, event)]).toEqual([
      1,
      ["queued", "leased", "started", "finished", "shown"],
    ]);
  });

  test("nor where the page was hidden meanwhile: then nobody leads until it is seen again", async () => {
    const stage = await world({ nodes: 2 });
    const page = await stage.open();
    await stage.pass(100);
    await cutOver(stage, page, false);
    const before = await versionOf(stage);
    await stage.pass(10_000);
    expect([(await stage.state).screens[0]?.leader, (await versionOf(stage)) - before]).toEqual([null, 0]);
    page.setVisible(true);
    await stage.pass(100);
    expect((await stage.state).screens[0]?.leader?.node).toBe(page.node?.session ?? "none");
  });

  test("in mid-alert the lead goes along at once, and the alert plays on", async () => {
    const stage = await world({ nodes: 2 });
    const page = await stage.open();
    const event = await stage.send();
    await stage.pass(1000);
    await cutOver(stage, page);
    expect((await stage.state).screens[0]?.leader?.node).toBe(page.node?.session ?? "none");
    await stage.pass(10_000);
    expect([page.played.length, await steps(stage, event)]).toEqual([
      1,
      ["queued", "leased", "started", "finished", "shown"],
    ]);
  });

  test("a node with another session goes on with the leader that it has", async () => {
    const stage = await world();
    const page = await stage.open();
    const event = await stage.send();
    await stage.pass(1000);
    const [node] = stage.nodes;
    if (node !== undefined) node.session = stage.newSession();
    await stage.pass(1000);
    expect((await stage.state).screens[0]?.leader?.node).toBe(node?.session ?? "none");
    await stage.pass(10_000);
    expect([page.played.length, await steps(stage, event)]).toEqual([
      1,
      ["queued", "leased", "started", "finished", "shown"],
    ]);
  });

  test("a page that could not join while the store was away is not there", async () => {
    const stage = await world();
    const [node] = stage.nodes;
    if (node === undefined) throw new Error("no node");
    const page = await stage.open();
    await stage.pass(500);
    node.hasNoStore = true;
    page.disconnect(100);
    await stage.pass(3000);
    page.close();
    await stage.pass(3000);
    node.hasNoStore = false;
    await stage.pass(3000);
    expect([node.conductor.pages, (await stage.state).screens[0]?.leader]).toEqual([0, null]);
  });

  test("a page that outlives its server finishes, and its receipt arrives after it is back", async () => {
    const stage = await world();
    const page = await stage.open();
    const event = await stage.send();
    await stage.pass(1000);
    page.node?.die();
    await stage.pass(15_000);
    stage.startNode();
    await stage.pass(3000);
    expect(page.played.length).toBe(1);
    expect(await steps(stage, event)).toEqual(["queued", "leased", "started", "finished", "shown"]);
    const next = await stage.send();
    await stage.pass(10_000);
    expect((await stage.alerts()).get(next)?.state).toBe("shown");
  });

  test("what a page finished while it was away, it is not told to play again, whoever comes back with it", async () => {
    const stage = await world({ screens: 2 });
    const [page, other] = [await stage.open(0), await stage.open(1)];
    await stage.pass(500);
    await stage.send();
    await stage.pass(1000);
    for (const each of [page, other]) each.disconnect(600_000);
    await stage.pass(10_000);
    other.connect();
    page.connect();
    await stage.pass(3000);
    expect([page.orders.length, page.played.length]).toEqual([1, 1]);
  });

  test("server and page die together: the alert is shown again, once, and the receipt says so", async () => {
    const stage = await world();
    const page = await stage.open();
    const event = await stage.send();
    await stage.pass(1000);
    page.close();
    page.node?.die();
    for (const node of stage.livingNodes) node.die();
    stage.startNode();
    const next = await stage.open();
    await stage.pass(20_000);
    expect([page.played.length, next.played.length]).toEqual([1, 1]);
    expect(await steps(stage, event)).toEqual([
      "queued",
      "leased",
      "started",
      "lost: node-died",
      "again",
      "started",
      "finished",
      "shown",
    ]);
  });

  for (const [habit, last] of [
    ["never-starts", "failed: page-failed"],
    ["never-finishes", "expired: overlong"],
    ["fails", "failed: page-failed"],
  ] as const) {
    test(`a page that ${habit} does not keep the stage`, async () => {
      const stage = await world();
      const page = await stage.open(0, { habit });
      const first = await stage.send();
      await stage.pass(45_000);
      expect((await steps(stage, first)).at(-1)).toBe(last);
      page.habit = "sound";
      const second = await stage.send();
      await stage.pass(15_000);
      expect((await steps(stage, second)).at(-1)).toBe("shown");
    });
  }

  test("an alert that crashes every page is given up", async () => {
    const stage = await world();
    const poison = await stage.send();
    for (let i = 0; i < 150; i++) {
      await stage.open(0, { habit: "dies-on-show" });
      await stage.pass(1000);
    }
    expect((await steps(stage, poison)).at(-1)).toBe("failed: closed");
  });

  test("OBS is preferred to a browser's tab, between alerts", async () => {
    const stage = await world();
    const tab = await stage.open(0, { obs: false });
    await stage.send();
    await stage.pass(1000);
    const obs = await stage.open();
    await stage.send();
    await stage.pass(20_000);
    expect([tab.played.length, obs.played.length]).toEqual([1, 1]);
  });
});

describe("several screens", () => {
  test("all begin within 100 ms, one sounds, the first decides", async () => {
    const stage = await world({ nodes: 3, screens: 3 });
    const pages = [await stage.open(0), await stage.open(1), await stage.open(2)];
    await stage.pass(1000);
    const event = await stage.send();
    await stage.pass(1000);
    const starts = pages.map(({ played }) => played[0]?.from ?? Number.NaN);
    expect(Math.max(...starts) - Math.min(...starts)).toBeLessThanOrEqual(100);
    expect(pages.map(({ orders }) => orders[0]?.sound)).toEqual([true, false, false]);
    await stage.pass(10_000);
    expect((await stage.receipts(event)).findLast(({ step }) => step === "shown")?.screen).toBe("Screen 1");
  });

  test("a page that had not begun lets go of what the others have finished", async () => {
    const stage = await world({ screens: 2 });
    await stage.open(0);
    const hidden = await stage.open(1);
    await stage.pass(500);
    hidden.freeze();
    await stage.send();
    hidden.setVisible(false);
    await stage.pass(9000);
    hidden.thaw();
    hidden.setVisible(true);
    await stage.pass(3000);
    expect(hidden.played).toEqual([]);
  });

  test("the chosen one sounds, and another where it is not there", async () => {
    const stage = await world({ screens: 2 });
    const second = (await stage.state).screens[1]?.id ?? 0;
    await database.store.stageSettings.saveDraft(stage.stage, { ...usualSettings, soundScreen: second }, "Anna");
    await database.store.stageSettings.publish(stage.stage, "Anna");
    const pages = [await stage.open(0), await stage.open(1)];
    await stage.send();
    await stage.pass(12_000);
    pages[1]?.close();
    await stage.pass(2000);
    await stage.send();
    await stage.pass(2000);
    expect(pages.map(({ orders }) => orders.map(({ sound }) => sound))).toEqual([[false, true], [true]]);
  });

  test("what the others finish is shown, though the first screen was closed in mid-alert", async () => {
    const stage = await world({ screens: 2 });
    const [first, second] = [await stage.open(0), await stage.open(1)];
    await stage.pass(500);
    const [event, next] = [await stage.send(), await stage.send()];
    await stage.pass(2000);
    first.close();
    await stage.pass(8000);
    expect([await steps(stage, event), (await stage.receipts(event)).at(-1)?.screen]).toEqual([
      ["queued", "leased", "leased", "started", "started", "lost: closed", "finished", "shown"],
      "Screen 2",
    ]);
    await stage.pass(10_000);
    expect((await stage.alerts()).get(next)?.state).toBe("shown");
    expect(second.orders.map(({ event }) => event)).toEqual([event, next]);
  });

  test("the first decides where it is back within six seconds of what the others finished", async () => {
    const stage = await world({ screens: 2 });
    const [first] = [await stage.open(0), await stage.open(1)];
    await stage.pass(500);
    const event = await stage.send();
    await stage.pass(2000);
    first.disconnect(5500);
    await stage.pass(8000);
    expect((await stage.receipts(event)).findLast(({ step }) => step === "shown")?.screen).toBe("Screen 1");
    expect(first.played.length).toBe(1);
  });

  test("the second decides where the first dropped out", async () => {
    const stage = await world({ screens: 2 });
    await stage.open(0, { habit: "fails" });
    await stage.open(1);
    await stage.pass(500);
    const event = await stage.send();
    await stage.pass(12_000);
    expect((await stage.receipts(event)).findLast(({ step }) => step === "shown")?.screen).toBe("Screen 2");
  });
});

describe("controls", () => {
  test("skip and panic take effect within 300 ms on every screen; calm goes on", async () => {
    const stage = await world({ nodes: 2, screens: 2 });
    const pages = [await stage.open(0), await stage.open(1)];
    await stage.pass(500);
    const [first, second, third] = [await stage.send(), await stage.send(), await stage.send()];
    await stage.pass(1000);
    expect(await stage.control({ action: "skip" })).toBe("done");
    await stage.pass(300);
    expect(pages.map(({ playing }) => playing)).toEqual([null, null]);
    await stage.pass(2000);
    expect(pages.every(({ playing }) => playing?.startsWith(second))).toBe(true);
    expect(await stage.control({ action: "panic" })).toBe("done");
    await stage.pass(300);
    expect(pages.map(({ playing }) => playing)).toEqual([null, null]);
    await stage.pass(60_000);
    expect(pages.map(({ playing }) => playing)).toEqual([null, null]);
    await stage.control({ action: "calm", queue: "keep" });
    await stage.pass(10_000);
    expect((await stage.alerts()).get(third)?.state).toBe("shown");
    expect([(await steps(stage, first)).at(-1), (await steps(stage, second)).at(-1)]).toEqual([
      "skipped",
      "skipped: panic",
    ]);
  });

  test("pause lets what is on screen finish; undo takes a skip back", async () => {
    const stage = await world();
    const page = await stage.open();
    const [first, second] = [await stage.send(), await stage.send()];
    await stage.pass(1000);
    await stage.control({ action: "pause" });
    await stage.pass(20_000);
    expect(page.played.map(({ showing }) => showing.split("~")[0])).toEqual([first]);
    await stage.control({ action: "skip", alert: second });
    expect((await stage.alerts()).get(second)?.state).toBe("skipped");
    await stage.pass(9000);
    expect(await stage.control({ action: "undo" })).toBe("done");
    expect(await stage.control({ action: "undo" })).toBe("not-there");
    await stage.control({ action: "resume" });
    await stage.pass(10_000);
    expect((await stage.alerts()).get(second)?.state).toBe("shown");
  });

  test("again: now goes before all others, in turn behind them; nothing of it is counted", async () => {
    const stage = await world();
    const page = await stage.open();
    const [a, b, c] = [await stage.send(), await stage.send(), await stage.send()];
    await stage.pass(500);
    await stage.control({ action: "again", alert: a, when: "in-turn" });
    await stage.control({ action: "again", alert: b, when: "now" });
    await stage.pass(60_000);
    const names = page.orders.map(({ content }) => content.name);
    expect(names).toEqual(["Donor 1", "Donor 2", "Donor 2", "Donor 3", "Donor 1"]);
    expect([a, b, c]).toEqual([...stage.events]);
  });

  test("clear takes all that waits, however much, and can be undone", async () => {
    const stage = await world();
    for (let i = 0; i < 150; i++) await stage.send();
    await stage.control({ action: "clear" });
    expect([...(await stage.alerts()).values()].every(({ state }) => state === "skipped")).toBe(true);
    await stage.control({ action: "undo" });
    expect([...(await stage.alerts()).values()].every(({ state }) => state === "queued")).toBe(true);
  });
});

test("a removed stage sends its pages away on every node within two seconds and a half, though no doorbell rang", async () => {
  const stage = await world({ nodes: 2, lostRings: 1 });
  const pages = [await stage.open(), await stage.open(), await stage.open(), await stage.open()];
  const [shown, waits] = [await stage.send(), await stage.send()];
  await stage.pass(3000);
  expect(new Set(pages.map(({ node }) => node)).size).toBe(2);
  await stage.control({ action: "close" });
  expect(await database.store.stages.remove(stage.stage)).toBe(true);
  await stage.pass(2500);
  expect(pages.map(({ isOpen }) => isOpen)).toEqual([false, false, false, false]);
  expect([(await steps(stage, shown)).at(-1), (await steps(stage, waits)).at(-1)]).toEqual([
    "skipped: stage-removed",
    "skipped: stage-removed",
  ]);
});

describe("until OBS streams", () => {
  const late = { ...usualSettings.late, holdUntilLive: true, late: "play" } as const;

  test("everything waits, through closed pages and other nodes; then it plays, as soon as any screen streams", async () => {
    const stage = await world({ nodes: 2, screens: 2, settings: { late } });
    const [first, second] = [await stage.open(0), await stage.open(1)];
    const event = await stage.send();
    await stage.pass(3000);
    first.setStreaming(false);
    first.node?.die();
    await stage.pass(8000);
    expect([...first.played, ...second.played]).toEqual([]);
    second.setStreaming(true);
    await stage.pass(500);
    expect([first.playing === null, second.playing === null]).toEqual([false, false]);
    await stage.pass(10_000);
    expect(await steps(stage, event)).toEqual([
      ...["queued", "queued: not-live", "leased", "leased", "started", "started", "finished", "shown", "finished"],
    ]);
    second.setStreaming(false);
    const next = await stage.send();
    await stage.pass(60_000);
    expect((await stage.alerts()).get(next)?.state).toBe("queued");
    expect((await stage.state).onAir.until).not.toBeNull();
  });

  test("what waited longer than the stated time is summed up when the stream begins", async () => {
    const stage = await world({ settings: { late: { ...late, late: "sum-up" } } });
    const page = await stage.open();
    page.setStreaming(false);
    for (let i = 0; i < 4; i++) await stage.send();
    await stage.pass(600_000);
    await stage.send();
    page.setStreaming(true);
    await stage.pass(30_000);
    expect(page.orders.map(({ content }) => [content.kind, content.more?.count])).toEqual([
      ["summary", 4],
      ["donation", undefined],
    ]);
  });
});

describe("review", () => {
  const safety = { ...usualSettings.safety, review: "all", undecidedAfterSeconds: 60 } as const;
  const shownAs = ({ orders }: { readonly orders: readonly Order[] }) =>
    orders.map(({ content }) => [content.name, content.message]);

  for (const [undecided, last, seen] of [
    ["show-without-message", "shown", [["Donor 1", ""]]],
    ["show", "shown", [["Donor 1", "Hello"]]],
    ["reject", "rejected: undecided", []],
  ] as const) {
    test(`what nobody decides in time, though no page is there to be shown it: ${undecided}`, async () => {
      const stage = await world({ settings: { safety: { ...safety, undecided } } });
      const event = await stage.send({ message: "Hello" });
      await stage.pass(59_000);
      expect(await steps(stage, event)).toEqual(["held: review-all"]);
      await stage.pass(4000);
      expect((await steps(stage, event)).at(-1)).toBe(undecided === "reject" ? last : "queued: undecided");
    });

    test(`what nobody decides in time: ${undecided}`, async () => {
      const stage = await world({ settings: { safety: { ...safety, undecided } } });
      const page = await stage.open();
      const event = await stage.send({ message: "Hello" });
      await stage.pass(59_000);
      expect([await steps(stage, event), page.orders]).toEqual([["held: review-all"], []]);
      await stage.pass(20_000);
      expect([(await steps(stage, event)).at(-1), shownAs(page)]).toEqual([last, seen.map((each) => [...each])]);
    });
  }

  test("what became overdue while the store was away is decided before a person does", async () => {
    const stage = await world({ settings: { safety: { ...safety, undecided: "reject" } } });
    const event = await stage.send();
    const [node] = stage.nodes;
    if (node === undefined) throw new Error("no node");
    node.hasNoStore = true;
    await stage.pass(600_000);
    node.hasNoStore = false;
    expect(await stage.control({ action: "approve", alert: event, outcome: "show" })).toBe("not-there");
    expect(await steps(stage, event)).toEqual(["held: review-all", "rejected: undecided"]);
  });

  test("is decided by a person: shown, without message, without name, rejected, and that taken back", async () => {
    const stage = await world({ settings: { safety } });
    const page = await stage.open();
    const sent: string[] = [];
    for (let i = 0; i < 4; i++) sent.push(await stage.send({ message: "Hello" }));
    const [a = "", b = "", c = "", d = ""] = sent;
    await stage.control({ action: "approve", alert: a, outcome: "show" });
    await stage.control({ action: "approve", alert: b, outcome: "hide-message" });
    await stage.control({ action: "approve", alert: c, outcome: "hide-name" });
    expect(await stage.control({ action: "reject", alert: c })).toBe("not-there");
    await stage.control({ action: "reject", alert: d });
    expect(await steps(stage, d)).toEqual(["held: review-all", "rejected"]);
    await stage.pass(9000);
    await stage.control({ action: "undo" });
    expect((await stage.alerts()).get(d)?.state).toBe("held");
    await stage.pass(30_000);
    expect(shownAs(page)).toEqual([
      ["Donor 1", "Hello"],
      ["Donor 2", ""],
      [null, ""],
    ]);
  });

  test("what waits may lose its message, and go before others; undo ends after ten seconds", async () => {
    const stage = await world();
    const [a, b, c] = [await stage.send({ message: "1" }), await stage.send(), await stage.send({ message: "3" })];
    await stage.control({ action: "hide", alert: a, what: "hide-message" });
    expect(await stage.control({ action: "reorder", alerts: [c, "none", b] })).toBe("done");
    await stage.control({ action: "skip", alert: b });
    await stage.pass(10_100);
    expect(await stage.control({ action: "undo" })).toBe("not-there");
    const page = await stage.open();
    await stage.pass(30_000);
    expect(shownAs(page)).toEqual([
      ["Donor 3", "3"],
      ["Donor 1", ""],
    ]);
  });

  test("after a panic what waited only counts, if that is wanted", async () => {
    const stage = await world();
    const page = await stage.open();
    await stage.control({ action: "panic" });
    const event = await stage.send();
    await stage.control({ action: "calm", queue: "count-only" });
    await stage.send();
    await stage.pass(15_000);
    expect(await steps(stage, event)).toEqual(["queued", "silent: panic"]);
    expect(shownAs(page)).toEqual([["Donor 2", ""]]);
  });
});

describe("what came late, or waited too long", () => {
  for (const [policy, orders, last] of [
    ["play", ["donation", "donation", "donation"], "shown"],
    ["sum-up", ["summary", "donation"], "summarised: absence"],
    ["count-only", ["donation"], "silent: late"],
  ] as const) {
    test(policy, async () => {
      const stage = await world({ settings: { late: { ...usualSettings.late, late: policy } } });
      const waited = await stage.send();
      await stage.send({ late: true });
      await stage.pass(300_000);
      await stage.send();
      const page = await stage.open();
      await stage.pass(60_000);
      expect(page.orders.map(({ content }) => content.kind)).toEqual([...orders]);
      expect((await steps(stage, waited)).at(-1)).toBe(last);
    });
  }
});

describe("floods and absences", () => {
  test("small ones are merged when more than five wait", async () => {
    const stage = await world();
    const page = await stage.open();
    await stage.control({ action: "pause" });
    for (let i = 0; i < 8; i++) await stage.send({ minor: 100 });
    await stage.send({ minor: 20_000 });
    await stage.control({ action: "resume" });
    await stage.pass(60_000);
    expect(page.orders.map(({ content }) => [content.tier, content.more?.count ?? 0])).toEqual([
      ["small", 7],
      ["huge", 0],
    ]);
    expect(page.orders[0]?.content.more?.totals).toMatchObject([{ value: "7.00", currency: "USD" }]);
  });

  test("what waited for ten minutes without a screen is summed up", async () => {
    const stage = await world();
    const page = await stage.open();
    await stage.pass(500);
    page.close();
    for (let i = 0; i < 30; i++) await stage.send();
    await stage.pass(600_000);
    const fresh = await stage.send();
    const back = await stage.open();
    await stage.pass(60_000);
    expect(back.orders.map(({ content }) => [content.kind, content.more?.count])).toEqual([
      ["summary", 30],
      ["donation", undefined],
    ]);
    expect((await stage.alerts()).get(fresh)?.state).toBe("shown");
    expect((await steps(stage, stage.events[3] ?? "")).at(-1)).toBe("summarised: absence");
  });

  test("tests go first, and are neither merged nor summed up", async () => {
    const stage = await world();
    for (let i = 0; i < 10; i++) await stage.send({ minor: 100 });
    const probe = await stage.send({ test: true, minor: 1 });
    await stage.pass(600_000);
    const page = await stage.open();
    await stage.pass(1000);
    expect(page.playing).toStartWith(probe);
  });
});

import { describe, expect, test } from "bun:test";
import type { Alert } from "./alert.ts";
import { obstacleOf, obstacleText } from "./obstacle.ts";
import { heard } from "./on-air.ts";
import { usualSettings } from "./settings.ts";
import { newStage, type OnAir, type StageView } from "./stage.ts";
import { type Input, step } from "./step.ts";

const now = 1_700_000_000_000;
const leader = (copy: string, obs = true) => ({ copy, node: "1/a", connection: 1, obs, streaming: null });
const attend = (copy: string, obs = true, streaming: boolean | null = null): Input => ({
  kind: "attend",
  screen: 1,
  leader: { ...leader(copy, obs), streaming },
});

function waiting(id: string, rank: number): Alert {
  return {
    ...{ id, event: id, state: "queued", rank, queuedAt: now, decideBy: null, test: false, again: false, sound: true },
    ...{ begun: 0, leases: 0, into: null, heard: [] },
    content: {
      ...{ kind: "donation", tier: "big", variation: null, name: id, amount: null, stated: null, message: "" },
      ...{ messageKind: "text", subscriptionTier: null, streak: null, avatarUrl: null, more: null, late: false },
    },
  };
}

/** A stage with one screen, as it is after these inputs, a second apart. */
function after(inputs: readonly Input[], alerts: readonly Alert[] = [], settings = usualSettings) {
  const screens = [{ id: 1, name: "Main", leader: null, left: null }];
  const state = { ...newStage(now), screens, serial: 1 };
  let view: StageView = { version: 1, state, settings, alerts, queued: alerts.length, lastRank: 9 };
  const receipts: string[] = [];
  const times: Record<string, number> = {};
  for (const [index, input] of inputs.entries()) {
    const { change } = step(view, input, now + index * 1000);
    if (change === undefined) continue;
    receipts.push(...change.receipts.map(({ step, why }) => (why === null ? step : `${step}: ${why}`)));
    for (const { step, at } of change.receipts) times[step] = at;
    const known = new Map([...view.alerts, ...change.alerts].map((alert) => [alert.id, alert]));
    view = { ...view, version: view.version + 1, state: change.state, alerts: [...known.values()] };
  }
  return { view, receipts, times };
}

const leaderOf = ({ view }: { readonly view: StageView }) => view.state.screens[0]?.leader?.copy;
const report = (type: "started" | "finished", showing: string, copy = "a", at = 7): Input => ({
  ...{ kind: "report", screen: 1, copy, showing, at },
  what: type === "started" ? { type, visible: true } : { type, shown: 10, visible: 10 },
});

test("what was shown while there was no connection has the time when it was, and never one before the alert or to come", () => {
  const said = (type: "started" | "finished", happenedAt: number | undefined): Input => ({
    ...(report(type, "x~2") as Extract<Input, { kind: "report" }>),
    happenedAt,
  });
  const timesOf = (inputs: readonly Input[]) => after(inputs, [waiting("x", 1)]).times;
  const [began, ended] = [now + 1100, now + 1900];
  expect(timesOf([attend("a"), attend("a"), said("started", began), said("finished", ended)])).toEqual({
    ...{ leased: now, started: began, finished: ended, shown: ended },
  });
  expect(timesOf([attend("a"), said("started", now - 5), said("finished", now + 99_999)])).toEqual({
    ...{ leased: now, started: now, finished: now + 2000, shown: now + 2000 },
  });
  expect(timesOf([attend("a"), said("started", undefined)])).toEqual({ leased: now, started: now + 1000 });
});

describe("leading", () => {
  test("whoever comes second does not lead, though it offered itself when nobody did", () => {
    expect(leaderOf(after([attend("a"), attend("b")]))).toBe("a");
    expect(leaderOf(after([attend("a"), { kind: "leave", screen: 1, copy: "b", connection: 1, why: "closed" }]))).toBe(
      "a",
    );
  });

  test("of one page's connections the latest leads, whichever node is heard last", () => {
    const over = (node: string, connection: number): Input => ({
      ...{ kind: "attend", screen: 1 },
      leader: { ...leader("a"), node, connection },
    });
    const left = (connection: number): Input => ({ kind: "leave", screen: 1, copy: "a", connection, why: "closed" });
    const nodeOf = (inputs: readonly Input[]) => after(inputs).view.state.screens[0]?.leader?.node;
    expect(nodeOf([over("1/a", 1), over("2/b", 2)])).toBe("2/b");
    expect(nodeOf([over("1/a", 1), over("2/b", 2), over("1/a", 1), left(1)])).toBe("2/b");
    expect(nodeOf([over("1/a", 1), left(2), over("1/a", 1)])).toBeUndefined();
    expect(nodeOf([over("1/a", 1), left(2), over("2/b", 2)])).toBe("2/b");
  });

  test("OBS takes the lead from a tab between alerts, not in one", () => {
    expect(leaderOf(after([attend("tab", false), attend("obs")]))).toBe("obs");
    expect(leaderOf(after([attend("tab", false), attend("obs")], [waiting("x", 1)]))).toBe("tab");
    expect(leaderOf(after([attend("obs"), attend("tab", false)]))).toBe("obs");
  });

  test("a node that died takes its leaders along, and no others", () => {
    expect(leaderOf(after([attend("a"), { kind: "tick", dead: ["2/b"] }]))).toBe("a");
    expect(leaderOf(after([attend("a"), { kind: "tick", dead: ["1/a"] }]))).toBeUndefined();
  });
});

describe("reports", () => {
  test("each takes effect once, however often it comes, also after the end", () => {
    const twice = [
      report("started", "x~2"),
      report("started", "x~2"),
      report("finished", "x~2"),
      report("finished", "x~2"),
    ];
    const { view, receipts } = after([attend("a"), ...twice, ...twice], [waiting("x", 1)]);
    expect(receipts).toEqual(["leased", "started", "finished", "shown"]);
    expect(view.alerts[0]).toMatchObject({ state: "shown", begun: 1, leases: 1 });
  });

  test("a page that leads twice within one showing begins twice; what it said the first time takes no effect again", () => {
    const hidden = (copy: string): Input => ({ kind: "leave", screen: 1, copy, connection: 1, why: "hidden" });
    const back = [attend("a"), report("started", "x~2"), hidden("a"), attend("b"), hidden("b"), attend("a")];
    const part = (inputs: readonly Input[]) => after(inputs, [waiting("x", 1)]).view.state.showing?.parts[0];
    expect(part([...back, report("started", "x~2")])).toMatchObject({ copy: "a", status: "sent", begun: 1 });
    const again = [...back, report("started", "x~2", "a", 8)];
    expect(part(again)).toMatchObject({ copy: "a", status: "started", begun: 2 });
    const repeated = after([...again, report("started", "x~2"), report("started", "x~2", "a", 9)], [waiting("x", 1)]);
    expect(repeated.receipts.filter((step) => step === "started").length).toBe(2);
  });

  test("of what was never shown, or of another alert's showing, change nothing that is on screen", () => {
    const { view } = after([attend("a"), report("finished", "nothing~7"), report("started", "")], [waiting("x", 1)]);
    expect(view.state.showing).toMatchObject({ id: "x~2", alert: "x" });
  });

  test("a finish before its start, or without one, is a finish", () => {
    const { view, receipts } = after(
      [attend("a"), report("finished", "x~2"), report("started", "x~2")],
      [waiting("x", 1)],
    );
    expect([view.alerts[0]?.state, receipts]).toEqual(["shown", ["leased", "finished", "shown", "started"]]);
  });
});

describe("until OBS streams", () => {
  const patient = { ...usualSettings, late: { ...usualSettings.late, holdUntilLive: true } };
  const onStage = ({ view }: { readonly view: StageView }) => view.state.showing?.alert ?? null;

  test("nothing plays but what was asked for, whether OBS says no or nothing; a receipt says why", () => {
    for (const says of [false, null]) {
      const held = after([attend("a", true, says)], [waiting("x", 1)], patient);
      expect([onStage(held), held.receipts]).toEqual([null, ["queued: not-live"]]);
      expect(onStage(after([attend("a", true, says)], [{ ...waiting("x", 1), test: true }], patient))).toBe("x");
      expect(onStage(after([attend("a", true, says)], [{ ...waiting("x", 1), again: true }], patient))).toBe("x");
      expect(onStage(after([attend("a", true, says)], [waiting("x", 1)]))).toBe("x");
    }
  });

  test("when it goes live, what waited plays; when it stops, what is on screen plays on and the next waits", () => {
    const live = [attend("a", true, false), attend("a", true, true)];
    const begun = after(live, [waiting("x", 1), waiting("y", 2)], patient);
    expect(onStage(begun)).toBe("x");
    expect(onStage(after([...live, attend("a", true, false)], [waiting("x", 1)], patient))).toBe("x");
    const stopped = [...live, attend("a", true, false), report("started", "x~2"), report("finished", "x~2")];
    const over = after(
      [...stopped, { kind: "tick", dead: [] }, { kind: "tick", dead: [] }],
      [waiting("x", 1), waiting("y", 2)],
      patient,
    );
    expect([onStage(over), over.view.alerts.find(({ id }) => id === "y")?.state]).toEqual([null, "queued"]);
  });

  test("that it said so does not begin what plays anew", () => {
    const { view, receipts } = after(
      [attend("a"), report("started", "x~2"), attend("a", true, true)],
      [waiting("x", 1)],
    );
    expect([view.state.showing?.parts[0]?.status, receipts]).toEqual(["started", ["leased", "started"]]);
  });

  test("what keeps the queue is told in words", () => {
    const why = (inputs: readonly Input[]) => obstacleOf(after(inputs, [], patient).view);
    expect(why([])).toBe("no-screen");
    expect(why([attend("a", true, null)])).toBe("live-unknown");
    expect(why([attend("a", true, false)])).toBe("not-live");
    expect(why([attend("a", true, true)])).toBeNull();
    expect(why([{ kind: "control", by: "Anna", control: { action: "pause" } }])).toBe("paused");
    expect(obstacleText("live-unknown")).toContain("late.holdUntilLive");
  });
});

test("a stream that is interrupted for ten minutes is the same, a hidden page ends none", () => {
  const [minute, none] = [60_000, { since: null, until: null }];
  const said = [true, null, true, false, true].reduce(
    (onAir, says, i) => heard(onAir, says, i * minute),
    none as OnAir,
  );
  expect(said).toEqual({ since: 0, until: null });
  expect(heard({ since: 0, until: minute }, true, 11 * minute)).toEqual({ since: 0, until: null });
  expect(heard({ since: 0, until: minute }, true, 12 * minute)).toEqual({ since: 12 * minute, until: null });
  expect(heard(none, false, 5)).toEqual(none);
});

test("a turn changes nothing that it was given, and decides the same again", () => {
  const { view } = after([attend("a")], [waiting("x", 1), waiting("y", 2)]);
  const before = JSON.stringify(view);
  const skip: Input = { kind: "control", by: "Anna", control: { action: "skip" } };
  const [first, second] = [step(view, skip, now + 5000), step(view, skip, now + 5000)];
  expect(JSON.stringify(view)).toBe(before);
  expect(first).toEqual(second);
});

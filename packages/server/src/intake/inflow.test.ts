import { expect, test } from "bun:test";
import { VirtualClock } from "../../test/virtual-clock.ts";
import { other } from "./decoded.ts";
import { Inflow } from "./inflow.ts";
import type { SourceSession, TakenItem } from "./source.ts";

const item = (raw: string | number): TakenItem => ({ decoded: other("x"), raw: String(raw) });
const nothing = { stored: 0, duplicates: 0, quarantined: 0, noted: 0 };

/** An inflow, and what is taken from it: each taking is answered by hand. */
function room(replayAfter?: number) {
  const clock = new VirtualClock();
  const run = new AbortController();
  const takings: { raws: string[]; how: object; done: () => void; failed: () => void }[] = [];
  const session = {
    signal: run.signal,
    take: (items: readonly TakenItem[], how: object) =>
      new Promise((resolve, reject) => {
        const raws = items.map(({ raw }) => raw);
        takings.push({ raws, how, done: () => resolve(nothing), failed: () => reject(new Error("no store")) });
      }),
  } as unknown as SourceSession;
  const inflow = new Inflow({ session, clock, ...(replayAfter !== undefined && { replayAfter }) });
  return { clock, run, takings, inflow };
}

test("in order, one taking at a time, what came meanwhile together, five hundred at most", async () => {
  const { clock, takings, inflow } = room();
  inflow.push(item("first"));
  for (let i = 0; i < 1200; i++) inflow.push(item(i));
  for (let taking = 0; taking < 4; taking++) {
    expect(takings).toHaveLength(taking + 1);
    expect(inflow.isDry).toBe(false);
    takings[taking]?.done();
    await clock.pass(0);
  }
  expect(takings.map(({ raws }) => raws.length)).toEqual([1, 500, 500, 200]);
  expect(takings.flatMap(({ raws }) => raws).slice(1)).toEqual(Array.from({ length: 1200 }, (_, i) => String(i)));
  expect(takings[0]?.how).toEqual({ arrival: "live" });
  expect(inflow.isDry).toBe(true);
  await inflow.settled();
  inflow.push(item("later"));
  expect(takings.at(-1)?.raws).toEqual(["later"]);
});

test("a taking that fails is repeated, and the time it took makes nothing a replay", async () => {
  const { clock, takings, inflow } = room(10_000);
  inflow.push(item("a"));
  let settled = false;
  void inflow.settled().then(() => {
    settled = true;
  });
  takings[0]?.failed();
  await clock.pass(999);
  expect(takings).toHaveLength(1);
  inflow.push(item("b"));
  await clock.pass(1);
  expect(takings[1]).toMatchObject({ raws: ["a", "b"], how: { arrival: "live", replayAfter: 11_000 } });
  takings[1]?.done();
  await clock.pass(0);
  expect([inflow.isDry, settled]).toEqual([true, true]);
});

test("a run that is over keeps nobody waiting", async () => {
  const { clock, run, takings, inflow } = room();
  inflow.push(item("a"));
  takings[0]?.failed();
  await clock.pass(0);
  run.abort();
  await inflow.settled();
  await clock.pass(10_000);
  expect(takings).toHaveLength(1);
  expect(inflow.isDry).toBe(false);
});

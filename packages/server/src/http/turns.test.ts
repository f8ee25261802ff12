import { expect, test } from "bun:test";
import type { Clock } from "../core/clock.ts";
import { Turns } from "./turns.ts";

/** A loop whose turns are taken by hand. */
function handLoop() {
  let soon: (() => void)[] = [];
  const never = () => () => undefined;
  const clock: Clock = { now: () => 0, soon: (call) => void soon.push(call), after: never, every: never };
  const turn = () => {
    const calls = soon;
    soon = [];
    for (const call of calls) call();
  };
  return { clock, turn, quiet: () => soon.length === 0 };
}

test("so many at once, the others in their order, so many a turn", async () => {
  const { clock, turn, quiet } = handLoop();
  const turns = new Turns(clock, 2);
  const begun: number[] = [];
  for (let i = 0; i < 7; i++) {
    const mine = turns.take();
    if (mine === undefined) begun.push(i);
    else void mine.then(() => begun.push(i));
  }
  expect(begun).toEqual([0, 1]);
  for (const expected of [
    [0, 1, 2, 3],
    [0, 1, 2, 3, 4, 5],
    [0, 1, 2, 3, 4, 5, 6],
  ]) {
    turn();
    await Promise.resolve();
    expect(begun).toEqual(expected);
  }
  // One may begin beside the last one of them; then the next turn is free again.
  expect(turns.take()).toBeUndefined();
  expect(turns.take()).toBeDefined();
  turn();
  turn();
  expect(quiet()).toBe(true);
  expect(turns.take()).toBeUndefined();
});

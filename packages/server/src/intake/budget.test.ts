import { expect, test } from "bun:test";
import fc from "fast-check";
import { budgetWindow, withNextSlot } from "./budget.ts";

/** Draws slots at these times (milliseconds apart), each from what was stored before. */
function drawn(pauses: readonly number[], perMinute: number, begin = 1_700_000_000_000): number[] {
  let slots: readonly number[] = [];
  let now = begin;
  return pauses.map((pause) => {
    now += pause;
    slots = withNextSlot(slots, perMinute, now);
    expect(slots.length).toBeLessThanOrEqual(perMinute);
    return slots.at(-1) as number;
  });
}

test("whoever asks whenever: no window holds more than it may, and nobody waits while there is room", () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 200 });
  fc.assert(
    fc.property(pauses, fc.integer({ min: 1, max: 60 }), (pauses, perMinute) => {
      const slots = drawn(pauses, perMinute);
      let now = 1_700_000_000_000;
      for (const [i, slot] of slots.entries()) {
        now += pauses[i] ?? 0;
        expect(slot).toBeGreaterThanOrEqual(now);
        const before = slots[i - perMinute];
        if (before === undefined) expect(slot).toBe(Math.max(now, slots[i - 1] ?? 0));
        else expect(slot).toBe(Math.max(now, before + budgetWindow));
      }
    }),
  );
});

test("fifty creators on one application: sixty requests in any minute, and each has its turn", () => {
  const slots = drawn(Array(200).fill(0), 60);
  for (let i = 0; i < slots.length; i++) {
    const within = slots.filter((slot) => slot >= (slots[i] as number) && slot < (slots[i] as number) + 60_000);
    expect(within.length).toBeLessThanOrEqual(60);
  }
  expect((slots.at(-1) as number) - (slots[0] as number)).toBe(3 * budgetWindow);
});

test("a clock that was set back by hours makes nobody wait for hours", () => {
  const begin = 1_700_000_000_000;
  const slots = withNextSlot([], 1, begin + 5 * 3_600_000);
  expect(withNextSlot(slots, 1, begin)).toEqual([begin]);
});

import { expect, test } from "bun:test";
import { Occurrences } from "./occurrences.ts";

test("counts within the window and forgets after it", () => {
  const occurrences = new Occurrences();
  expect([0, 0, 1500, 2001].map((at) => occurrences.ordinal("a", at))).toEqual([1, 2, 3, 1]);
});

test("its memory is bounded, oldest forgotten first", () => {
  const occurrences = new Occurrences();
  for (let i = 0; i < 100_000; i++) occurrences.ordinal(`e${i}`, 0);
  expect(occurrences.size).toBeLessThanOrEqual(1024);
  expect(occurrences.ordinal("e99999", 0)).toBe(2);
});

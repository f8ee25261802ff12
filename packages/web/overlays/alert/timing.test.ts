import { describe, expect, test } from "bun:test";
import { pageEnds } from "./timing.ts";

const ends = (timing: Partial<Parameters<typeof pageEnds>[0]>) =>
  pageEnds({ entrance: 700, lengths: [0], sound: 0, least: 5000, most: 30_000, ...timing });

describe("how long an alert stays", () => {
  test("as its tier says", () => {
    expect(ends({})).toEqual([5000]);
    expect(ends({ least: 12_000 })).toEqual([12_000]);
  });

  test("until its text can be read at fifteen characters a second, and its sound is over", () => {
    expect(ends({ lengths: [150] })).toEqual([700 + 1500 + 10_000]);
    expect(ends({ sound: 8000 })).toEqual([8000]);
  });

  test("pages by their length, together no longer than it may be", () => {
    expect(ends({ lengths: [150, 75] })).toEqual([12_200, 17_200]);
    const [first = 0, last] = ends({ lengths: [300, 300], most: 20_000 });
    expect(last).toBe(20_000);
    expect(first).toBeWithin(10_000, 11_000);
  });
});

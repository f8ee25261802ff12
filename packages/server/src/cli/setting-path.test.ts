import { describe, expect, test } from "bun:test";
import { WrongUse } from "./faults.ts";
import { leavesOf, withSetting } from "./setting-path.ts";

const settings = {
  who: { kinds: { raid: true }, showFrom: {}, tiers: { USD: ["5", "25", "100"] }, variations: [{ name: "a" }] },
  time: { least: { small: 5 }, pause: 1 },
  safety: { blockedNames: ["Troll"] },
  look: { accent: null, look: "wire", picture: { kind: "none" } },
  soundScreen: null,
};

/** What stands at the path of an assignment after it. */
function after(assignment: string): unknown {
  const [path = ""] = assignment.split(/[+-]?=/);
  return leavesOf(withSetting(settings, assignment)).get(path);
}

describe("a setting by its path", () => {
  for (const [assignment, value] of [
    ["time.pause=2.5", 2.5],
    ["time.least.small=6", 6],
    ["who.kinds.raid=off", false],
    ["look.look=velvet", "velvet"],
    ["look.accent=#ffcc4d", "#ffcc4d"],
    ["look.accent=null", null],
    ["look.picture.kind=built-in", "built-in"],
    ["soundScreen=2", 2],
    ["who.showFrom.USD=2", "2"],
    ["who.tiers.EUR=5, 30,100", ["5", "30", "100"]],
    ["who.tiers.USD=", undefined],
    ["safety.blockedNames=", []],
    ["safety.blockedNames=A = B,C", ["A = B", "C"]],
    ["safety.blockedNames+=Mallory,Troll", ["Mallory", "Troll"]],
    ["safety.blockedNames-=Troll", []],
    ['who.variations+={"name":"b"}', [{ name: "a" }, { name: "b" }]],
    ['who.variations-={"name":"a"}', []],
    ["who.kinds.raid=maybe", "maybe"],
  ] as const) {
    test(assignment, () => expect(after(assignment)).toEqual(value));
  }

  test("changes nothing that it was given", () => {
    const before = JSON.stringify(settings);
    withSetting(settings, "safety.blockedNames+=X");
    expect(JSON.stringify(settings)).toBe(before);
  });

  for (const [assignment, said] of [
    ["time.pause", "not of the form"],
    ["time.puase=1", "Did you mean time.pause?"],
    ["pause=1", "Did you mean time.pause?"],
    ["time.pause.x=1", "There is no setting"],
    ["time=often", "not the JSON"],
    ["look.look+=wire", "+= is for lists"],
    ["who.variations=[{", "not the JSON"],
    ["__proto__.toString=1", "There is no setting"],
    ["time.toString=1", "There is no setting"],
  ] as const) {
    test(`refuses ${assignment}`, () => {
      expect(() => withSetting(settings, assignment)).toThrow(WrongUse);
      expect(() => withSetting(settings, assignment)).toThrow(said);
    });
  }
});

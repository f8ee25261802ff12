import { expect, test } from "bun:test";
import { cut, jsonLine, padEnd, padStart, plain, width } from "./text.ts";

test("what viewers write cannot steer a terminal", () => {
  expect(plain("\u001b[31mred\u001b[0m \u001b]0;title\u0007x\u001b(B\u009b2Jy\u009d0;t\u009c\u0007\b")).toBe(
    "red x(By",
  );
  expect(plain("one\r\ntwo\n\nthree\tfour\u2028five")).toBe("one two three four five");
  expect(plain("evil\u202etxt.exe \u2066a\u2069")).toBe("eviltxt.exe a");
  expect(plain("Привет, 👩‍👩‍👧 שלום")).toBe("Привет, 👩‍👩‍👧 שלום");
  expect(plain("\u001b")).toBe("");
});

test("JSON is the same JSON, but nothing in it is a control character", () => {
  const value = { text: "a\u001b[31m\u009b2J\u007f\n🎁" };
  const line = jsonLine(value);
  expect(JSON.parse(line)).toEqual(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be left.
  expect(line.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
});

test("columns are counted as a terminal shows them", () => {
  for (const [text, columns] of [
    ["abc", 3],
    ["Имя", 3],
    ["日本", 4],
    ["🎁!", 3],
    ["👩‍👩‍👧", 2],
    ["e\u0301", 1],
    ["한글", 4],
  ] as const) {
    expect(width(text)).toBe(columns);
    expect(width(padEnd(text, 8))).toBe(8);
    expect(width(padStart(text, 8))).toBe(8);
  }
  expect(cut("日本語です", 5)).toBe("日本…");
  expect(cut("short", 5)).toBe("short");
});

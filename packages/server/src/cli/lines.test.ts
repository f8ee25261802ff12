import { expect, test } from "bun:test";
import { type Line, linesOf } from "./lines.ts";

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

async function read(text: string, size: number, longest = 100): Promise<Line[]> {
  return Array.fromAsync(linesOf(pieces(text, size), longest));
}

test("lines are the same however the file comes in, and only a line feed ends one", async () => {
  const text = '\ufeff{"a":"ж\u2028\u2029🎁"}\n\nthird\r\nlast without an end';
  for (let size = 1; size < 60; size++) {
    const lines = await read(text, size);
    expect(lines.map(({ text }) => text)).toEqual(['{"a":"ж\u2028\u2029🎁"}', "", "third\r", "last without an end"]);
    expect(lines.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(lines.at(-1)?.offset).toBe(Buffer.byteLength(text));
  }
});

test("a line that is too long is told of, not kept", async () => {
  const lines = await read(`${"x".repeat(1000)}\nok\n`, 7);
  expect(lines.map(({ text }) => text)).toEqual([null, "ok"]);
});

test("an empty file has no lines", async () => {
  expect(await read("", 1)).toEqual([]);
});

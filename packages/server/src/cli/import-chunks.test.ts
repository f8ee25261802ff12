import { expect, test } from "bun:test";
import { chunksOf, longest } from "./import-chunks.ts";
import type { Line } from "./lines.ts";

async function* lines(texts: readonly (string | null)[]): AsyncGenerator<Line> {
  for (const [i, text] of texts.entries()) yield { number: i + 1, text, offset: i + 1 };
}

test("a request has at most 200 lines and 512 KB, and every line is in one", async () => {
  const texts = Array.from({ length: 1000 }, (_, i) => (i % 10 === 0 ? "" : '"'.repeat((i * 37) % 9000)));
  const chunks = await Array.fromAsync(chunksOf(lines(texts)));
  const sent = chunks.flatMap((chunk) => chunk.lines);
  expect(sent).toEqual(texts.map((text, i) => ({ line: i + 1, text })).filter(({ text }) => text !== ""));
  for (const chunk of chunks) {
    expect(chunk.lines.length).toBeLessThanOrEqual(200);
    expect(Buffer.byteLength(JSON.stringify(chunk.lines.map(({ text }) => text)))).toBeLessThan(longest + 1000);
  }
  expect(chunks.at(-1)?.until).toBe(1000);
});

test("a line that no request could hold is named", async () => {
  const chunks = await Array.fromAsync(chunksOf(lines(["a", null, '"'.repeat(longest / 2), "b"])));
  expect(chunks).toEqual([
    {
      lines: [
        { line: 1, text: "a" },
        { line: 4, text: "b" },
      ],
      tooLong: [2, 3],
      until: 4,
      offset: 4,
    },
  ]);
});

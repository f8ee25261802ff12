import { expect, test } from "bun:test";
import type { SourceSession } from "../../intake/source.ts";
import { Ended } from "./ended.ts";
import { readMemory } from "./memory.ts";
import { Notes } from "./notes.ts";

/** Notes over a store that answers each write as it is told here. */
function notes(memory: string, ...answers: (boolean | Error)[]) {
  const written: string[] = [];
  const remember = async (text: string) => {
    const answer = answers.shift() ?? true;
    if (answer instanceof Error) throw answer;
    if (answer) written.push(text);
    return answer;
  };
  return { written, notes: new Notes({ memory, remember } as unknown as SourceSession) };
}

test("changes are written whole, in their order; undefined forgets", async () => {
  const { written, notes: made } = notes('{"known":3,"boundary":2,"history":{"done":1,"of":9}}');
  await Promise.all([made.change({ known: 5 }), made.change({ history: undefined, heardAt: 7 })]);
  expect(written.map((text) => JSON.parse(text))).toEqual([
    { boundary: 2, known: 5, heardAt: 7 },
    { boundary: 2, known: 5, heardAt: 7 },
  ]);
  expect(readMemory(written.at(-1) ?? "")).toEqual(made.current);
});

test("a write that failed is made good by the next one", async () => {
  const { written, notes: made } = notes("", new Error("the store is away"));
  await expect(made.change({ known: 1 })).rejects.toThrow("the store is away");
  await made.change({ boundary: 1 });
  expect(written.map((text) => JSON.parse(text))).toEqual([{ known: 1, boundary: 1 }]);
});

test("another node that holds the connection ends the run", async () => {
  await expect(notes("", false).notes.change({ known: 1 })).rejects.toThrow(Ended);
});

test.each(["", "no JSON", "[]", '{"position":{"seq":1}}', '{"history":5,"known":"x","currency":7}'])(
  "%p is nothing that is known",
  (text) => {
    expect(readMemory(text)).toEqual({});
  },
);

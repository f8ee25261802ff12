import { expect, test } from "bun:test";
import { readSecret } from "./read-secret.ts";

/** A person at a terminal, or a pipe, and what is shown there. */
function typing(parts: readonly string[], isTTY: boolean) {
  const modes: boolean[] = [];
  const input = {
    isTTY,
    setRawMode: (raw: boolean) => modes.push(raw),
    async *[Symbol.asyncIterator]() {
      for (const part of parts) yield new TextEncoder().encode(part);
    },
  };
  let shown = "";
  const output = {
    write: (text: string) => {
      shown += text;
    },
  };
  return { modes, shown: () => shown, secret: readSecret(input, output, "Key: ") };
}

test("what a person types is not shown, and ends with the line", async () => {
  const person = typing(["s", "ecx\u007f", "ret \r", "more"], true);
  expect(await person.secret).toBe("secret");
  expect(person.shown()).toBe("Key: \n");
  expect(person.modes).toEqual([true, false]);
  for (const end of ["\n", "\u0004"]) expect(await typing([`abc${end}`], true).secret).toBe("abc");
});

test("Ctrl-C gives the terminal back as it was", async () => {
  const person = typing(["se\u0003"], true);
  await expect(person.secret).rejects.toThrow("Interrupted.");
  expect(person.modes).toEqual([true, false]);
});

test("a pipe is read to its end, without a prompt", async () => {
  const pipe = typing(["  sec", "ret\n"], false);
  expect(await pipe.secret).toBe("secret");
  expect([pipe.shown(), pipe.modes]).toEqual(["", []]);
});

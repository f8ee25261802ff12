import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Command, readFrame } from "./commands.ts";

test("objects one after the other, however they are separated, are read whole, whatever is in their strings", () => {
  const command = fc.record({
    id: fc.nat(),
    method: fc.constantFrom(0, 1, 7, 11),
    params: fc.dictionary(fc.string(), fc.jsonValue()),
  });
  const separator = fc.constantFrom("", "\n", " ", "\r\n\t");
  fc.assert(
    fc.property(fc.array(fc.tuple(command, separator), { minLength: 1 }), (list) => {
      const { commands, malformed } = readFrame(list.map(([each, after]) => JSON.stringify(each) + after).join(""));
      expect(malformed).toBe(false);
      const written = list.map(([{ id, params }]) => ({ id, params: JSON.parse(JSON.stringify(params)) as unknown }));
      expect(commands.map(({ id, params }: Command) => ({ id, params }))).toEqual(written);
    }),
  );
});

test("never throws, and what is cut off is malformed", () => {
  const text = '{"id":1,"method":1,"params":{"channel":"$alerts:donation_1","token":"a\\"}{"}}';
  for (let end = 1; end < text.length; end++) expect(readFrame(text.slice(0, end)).malformed).toBe(true);
  fc.assert(
    fc.property(fc.string(), (any) => void readFrame(any)),
    { numRuns: 2000 },
  );
  expect(readFrame("[".repeat(60_000)).malformed).toBe(true);
  expect(readFrame(`{"a":${"[".repeat(60_000)}`).malformed).toBe(true);
  expect(readFrame(`{"a":${"[".repeat(30_000)}${"]".repeat(30_000)}}`).commands.length).toBeLessThanOrEqual(1);
});

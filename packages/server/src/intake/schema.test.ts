import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { list, readAs, text, trimmedText } from "./schema.ts";

/** Neither can be compared with a number: whoever asks for its length and compares that throws. */
const traps: readonly unknown[] = [
  { length: { toString: false, valueOf: false } },
  { length: { length: {} } },
  [[]],
  { length: 3 },
];

describe("what only looks like text or a list is refused as such", () => {
  const schemas = {
    text: text(1, 3),
    "trimmed text": trimmedText(1, 3),
    list: list(z.string(), 1, 3),
  };
  for (const [name, schema] of Object.entries(schemas)) {
    for (const trap of traps) {
      test(`${name}: ${JSON.stringify(trap)}`, () => expect(schema.safeParse(trap).success).toBe(false));
    }
  }
});

test("lengths at their borders", () => {
  const taken = (schema: z.ZodType, ...values: unknown[]) => values.map((value) => schema.safeParse(value).success);
  expect(taken(text(1, 3), "", "a", "abc", "abcd", " ")).toEqual([false, true, true, false, true]);
  expect(taken(trimmedText(1, 3), " ", " abc ", "abcd")).toEqual([false, true, false]);
  expect(taken(list(z.string(), 1, 2), [], ["a"], ["a", "b"], ["a", "b", "c"], [1])).toEqual([
    false,
    true,
    true,
    false,
    false,
  ]);
});

test("says which field is wrong, with a code of its own where it has one", () => {
  const schema = z.object({ name: text(1, 3), amount: z.string() });
  const refusal = (body: unknown) => {
    try {
      readAs(schema, body, { amount: "amount_invalid" });
    } catch (refused) {
      return refused;
    }
  };
  expect(refusal([])).toMatchObject({ code: "body_invalid" });
  expect(refusal({ name: 7, amount: "1" })).toMatchObject({
    code: "field_invalid",
    message: expect.stringMatching(/^name: /),
  });
  expect(refusal({ name: "a", amount: 1 })).toMatchObject({ code: "amount_invalid" });
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import { elementTexts, memberText, parseExact } from "./exact-json.ts";

test("numbers under the named keys keep their text, others are numbers", () => {
  const read = parseExact('{"amount":50.00,"streak":3,"deep":[{"amount":0.1}]}', new Set(["amount"]));
  expect(read).toEqual({ amount: "50.00", streak: 3, deep: [{ amount: "0.1" }] });
  expect(parseExact("pong", new Set())).toBeUndefined();
  expect(parseExact("[".repeat(100_000) + "]".repeat(100_000), new Set())).toBeUndefined();
});

test("a member's text is what was sent", () => {
  expect(memberText('{"type":"echo","payload": {"a" : 1.0} }', "payload")).toBe('{"a" : 1.0}');
  expect(memberText('{"payload":"}\\"{","x":1}', "payload")).toBe('"}\\"{"');
  expect(memberText('{"pay\\u006coad":1,"payload":null}', "payload")).toBe("null");
  expect(memberText('{"a":{"payload":1}}', "payload")).toBeUndefined();
  expect(memberText("[1]", "payload")).toBeUndefined();
  expect(memberText("{}", "payload")).toBeUndefined();
});

test("slices of any JSON parse to its parts", () => {
  const spaced = fc.tuple(fc.jsonValue(), fc.constantFrom(undefined, 1, "\t"));
  fc.assert(
    fc.property(spaced, ([value, indent]) => {
      const inObject = memberText(JSON.stringify({ a: "\\", payload: value, z: [{}] }, null, indent), "payload");
      expect(JSON.parse(inObject ?? "")).toEqual(JSON.parse(JSON.stringify(value)));
      const elements = elementTexts(JSON.stringify([value, 1, value], null, indent));
      expect(elements.map((text) => JSON.parse(text) as unknown)).toEqual(
        JSON.parse(JSON.stringify([value, 1, value])),
      );
    }),
  );
});

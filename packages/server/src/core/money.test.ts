import { expect, test } from "bun:test";
import fc from "fast-check";
import { minorAt, moneyOf, parseMoney } from "./money.ts";

const parsed = (text: string, currency: string, options = {}) => parseMoney(text, currency, options);

test("known currencies have their own exponent", () => {
  expect(parsed("5", "USD")).toEqual({ value: "5.00", minor: 500, exponent: 2, currency: "USD" });
  expect(parsed("50.0", "tnd")).toEqual({ value: "50.000", minor: 50_000, exponent: 3, currency: "TND" });
  expect(parsed("500", "JPY")).toEqual({ value: "500", minor: 500, exponent: 0, currency: "JPY" });
  expect(parsed("0.05", "EUR")).toEqual({ value: "0.05", minor: 5, exponent: 2, currency: "EUR" });
  expect(parsed("-1.5", "EUR")).toEqual({ value: "-1.50", minor: -150, exponent: 2, currency: "EUR" });
});

test("an unknown code keeps the decimals that it came with", () => {
  expect(parsed("12.345", "BYR2")).toEqual({ value: "12.345", minor: 12_345, exponent: 3, currency: "BYR2" });
  expect(parsed("12", "XXX")).toEqual({ value: "12", minor: 12, exponent: 0, currency: "XXX" });
  expect(parsed("12", "KUDOS", { exponent: 1 })).toMatchObject({ value: "12.0", minor: 120, exponent: 1 });
});

test("more decimals than the currency: exact from a platform, a fault when strict, zeros are no decimals", () => {
  expect(parsed("5.125", "USD")).toEqual({ value: "5.125", minor: 5125, exponent: 3, currency: "USD" });
  expect(parsed("5.125", "USD", { strict: true })).toBe("too-precise");
  expect(parsed("5.1200000", "USD", { strict: true })).toMatchObject({ value: "5.12", minor: 512 });
});

test("a JSON number with an exponent is the same decimal", () => {
  expect(parsed("1e3", "JPY")).toMatchObject({ minor: 1000 });
  expect(parsed("1.5e1", "USD")).toMatchObject({ value: "15.00" });
  expect(parsed("5e-2", "USD")).toMatchObject({ value: "0.05", minor: 5 });
});

test("what is no decimal, or too large to be exact, is a fault", () => {
  for (const text of ["", " ", "five", "5,00", "+5", ".5", "5.", "0x10", "NaN", "Infinity", "1e999", "５"]) {
    expect(parsed(text, "USD")).toBe("not-a-decimal");
  }
  expect(parsed("900719925474099.2", "USD")).toBe("too-large");
  for (const code of ["", "U", "US D", "€", "ABCDEFGHIJK"]) expect(parsed("5", code)).toBe("bad-code");
});

test("value, minor and exponent always agree, and reading the value again gives the same", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -1e9, max: 1e9 }),
      fc.constantFrom("USD", "TND", "JPY", "CLF", "ABC"),
      fc.nat(4),
      (minor, currency, exponent) => {
        const money = moneyOf(minor, exponent, currency);
        const again = parseMoney(money.value, currency, { exponent });
        if (typeof again === "string") throw new Error(again);
        expect(minorAt(again, 6)).toBe(minorAt(money, 6));
      },
    ),
  );
});

test("coarser minor units are rounded half to even", () => {
  const at2 = (value: string) => minorAt(parseMoney(value, "TND") as never, 2);
  expect(["0.005", "0.015", "0.025", "0.0051", "-0.005", "-0.015"].map(at2)).toEqual([0, 2, 2, 1, 0, -2]);
});

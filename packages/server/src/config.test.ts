import { expect, test } from "bun:test";
import { type Config, readConfig } from "./config.ts";

function reading(env: Record<string, string>): Config {
  return readConfig({ flags: [], env, usualDataDir: "/nowhere" });
}

test.each([
  [" rub ", "RUB"],
  ["JPY", "JPY"],
])("DA_CURRENCY=%p is a currency", (given, currency) => {
  expect(reading({ DA_CURRENCY: given }).donationAlertsCurrency).toBe(currency);
});

test.each(["XTZ", "roubles", "US D"])("DA_CURRENCY=%p is none, and that is said", (given) => {
  expect(() => reading({ DA_CURRENCY: given })).toThrow(
    `DA_CURRENCY must be a code of ISO 4217, like EUR, not "${given}"`,
  );
});

test.each(["+03:00", "-09:30", "+14:00", "+00:00"])("DA_UTC_OFFSET=%p is an offset", (given) => {
  expect(reading({ DA_UTC_OFFSET: given }).donationAlertsUtcOffset).toBe(given);
});

test.each(["3", "+3:00", "+14:01", "+03:60", "-14:00", "Europe/Moscow"])(
  "DA_UTC_OFFSET=%p is none, and that is said",
  (given) => {
    expect(() => reading({ DA_UTC_OFFSET: given })).toThrow("DA_UTC_OFFSET must be hours and minutes east of UTC");
  },
);

test("without a word times are UTC, and no currency is known", () => {
  expect(reading({})).toMatchObject({ donationAlertsCurrency: "", donationAlertsUtcOffset: "+00:00" });
});

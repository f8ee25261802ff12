import { currencyExponent } from "./currencies.ts";

/**
 * An exact amount: `minor` × 10^-`exponent` units of `currency`. `value` is the same amount as decimal text.
 * Known currencies have the exponent of ISO 4217 (TND 3, JPY 0); an unknown code, or a platform's amount with more
 * decimals than its currency has, keeps the decimals that it came with.
 */
export interface Money {
  readonly value: string;
  readonly minor: number;
  readonly exponent: number;
  readonly currency: string;
}

export type MoneyFault = "not-a-decimal" | "too-large" | "too-precise" | "bad-code";

const decimal = /^(-?)(\d{1,15})(?:\.(\d{1,12}))?$/;
const code = /^[A-Za-z0-9]{2,10}$/;

/**
 * Reads decimal text ("5", "5.00", "0.125"). Digits beyond the currency's exponent are a fault when `strict`
 * (our own API), kept exactly otherwise (a platform's fact is never rounded).
 */
export function parseMoney(
  text: string,
  currency: string,
  options: { readonly strict?: boolean; readonly exponent?: number } = {},
): Money | MoneyFault {
  if (!code.test(currency)) return "bad-code";
  const match = decimal.exec(plainDecimal(text.trim()));
  if (match === null) return "not-a-decimal";
  const [, sign = "", whole = "0", given = ""] = match;
  const upper = currency.toUpperCase();
  const wanted = currencyExponent(upper) ?? options.exponent ?? given.length;
  const fraction = given.slice(0, wanted) + given.slice(wanted).replace(/0+$/, "");
  if (options.strict === true && fraction.length > wanted) return "too-precise";
  const exponent = Math.max(wanted, fraction.length);
  const minor = Number(whole + fraction.padEnd(exponent, "0"));
  if (!Number.isSafeInteger(minor)) return "too-large";
  return moneyOf(sign === "-" && minor > 0 ? -minor : minor, exponent, upper);
}

/** Money from an integer of minor units. */
export function moneyOf(minor: number, exponent: number, currency: string): Money {
  const sign = minor < 0 ? "-" : "";
  const digits = String(Math.abs(minor)).padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  const value = exponent === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-exponent)}`;
  return { value, minor, exponent, currency };
}

/** Integer count of units of 10^-`exponent`, rounded half to even where the money is finer than that. */
export function minorAt(money: Money, exponent: number): number {
  const shift = exponent - money.exponent;
  if (shift >= 0) return money.minor * 10 ** shift;
  const divisor = 10 ** -shift;
  const floor = Math.floor(money.minor / divisor);
  const rest = money.minor - floor * divisor;
  if (rest * 2 > divisor) return floor + 1;
  if (rest * 2 < divisor) return floor;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** JSON numbers may print as "1e-7" or "1e21"; nobody gives that, but a decimal is a decimal. */
function plainDecimal(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d{1,2})$/.exec(text);
  if (match === null) return text;
  const [, sign = "", whole = "", fraction = "", power = "0"] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(power);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, "0").replace(/^0+(?=\d)/, "");
  return `${sign}${digits.slice(0, point).replace(/^0+(?=\d)/, "")}.${digits.slice(point)}`;
}

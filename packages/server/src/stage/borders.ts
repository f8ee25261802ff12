import { type Money, minorAt, parseMoney } from "../core/money.ts";

/** Where medium, big and huge begin, as decimal text. */
export type Borders = readonly [medium: string, big: string, huge: string];

/** By currency, as they are unless a stage sets others. */
export const usualBorders: Readonly<Record<string, Borders>> = {
  USD: ["5", "25", "100"],
  EUR: ["5", "25", "100"],
  GBP: ["5", "25", "100"],
  RUB: ["300", "1500", "5000"],
  UAH: ["200", "1000", "4000"],
  KZT: ["2000", "10000", "40000"],
  BYN: ["15", "75", "300"],
  BRL: ["25", "100", "500"],
  TRY: ["150", "750", "3000"],
  PLN: ["20", "100", "400"],
  JPY: ["500", "3000", "10000"],
};

/** About what a dollar is worth: good for orders of magnitude, and never for an amount that somebody sees. */
const perDollar: Readonly<Record<string, number>> = {
  AED: 3.7,
  AMD: 390,
  ARS: 1000,
  AUD: 1.5,
  AZN: 1.7,
  CAD: 1.4,
  CHF: 0.9,
  CLP: 930,
  CNY: 7,
  COP: 4200,
  CZK: 23,
  DKK: 7,
  EGP: 49,
  GEL: 2.7,
  HKD: 7.8,
  HUF: 360,
  IDR: 16_000,
  ILS: 3.7,
  INR: 84,
  KGS: 86,
  KRW: 1400,
  MDL: 18,
  MXN: 18,
  MYR: 4.5,
  NGN: 1600,
  NOK: 11,
  NZD: 1.7,
  PHP: 57,
  RON: 4.6,
  SAR: 3.75,
  SEK: 10,
  SGD: 1.3,
  THB: 34,
  TWD: 32,
  UZS: 12_700,
  VND: 25_000,
  ZAR: 18,
};

/** What `usd` dollars are about in `currency`, as 1, 2 or 5 and zeros. An unknown currency is taken for dollars. */
export function roughly(usd: string, currency: string): string {
  const factor = perDollar[currency];
  if (factor === undefined) return usd;
  const amount = Number(usd) * factor;
  if (amount <= 0) return usd;
  const power = 10 ** Math.floor(Math.log10(amount));
  const digit = [1, 2, 5, 10].reduce((near, each) =>
    Math.abs(Math.log(amount / power / each)) < Math.abs(Math.log(amount / power / near)) ? each : near,
  );
  return plain(digit * power);
}

/** Whether `money` is at least `amount`, decimal text in the same currency. Text that is no amount is never reached. */
export function reaches(money: Money, amount: string): boolean {
  return difference(money, amount) >= 0;
}

/** Whether `money` is `amount`, decimal text in the same currency. */
export function equals(money: Money, amount: string): boolean {
  return difference(money, amount) === 0;
}

/** Whether `money` is more than `other`: exactly in one currency, by what each is about worth in two. */
export function isMore(money: Money, other: Money): boolean {
  if (money.currency !== other.currency) return inDollars(money) > inDollars(other);
  const exponent = Math.max(money.exponent, other.exponent);
  return minorAt(money, exponent) > minorAt(other, exponent);
}

function inDollars({ value, currency }: Money): number {
  const ofBorders = Number(usualBorders[currency]?.[0] ?? 5) / 5;
  return Number(value) / (perDollar[currency] ?? ofBorders);
}

function difference(money: Money, amount: string): number {
  const other = parseMoney(amount, money.currency, { exponent: money.exponent });
  if (typeof other === "string") return Number.NaN;
  const exponent = Math.max(other.exponent, money.exponent);
  return minorAt(money, exponent) - minorAt(other, exponent);
}

function plain(amount: number): string {
  return amount >= 1 ? String(Math.round(amount)) : amount.toFixed(2);
}

import type { Money } from "@tipwire/client";

/** Short signs that several currencies share, and the one that may have it for itself. */
const owners: Readonly<Record<string, string>> = { $: "USD", "¥": "JPY", "£": "GBP", kr: "" };

/** "5 000 ₸", and "CA$25" where "$25" would be taken for another currency. Exact at any length; no decimals that are all zero. */
export function moneyText({ value, currency }: Money, locale: string): string {
  const decimals = value.split(".")[1]?.length ?? 0;
  const format = (currencyDisplay: "narrowSymbol" | "symbol") =>
    new Intl.NumberFormat(locale, {
      style: "currency",
      currency,
      currencyDisplay,
      minimumFractionDigits: decimals,
      trailingZeroDisplay: "stripIfInteger",
    });
  try {
    const parts = format("narrowSymbol").formatToParts(0);
    const owner = owners[parts.find(({ type }) => type === "currency")?.value ?? ""];
    const shared = owner !== undefined && owner !== currency;
    return format(shared ? "symbol" : "narrowSymbol").format(value as Intl.StringNumericLiteral);
  } catch {
    // Not a code of three letters: a platform's own points, say.
    return `${value} ${currency}`;
  }
}

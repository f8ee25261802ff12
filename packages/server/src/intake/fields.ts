/** A JSON object of which nothing is known yet. */
export type Fields = { readonly [key: string]: unknown };

export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** The text, `""` for anything else. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The text, `null` when it is empty or anything else. */
export function textOrNull(value: unknown): string | null {
  return textOf(value).trim() || null;
}

/** An integer, also as digits in text. */
export function integerOf(value: unknown): number | undefined {
  const number = typeof value === "string" && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
}

/** What can be an identity: 1 to 200 printable characters, or an integer as such. */
export function identityOf(value: unknown): string | undefined {
  const text = typeof value === "number" ? String(integerOf(value) ?? "") : textOf(value).trim();
  if (text === "" || text.length > 200 || !text.isWellFormed() || /\p{Cc}/u.test(text)) return undefined;
  return text;
}

/** An address that a page may load, `null` for anything else. */
export function webAddressOf(value: unknown): string | null {
  const text = textOf(value).trim();
  return /^https?:\/\/\S{1,2000}$/i.test(text) ? text : null;
}

/** ISO 8601 with an offset (`usual` where it is left out), as milliseconds, UTC: "2026-04-11T17:00:00+01:00". */
export function instantOf(value: unknown, usual = "Z"): string | undefined {
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,9})?) ?(Z|[+-]\d\d:?\d\d)?$/i.exec(
    textOf(value).trim(),
  );
  if (match === null) return undefined;
  const [, date = "", time = "", offset = usual] = match;
  const zone = offset.length === 5 ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset.toUpperCase();
  const instant = new Date(`${date}T${time}${zone}`);
  if (Number.isNaN(instant.getTime())) return undefined;
  const text = instant.toISOString();
  // Years outside 0000 to 9999 have a longer form, and nobody gave then.
  return text.length === 24 ? text : undefined;
}

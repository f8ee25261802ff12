import type { CliContext } from "./context.ts";
import type { Paint } from "./paint.ts";
import { jsonLine, padEnd, plain, width } from "./text.ts";

/** Rows under a heading, each column as wide as it needs. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string {
  const cells = rows.map((row) => row.map(plain));
  const widths = heading.map((title, i) => Math.max(width(title), ...cells.map((row) => width(row[i] ?? ""))));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => padEnd(cell, widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return `${[paint("dim", line(heading)), ...cells.map(line)].join("\n")}\n`;
}

interface Listing {
  readonly context: CliContext;
  readonly json: boolean;
  readonly paint: Paint;
}

/** Writes a list: a table for people, a line of JSON an item for programs. `columns`: title and how an item shows there. */
export function listing<Item>(
  { context: { stdout }, json, paint }: Listing,
  items: readonly Item[],
  none: string,
  columns: Readonly<Record<string, (item: Item) => string>>,
): void {
  if (json) for (const item of items) stdout.write(jsonLine(item));
  else if (items.length === 0) stdout.write(`${none}\n`);
  else {
    const rows = items.map((item) => Object.values(columns).map((cell) => cell(item)));
    stdout.write(table(Object.keys(columns), rows, paint));
  }
}

/** Rows of cells in columns: text to the left, numbers to the right. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => String(row[column] ?? "").length)));
  const line = (row: readonly (string | number)[]) =>
    row.map((cell, i) => {
      const width = widths[i] ?? 0;
      return i === 0 || (typeof cell === "string" && !/^[\d.]/.test(cell) && rows[0] !== row)
        ? String(cell).padEnd(width)
        : String(cell).padStart(width);
    });
  return rows.map((row) => line(row).join("  ").trimEnd()).join("\n");
}

/** A table as text, each column as wide as its widest cell. */

const GAP = '  ';

export function textTable(headings: readonly string[], cells: readonly (readonly string[])[]): readonly string[] {
  const rows = [headings, ...cells];
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

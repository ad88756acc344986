/** Plain tables: columns as wide as their widest cell, two blanks between. */

import { cutText } from '../domain/cut-text.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  /** Longer cells are cut with `…`. */
  readonly widthMax?: number;
}

/** Lines with a header, without blanks at their ends, each closed by a line break. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map((column) => cut(column, row))),
  ];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  const padded = lines.map((line) => line.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  '));
  return padded.map((line) => `${line.trimEnd()}\n`).join('');
}

function cut<Row>(column: Column<Row>, row: Row): string {
  const text = column.cell(row).replaceAll(/\s+/g, ' ');
  return column.widthMax === undefined ? text : cutText(text, column.widthMax);
}

/** Shows the heals and the connectivity: redrawn in place in a terminal, a line for each change elsewhere. */

import { healLine, healTable } from './heal-table.ts';
import type { HealView } from './heal-views.ts';

export interface Screen {
  show(views: readonly HealView[], connectivity: string): void;
}

/** The part of a stream to write to that the display needs. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** For a terminal that does not report its size, or reports 0. */
const COLUMNS_DEFAULT = 120;
const ROWS_DEFAULT = 40;

export function createScreen(output: Output, notes: readonly string[]): Screen {
  return output.isTTY === true ? terminalScreen(output, notes) : lineScreen(output, notes);
}

function terminalScreen(output: Output, notes: readonly string[]): Screen {
  let drawn = 0;
  return {
    show(views, connectivity) {
      const footer = ['', connectivity, '', ...notes, 'Ctrl-C ends the sandbox.'];
      const lines = [...healTable(views, Date.now()), ...footer];
      const width = (output.columns || COLUMNS_DEFAULT) - 1;
      const visible = fitting(lines, (output.rows || ROWS_DEFAULT) - 1, footer.length);
      const up = drawn === 0 ? '' : `\u001b[${drawn}A`;
      output.write(`${up}${visible.map((line) => `\u001b[2K${line.slice(0, width)}\n`).join('')}\u001b[0J`);
      drawn = visible.length;
    },
  };
}

/** Leaves out nodes, not the notes below them, where the terminal is too low. */
function fitting(lines: readonly string[], rows: number, footer: number): readonly string[] {
  if (lines.length <= rows) return lines;
  const kept = Math.max(1, rows - footer - 1);
  return [...lines.slice(0, kept), `… and ${lines.length - footer - kept} more`, ...lines.slice(-footer)];
}

function lineScreen(output: Output, notes: readonly string[]): Screen {
  const shown = new Map<string, string>();
  for (const note of notes) output.write(`${note}\n`);
  const showOnce = (subject: string, line: string) => {
    if (shown.get(subject) === line) return;
    shown.set(subject, line);
    output.write(`${line}\n`);
  };
  return {
    show(views, connectivity) {
      for (const view of views) showOnce(`node ${view.node}`, healLine(view));
      showOnce('connectivity', connectivity);
    },
  };
}

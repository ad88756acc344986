/** Shows nodes and one line about the whole: redrawn in place in a terminal, a line for each change elsewhere. */

export interface Screen<View> {
  show(views: readonly View[], summary: string): void;
}

/** How nodes are shown. */
export interface Rows<View> {
  readonly table: (views: readonly View[], nowMs: number) => readonly string[];
  /** Without what changes every second. */
  readonly line: (view: View) => string;
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

export function createScreen<View extends { readonly node: string }>(
  output: Output,
  notes: readonly string[],
  rows: Rows<View>,
): Screen<View> {
  return output.isTTY === true ? terminalScreen(output, notes, rows) : lineScreen(output, notes, rows);
}

function terminalScreen<View>(output: Output, notes: readonly string[], { table }: Rows<View>): Screen<View> {
  let drawn = 0;
  return {
    show(views, summary) {
      const footer = ['', summary, '', ...notes, 'Ctrl-C ends the sandbox.'];
      const lines = [...table(views, Date.now()), ...footer];
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

function lineScreen<View extends { readonly node: string }>(
  output: Output,
  notes: readonly string[],
  { line }: Rows<View>,
): Screen<View> {
  const shown = new Map<string, string>();
  for (const note of notes) output.write(`${note}\n`);
  const showOnce = (subject: string, text: string) => {
    if (shown.get(subject) === text) return;
    shown.set(subject, text);
    output.write(`${text}\n`);
  };
  return {
    show(views, summary) {
      for (const view of views) showOnce(`node ${view.node}`, line(view));
      showOnce('summary', summary);
    },
  };
}

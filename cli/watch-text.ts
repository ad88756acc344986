/** Shows a text again and again while it changes, as the commands with `--watch` do. */

import { EXIT, type ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

const LOOK_EVERY_MS = 2_000;
const CLEAR_SCREEN = '\u001B[2J\u001B[H';

/** Until Ctrl-C. A person sees each look on a cleared screen, a program each change. */
export async function watchText(terminal: Terminal, look: () => Promise<string>): Promise<ExitCode> {
  let shown = '';
  for (;;) {
    const text = await look();
    if (terminal.interactive) terminal.write(`${CLEAR_SCREEN}${text}`);
    else if (text !== shown) terminal.write(text);
    shown = text;
    await terminal.pause(LOOK_EVERY_MS);
    if (terminal.interrupted()) return EXIT.ok;
  }
}

/** What a look shows, and what is wrong; null where nothing is. */
export interface Look {
  readonly text: string;
  readonly problem: string | null;
}

/** Once, or with `watch` again and again: what is wrong then stands below. */
export async function showLooks(terminal: Terminal, look: () => Promise<Look>, watch: boolean): Promise<ExitCode> {
  if (watch) {
    return watchText(terminal, async () => {
      const { text, problem } = await look();
      return problem === null ? text : `${text}${problem}\n`;
    });
  }
  const { text, problem } = await look();
  terminal.write(text);
  if (problem === null) return EXIT.ok;
  terminal.note(`${problem}\n`);
  return EXIT.conditionNotMet;
}

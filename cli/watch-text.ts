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

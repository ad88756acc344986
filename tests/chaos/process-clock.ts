/** A process whose wall clock a file moves; clocks that only go forward are as they are. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Sandbox } from '../../sandbox/start-sandbox.ts';

const CLOCK_MODULE = fileURLToPath(new URL('stepping-clock.js', import.meta.url));

/** For the environment of the process. */
export function steppingClock(sandbox: Sandbox): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--import=${CLOCK_MODULE}`, STEPPING_CLOCK_FILE: clockFileOf(sandbox) };
}

/** Holds by how many milliseconds the clock is off. */
export function clockFileOf({ layout }: Sandbox): string {
  return join(layout.folder, 'clock-offset');
}

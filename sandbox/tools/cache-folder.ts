/** Where what was built or fetched is kept. */

import { homedir } from 'node:os';
import { join } from 'node:path';

/** Outside the checkout: the next clone on the machine starts in seconds. */
export function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'vigilante', 'tools');
}

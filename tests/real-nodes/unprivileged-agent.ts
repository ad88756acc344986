/** How the agent is run as the chart runs it, but for its image: a user without a name, and nothing to gain. */

import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../bin/main.ts', import.meta.url));

/** Arguments of `setpriv`, to which those of the agent are added. */
export const UNPRIVILEGED: readonly string[] = [
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  '--bounding-set=-all',
  '--inh-caps=-all',
  '--no-new-privs',
  process.execPath,
  PROGRAM,
  'agent',
];

/** The player of a sandbox's machines, as a part. */

import { fileURLToPath } from 'node:url';
import { fileOf, type SandboxLayout } from '../layout.ts';
import { type Part, READY_TIMEOUT_MS } from '../parts/part.ts';

const PLAYER = fileURLToPath(new URL('./player-main.ts', import.meta.url));

/** None in a sandbox where nobody maintains nodes. */
export function machineParts(layout: SandboxLayout): readonly Part[] {
  if (!layout.hasMachines) return [];
  return [
    {
      name: 'machines',
      program: process.execPath,
      args: [PLAYER, fileOf(layout, 'layout.json')],
      // Nobody can ask it; acts that came before it are performed once it watches.
      isReady: async () => true,
      readyTimeoutMs: READY_TIMEOUT_MS,
    },
  ];
}

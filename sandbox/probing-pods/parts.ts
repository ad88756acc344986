/** The echo of a sandbox and the player of the pods that dial it, as parts. */

import { fileURLToPath } from 'node:url';
import { fileOf, type SandboxLayout } from '../layout.ts';
import { answersOk, type Part, READY_TIMEOUT_MS } from '../parts/part.ts';
import { LOOPBACK } from '../ports.ts';

const VIGILANTE = fileURLToPath(new URL('../../bin/vigilante', import.meta.url));
const PLAYER = fileURLToPath(new URL('./player-main.ts', import.meta.url));

/** None in a sandbox without an echo. */
export function echoParts(layout: SandboxLayout): readonly Part[] {
  const { echo } = layout;
  if (echo === null) return [];
  return [
    {
      name: 'echo',
      program: VIGILANTE,
      args: ['echo', '--config', fileOf(layout, 'echo.yaml')],
      isReady: () => answersOk(`http://${LOOPBACK}:${echo.metricsPort}/readyz`),
      readyTimeoutMs: READY_TIMEOUT_MS,
    },
    {
      name: 'player',
      program: process.execPath,
      args: [PLAYER, fileOf(layout, 'kubeconfig-player')],
      // Nobody can ask it; pods that came before it are played once it watches.
      isReady: async () => true,
      readyTimeoutMs: READY_TIMEOUT_MS,
    },
  ];
}

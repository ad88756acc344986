/** The Temporal server with its UI, by default on a database file, so that it can be killed and started again. */

import type { SandboxLayout } from '../layout.ts';
import { fileOf, temporalUiUrl } from '../layout.ts';
import { LOOPBACK } from '../ports.ts';
import { answersOk, type Part, READY_TIMEOUT_MS } from './part.ts';

/** In memory all heals are lost when the server ends. */
export type TemporalStore = 'file' | 'memory';

export function temporalPart(layout: SandboxLayout, store: TemporalStore): Part {
  const { ports } = layout;
  return {
    name: 'temporal',
    tool: 'temporal',
    args: [
      'server',
      'start-dev',
      `--ip=${LOOPBACK}`,
      `--port=${ports.temporal}`,
      `--ui-port=${ports.temporalUi}`,
      `--http-port=${ports.temporalHttp}`,
      `--metrics-port=${ports.temporalMetrics}`,
      ...(store === 'file' ? fileArguments(layout) : []),
      '--log-level=warn',
    ],
    isReady: async () =>
      (await answersOk(`http://${LOOPBACK}:${ports.temporalHttp}/api/v1/namespaces/default`)) &&
      (await answersOk(temporalUiUrl(layout))),
    readyTimeoutMs: READY_TIMEOUT_MS,
  };
}

/** What was acknowledged survives a kill of the process, though not of the machine; half the CPU of the default. */
function fileArguments(layout: SandboxLayout): string[] {
  const pragmas = ['journal_mode=WAL', 'synchronous=OFF'].map((pragma) => `--sqlite-pragma=${pragma}`);
  return [`--db-filename=${fileOf(layout, 'temporal.db')}`, ...pragmas];
}

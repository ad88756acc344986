/** What every process answers of its health, by whichever server: see docs/decisions/0004-two-http-servers.md. */

import type { Readiness } from './readiness.ts';

export const HEALTH_PATHS = ['/healthz', '/health', '/readyz'] as const;

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Alive as soon as it answers; `/readyz` also says what is missing. */
export function healthPage(path: (typeof HEALTH_PATHS)[number], readiness: () => Readiness): Page {
  const type = 'application/json';
  if (path !== '/readyz') return { status: 200, type, body: '{"status":"alive"}\n' };
  const answer = readiness();
  return { status: answer.ready ? 200 : 503, type, body: `${JSON.stringify(answer)}\n` };
}

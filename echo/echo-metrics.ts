/** What the echo measures. No label carries an address. */

import { Counter, type Registry } from 'prom-client';

const CODES = [200, 204, 400, 404, 405, 408, 417, 429, 431] as const;

/** Returns what counts an answer by its status. */
export function measureAnswers(registry: Registry): (status: number) => void {
  const requests = new Counter({
    name: 'vigilante_echo_requests_total',
    help: 'Requests to the echo by the status of their answer.',
    labelNames: ['code'],
    registers: [registry],
  });
  for (const code of CODES) requests.inc({ code: String(code) }, 0);
  return (status) => requests.inc({ code: String(status) });
}

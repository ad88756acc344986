/** Free ports for the parts of a sandbox. */

import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/** Below the range that Linux hands to outgoing connections, so that none of those takes a port before its part does. */
const PORT_MIN = 12_000;
const PORT_MAX = 30_000;
const ATTEMPTS_MAX = 200;

/** As many different ports as asked for, none of which anything listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let attempt = 0; ports.size < count; attempt += 1) {
    if (attempt === ATTEMPTS_MAX) throw new Error(`found only ${ports.size} of ${count} free ports on ${LOOPBACK}`);
    const port = randomInt(PORT_MIN, PORT_MAX);
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: LOOPBACK }, () => server.close(() => resolve(true)));
  });
}

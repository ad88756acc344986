/** Free ports for the parts of a sandbox. */

import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/** Below the range that Linux hands to outgoing connections, so that none of those takes a port before its part does. */
const PORT_RANGE = { min: 12_000, max: 30_000 };
/** How often a port is drawn, for each that is asked for. */
const DRAWS_MAX = 100;

/**
 * As many different ports as asked for, none of which anything listens on now. They are this process's own until it
 * ends: no other sandbox gets them, not even while what listens there has not started yet, or was killed.
 */
export async function freePorts(count: number, range = PORT_RANGE): Promise<number[]> {
  const ports: number[] = [];
  for (let draws = 0; ports.length < count; draws += 1) {
    if (draws === count * DRAWS_MAX)
      throw new Error(`found only ${ports.length} of ${count} free ports on ${LOOPBACK}`);
    const port = randomInt(range.min, range.max);
    if ((await claim(port)) && (await isFree(port))) ports.push(port);
  }
  return ports;
}

/** By a name that the kernel takes back with the process: an abstract socket, which leaves no file behind. */
function claim(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().unref();
    server.once('error', () => resolve(false));
    server.listen({ path: `\0vigilante-port-${port}` }, () => resolve(true));
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: LOOPBACK }, () => server.close(() => resolve(true)));
  });
}

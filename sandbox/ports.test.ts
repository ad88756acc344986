/** Free ports. */

import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { freePorts, LOOPBACK } from './ports.ts';

test('all ports differ and can be listened on', async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  for (const port of ports) {
    const server = createServer().listen({ port, host: LOOPBACK });
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
  }
});

test('a port that was handed out is not handed out again, though nothing listens on it yet', async () => {
  const range = { min: 20_000, max: 20_200 };
  const ports = [...(await freePorts(50, range)), ...(await freePorts(50, range))];
  expect(new Set(ports).size).toBe(100);
});

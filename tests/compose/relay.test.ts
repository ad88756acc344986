/** The relay passes on what a client and a server say, and ends with its connections. */

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { LOOPBACK } from '../../sandbox/ports.ts';
import { openRelay } from './relay.ts';

test('a relay carries both directions and ends connections when it closes', async () => {
  const server = createServer((socket) => socket.pipe(socket));
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const relay = await openRelay({ host: LOOPBACK, port });
  const client = connect({ host: LOOPBACK, port: Number(relay.address.split(':')[1]) });
  client.write('there and back');
  const [answer] = await once(client, 'data');
  expect(String(answer)).toBe('there and back');
  const ended = once(client, 'close');
  await relay.close();
  await ended;
  server.close();
});

test('a relay on an address of another machine is refused', async () => {
  await expect(openRelay({ host: '192.0.2.1', port: 1 })).rejects.toThrow('EADDRNOTAVAIL');
});

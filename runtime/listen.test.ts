/** Listening on both families, and what is said where a port cannot be had. */

import { connect, createServer, type Server } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';

import { ListenError, listen, listenAddress } from './listen.ts';

const TARGET = { what: 'metrics', key: 'http.port' };
const open: Server[] = [];

afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function listenAt(host: string | undefined, port = 0): Promise<number> {
  const server = createServer((socket) => socket.end());
  open.push(server);
  await listen(server, { ...TARGET, host, port });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Null when a connection is taken, else the code of the refusal. */
function refusal(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(null);
    });
    socket.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
  });
}

test.each([[undefined], [''], ['0.0.0.0'], ['::']])('listens on IPv4 and IPv6 where the host is %j', async (host) => {
  const port = await listenAt(host);
  expect(await refusal('127.0.0.1', port)).toBeNull();
  expect(await refusal('::1', port)).toBeNull();
});

test.each([
  ['127.0.0.1', '::1'],
  ['::1', '127.0.0.1'],
])('listens on %s alone where that is the host', async (host, other) => {
  const port = await listenAt(host);
  expect(await refusal(host, port)).toBeNull();
  expect(await refusal(other, port)).toBe('ECONNREFUSED');
});

test.each(['127.0.0.1', '::1', '0.0.0.0', '::'])(
  'a port that is taken on %s is not shared, and the message names port and key',
  async (other) => {
    const port = await listenAt(other);
    await expect(listenAt(undefined, port)).rejects.toThrow(ListenError);
    await expect(listenAt(undefined, port)).rejects.toThrow(
      `cannot serve metrics on port ${port}: another process listens there (EADDRINUSE); check http.port`,
    );
  },
);

test('an address that the machine does not have is named as the problem', async () => {
  const taken = listenAt('192.0.2.1', 4_000);
  await expect(taken).rejects.toThrow('on port 4000 of 192.0.2.1: this machine has no such address (EADDRNOTAVAIL)');
});

test('a named address stays as it is', async () => {
  expect(await listenAddress('10.0.0.1')).toBe('10.0.0.1');
  expect(await listenAddress(undefined)).toBe('::');
});

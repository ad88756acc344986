/** Connections go to what is ready now, and nowhere while nothing is. */

import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePorts, LOOPBACK } from '../ports.ts';
import { startBalancer } from './balancer.ts';

const ADDRESSES = ['127.0.1.1', '127.0.1.2'];

let ready: readonly string[] = [];
let port: number;
let servers: readonly Server[];

beforeAll(async () => {
  [port = 0] = await freePorts(1);
  const targets = ADDRESSES.map(async (host) => {
    const server = createServer((client) => client.end(host)).listen({ host, port });
    await once(server, 'listening');
    return server;
  });
  servers = [...(await Promise.all(targets)), await startBalancer({ host: LOOPBACK, port, ready: () => ready })];
});

afterAll(() => {
  for (const server of servers) server.close();
});

/** What the other side says; empty when it hangs up. */
async function answer(): Promise<string> {
  const client = connect({ host: LOOPBACK, port });
  client.on('error', () => {});
  return text(client).catch(() => '');
}

test('connections are passed on in turn', async () => {
  ready = ADDRESSES;
  const answers = [await answer(), await answer(), await answer(), await answer()];
  expect(answers.toSorted()).toEqual(['127.0.1.1', '127.0.1.1', '127.0.1.2', '127.0.1.2']);
});

test('what is not ready gets none', async () => {
  ready = ['127.0.1.2'];
  expect([await answer(), await answer()]).toEqual(['127.0.1.2', '127.0.1.2']);
});

test('while nothing is ready a client is hung up on', async () => {
  ready = [];
  expect(await answer()).toBe('');
});

/** Connections go to what is ready now, and nowhere while nothing is. */

import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePorts, LOOPBACK } from '../ports.ts';
import { startBalancer } from './balancer.ts';

const ADDRESSES = ['127.0.1.1', '127.0.1.2'];

let ready: readonly string[] = [];
let silent: readonly string[] = [];
/** Whether the other side keeps a connection open once it has answered. */
let keepsOpen = false;
let port: number;
let servers: readonly Server[];

beforeAll(async () => {
  [port = 0] = await freePorts(1);
  const targets = ADDRESSES.map(async (host) => {
    const server = createServer((client) => (keepsOpen ? client.write(host) : client.end(host))).listen({ host, port });
    await once(server, 'listening');
    return server;
  });
  servers = [
    ...(await Promise.all(targets)),
    await startBalancer({ host: LOOPBACK, port, ready: () => ready, silent: () => silent }),
  ];
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

test('a connection to what answers no more is cut, and one to another stays', async () => {
  ready = ADDRESSES;
  keepsOpen = true;
  const clients = [connect({ host: LOOPBACK, port }), connect({ host: LOOPBACK, port })];
  const heard = await Promise.all(clients.map(async (client) => String(await once(client, 'data'))));
  const [cut, other] = heard[0] === '127.0.1.1' ? clients : clients.toReversed();
  if (cut === undefined || other === undefined) throw new Error('no two clients');
  cut.on('error', () => {});
  silent = ['127.0.1.1'];
  await once(cut, 'close');
  expect(other.destroyed).toBe(false);
  other.destroy();
});

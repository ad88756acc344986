/** Real connections of a probing pod on the loopback interface: which address arrives, and what a failure looks like. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePorts } from '../ports.ts';
import { transfer } from './transfer.ts';

const LOCAL = { localAddress: '127.64.3.7', signal: new AbortController().signal };
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/wrong') response.writeHead(404);
    if (request.url === '/nothing') request.socket.destroy();
    else if (request.url !== '/late') response.end(`${request.socket.remoteAddress}`);
  });
  const [port = 0] = await freePorts(1);
  url = `http://127.0.0.1:${port}`;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('the address that was chosen arrives', async () => {
  expect(await transfer(`${url}/`, LOCAL)).toEqual({ kind: 'answered', body: '127.64.3.7' });
});

test('an answer of any status counts', async () => {
  expect(await transfer(`${url}/wrong`, LOCAL)).toEqual({ kind: 'answered', body: '127.64.3.7' });
});

test('no answer in time is a timeout', async () => {
  expect(await transfer(`${url}/late`, { ...LOCAL, timeoutMs: 100 })).toMatchObject({ kind: 'failed', code: 28 });
});

test('a connection that closes without an answer is an empty reply', async () => {
  expect(await transfer(`${url}/nothing`, LOCAL)).toMatchObject({ kind: 'failed', code: 52 });
});

test('a port where nobody listens refuses the connection', async () => {
  const [port = 0] = await freePorts(1);
  expect(await transfer(`http://127.0.0.1:${port}/`, LOCAL)).toEqual({
    kind: 'failed',
    code: 7,
    message: 'Connection refused',
  });
});

test('an address that is not of this machine cannot be used', async () => {
  expect(await transfer(`${url}/`, { ...LOCAL, localAddress: '192.0.2.1' })).toMatchObject({ code: 45 });
});

test.each([
  ['https://127.0.0.1/', 1],
  ['http://:', 3],
])('%s ends with exit code %d', async (wrong, code) => {
  expect(await transfer(wrong, LOCAL)).toMatchObject({ kind: 'failed', code });
});

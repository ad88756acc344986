/** Targets that answer anything, or nothing: the agent goes on and says what it saw. */

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { type AgentProcess, startAgent } from './agent-process.ts';
import { startCollector, type TestCollector } from './test-collector.ts';

const INTERVAL_SECONDS = 3;
const CHUNK = Buffer.alloc(65_536, 'x');

let collector: TestCollector | null = null;
let agent: AgentProcess | null = null;
const raw: (() => Promise<void>)[] = [];
afterEach(async () => {
  await agent?.stop('SIGKILL');
  agent = null;
  await collector?.stop();
  collector = null;
  for (const stop of raw.splice(0)) await stop();
});

/** A server that does with each connection what the test wants; returns its port. */
async function rawServer(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.resume();
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  raw.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

function answerOddly(request: IncomingMessage, answer: ServerResponse): void {
  switch (request.url) {
    case '/endless': {
      const pour = (): void => {
        while (!answer.destroyed && answer.write(CHUNK)) continue;
        answer.once('drain', pour);
      };
      return pour();
    }
    case '/never-ending':
      return void answer.write('x');
    case '/hanging':
      return undefined;
    case '/cut':
      answer.writeHead(200, { 'Content-Length': '100' }).write('x', () => request.socket.destroy());
      return undefined;
    case '/loop':
      return void answer.writeHead(302, { Location: '/loop' }).end();
    case '/elsewhere':
      return void answer.writeHead(301, { Location: 'ftp://example.test/' }).end();
    case '/nowhere':
      return void answer.writeHead(302).end();
    case '/once':
      answer.writeHead(308, { Location: '/teapot' }).write('x');
      return undefined;
    case '/teapot':
      return void answer.writeHead(418).end();
    case '/upgrade':
      return void request.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n');
    default:
      return void answer.end();
  }
}

test('each odd answer gives its result within the interval, and the agent goes on', async () => {
  collector = await startCollector({ onRequest: answerOddly });
  const garbage = await rawServer((socket) => void socket.end('no HTTP at all\r\n\r\n'));
  const closing = await rawServer((socket) => void socket.destroy());
  let visits = 0;
  const wavering = await rawServer(
    (socket) => void (visits++ % 2 === 0 ? socket.destroy() : socket.end('no HTTP\r\n')),
  );
  const headers = await rawServer((socket) => void socket.write(`HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(20_000)}`));
  const expected: Readonly<Record<string, readonly [number, number]>> = {
    [`http://${collector.address}/endless`]: [1, 200],
    [`http://${collector.address}/never-ending`]: [1, 200],
    [`http://${collector.address}/hanging`]: [0, 0],
    [`http://${collector.address}/cut`]: [1, 200],
    [`http://${collector.address}/loop`]: [0, 0],
    [`http://${collector.address}/elsewhere`]: [0, 0],
    [`http://${collector.address}/nowhere`]: [1, 302],
    [`http://${collector.address}/once`]: [1, 418],
    [`http://${collector.address}/upgrade`]: [1, 101],
    [`http://127.0.0.1:${garbage}/`]: [0, 0],
    [`http://127.0.0.1:${closing}/`]: [0, 0],
    [`http://127.0.0.1:${wavering}/`]: [0, 0],
    [`http://127.0.0.1:${headers}/`]: [0, 0],
    [`https://${collector.address}/`]: [0, 0],
    'http://nowhere.invalid/': [0, 0],
    [`http://${collector.address}/api/v1/ping`]: [1, 200],
  };
  const urls = Object.keys(expected).slice(0, -1);
  agent = startAgent({
    args: [
      `-serverendpoint=${collector.address}`,
      `-reportinterval=${INTERVAL_SECONDS}`,
      `-probeurls=${urls.join(',')}`,
      `-tcpprobes=127.0.0.1:${closing}`,
    ],
  });
  // In the third report are the results of what hung in the first round, and in the fourth a reason that came back.
  const { report } = await collector.reported(4);
  const results = (report.network_probes ?? []).map((probe) => [
    probe.URL,
    [probe.ConnectionResult, probe.HTTPCode] as const,
  ]);
  expect(Object.fromEntries(results)).toEqual(expected);
  for (const { Total } of report.network_probes ?? []) expect(Total).toBeLessThan(INTERVAL_SECONDS * 1_000);
  expect(report.tcp_probes).toMatchObject([{ ok: true }]);
  const loops = collector.requests.filter(({ url }) => url === '/loop').length;
  const rounds = collector.requests.filter(({ url }) => url === '/nowhere').length;
  expect(loops).toBe(rounds * 10);

  const told = agent.log().map(({ msg }) => msg);
  expect(told).toContain(`HTTP probe of http://${collector.address}/loop fails: redirected 10 times`);
  expect(told).toContain(`HTTP probe of http://${collector.address}/cut fails: the answer was cut short`);
  expect(told).toContain(
    `HTTP probe of http://${collector.address}/elsewhere fails: redirected to ftp://example.test/`,
  );
  expect(told.filter((msg) => msg.includes('/endless'))).toEqual([]);
  expect(new Set(told.filter((msg) => msg.includes(' fails: '))).size).toBe(
    told.filter((msg) => msg.includes(' fails: ')).length,
  );
  expect(agent.log().filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  expect(await agent.stop()).toBe(0);
});

/** Clients that mean no good: odd bytes, and connections that never end (E49). */

import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { memoryMb } from '../collector/collector-at-bounds.ts';
import { type EchoProcesses, echoProcesses, statusOf } from './echo-process.ts';
import { fuzzEcho } from './fuzz-echo.ts';

/** `npm run fuzz:echo` has more of them. */
const CASES = 3_000;
const MEMORY_GROWTH_MAX_MB = 100;
const SLOW_CLIENTS = 500;

let processes: EchoProcesses;
beforeAll(async () => {
  processes = await echoProcesses();
});
afterAll(() => processes?.stop());

test('E49: no bytes are answered with 500 or more, and memory stays bounded', async () => {
  const echo = await processes.start({ config: { requestsPerSecond: 100_000 } });
  const { answers, memory } = await fuzzEcho(echo, { cases: CASES, seed: 1 });
  expect([...answers.keys()].filter((status) => status >= 500)).toEqual([]);
  expect([...answers.values()].reduce((sum, count) => sum + count, 0)).toBe(CASES);
  expect([...answers.keys()].length).toBeGreaterThan(4);
  expect(memory.peak - memory.before).toBeLessThan(MEMORY_GROWTH_MAX_MB);
  expect(await statusOf(`${echo.url}?nonce=a`)).toBe(200);
});

test('E49: clients that send half a request keep nobody else from an answer, and are closed', async () => {
  const echo = await processes.start();
  const before = await memoryMb(echo.pid);
  const slow = Array.from({ length: SLOW_CLIENTS }, () => connect({ host: '127.0.0.1', port: echo.port }));
  const closed = slow.map(
    (socket) =>
      new Promise((resolve) =>
        socket
          .resume()
          .on('error', () => undefined)
          .once('close', resolve),
      ),
  );
  for (const socket of slow) socket.write('GET /v1/source?nonce=a HTTP/1.1\r\nHost: ');
  expect(await statusOf(`${echo.url}?nonce=a`)).toBe(200);
  await Promise.all(closed);
  expect((await memoryMb(echo.pid)).peak - before.now).toBeLessThan(MEMORY_GROWTH_MAX_MB);
});

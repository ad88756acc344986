/** Whether the worker itself reaches the endpoints, and what that excuses (E13). */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { testEcho } from '../tests/fixtures/echo.ts';
import { until } from '../tests/fixtures/until.ts';
import { type EchoReach, startEchoReach } from './echo-reach.ts';

const endpoint = (name: string) => testEcho(name).endpoint({ url: `http://${name}/v1/source` });
const [A, B] = [endpoint('a'), endpoint('b')];

let opened: EchoReach | null = null;
afterEach(async () => {
  await opened?.stop();
  opened = null;
});

/** A worker whose endpoints are up as `up` says, and that has asked each of them once. */
async function reaching(up: Set<string>) {
  const asked: string[] = [];
  const shown: string[] = [];
  const reach = startEchoReach({
    endpoints: [A, B],
    onAsked: (name, isReached) => shown.push(`${name} ${isReached}`),
    async ask(url) {
      const name = new URL(url).hostname;
      asked.push(name);
      return up.has(name);
    },
  });
  opened = reach;
  await until(() => shown.length === 2, 'the first questions');
  return { reach, asked, shown };
}

test('E13: each endpoint is asked from the start on', async () => {
  const { shown } = await reaching(new Set(['a']));
  expect(shown).toEqual(['a true', 'b false']);
});

test('E13: a worker that never reached an endpoint excuses nothing, and asks nobody', async () => {
  const { reach, asked } = await reaching(new Set());
  expect(await reach.isDown([A, B])).toBe(false);
  expect(asked).toEqual(['a', 'b']);
});

test('E13: endpoints are down when one was reached before and none is now, which is asked at once', async () => {
  const up = new Set(['a']);
  const { reach, asked } = await reaching(up);
  expect(await reach.isDown([A, B])).toBe(false);
  up.clear();
  expect(await reach.isDown([A, B])).toBe(true);
  expect(asked).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  up.add('b');
  expect(await reach.isDown([A, B])).toBe(false);
});

test('E13: only the endpoints of the pod count', async () => {
  const up = new Set(['a']);
  const { reach } = await reaching(up);
  up.clear();
  up.add('b');
  expect(await reach.isDown([A])).toBe(true);
  // This one was never reached before the question.
  expect(await reach.isDown([B])).toBe(false);
});

test('E13: hundreds of pods that ask at once are one question', async () => {
  const up = new Set(['a']);
  const { reach, asked } = await reaching(up);
  up.clear();
  const answers = await Promise.all(Array.from({ length: 300 }, () => reach.isDown([A])));
  expect(new Set(answers)).toEqual(new Set([true]));
  expect(asked).toHaveLength(3);
});

test('E13: any answer is one, nobody there is none', async () => {
  const urls: string[] = [];
  const server = createServer((request, response) => {
    urls.push(request.url ?? '');
    response.writeHead(503).end('busy');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const real = testEcho().endpoint({ url: `http://127.0.0.1:${port}/v1/source` });
  const shown: boolean[] = [];
  const reach = startEchoReach({ endpoints: [real], onAsked: (_name, isReached) => shown.push(isReached) });
  opened = reach;
  await until(() => shown.length > 0, 'the first question');
  expect([shown, urls]).toEqual([[true], ['/v1/source?nonce=worker']]);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect(await reach.isDown([real])).toBe(true);
  expect(shown).toEqual([true, false]);
});

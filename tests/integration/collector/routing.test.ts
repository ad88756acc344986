/** Methods, paths, limits and the own API: what a stranger meets on the collector's port. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { type CollectorWorld, reportBody, startCollectorWorld } from './collector-world.ts';
import { ODD_REQUESTS, oddTargets, statusOfBytes } from './malformed-requests.ts';
import { sendBytes } from './transcript.ts';

let apiServer: TestApiServer;
let world: CollectorWorld;

beforeAll(async () => {
  apiServer = await startApiServer();
  const config = { bodyBytesMax: 4_096, probesMax: 5, agents: { max: 3, reportsPerSecond: 1 } };
  world = await startCollectorWorld({ apiServer, store: 'embedded', config });
});

afterAll(async () => {
  await world?.stop();
  await apiServer?.stop();
});

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

/** As Go's router httprouter answers (its defaults: redirects, 405 and OPTIONS handled). */
test.each<[string, string, number, Readonly<Record<string, string>>, string]>([
  ['GET', '/nowhere', 404, { 'content-type': TEXT, 'x-content-type-options': 'nosniff' }, '404 page not found\n'],
  ['GET', '/api/v1/agents/a/b', 404, { 'content-type': TEXT }, '404 page not found\n'],
  ['POST', '/api/v1/ping', 405, { allow: 'GET, HEAD, OPTIONS', 'content-type': TEXT }, 'Method Not Allowed\n'],
  ['DELETE', '/api/v1/agents/a', 405, { allow: 'GET, HEAD, POST, OPTIONS' }, 'Method Not Allowed\n'],
  ['POST', '/api/v1/agents/', 405, { allow: 'GET, HEAD, OPTIONS' }, 'Method Not Allowed\n'],
  ['POST', '/metrics', 405, { allow: 'GET, HEAD, OPTIONS' }, 'Method Not Allowed\n'],
  ['OPTIONS', '/api/v1/connectivity_check', 200, { allow: 'GET, HEAD, OPTIONS' }, ''],
  [
    'GET',
    '/api/v1/agents',
    301,
    { location: '/api/v1/agents/' },
    '<a href="/api/v1/agents/">Moved Permanently</a>.\n\n',
  ],
  [
    'GET',
    '/api/v1/ping/?a=b&c',
    301,
    { location: '/api/v1/ping?a=b&c' },
    '<a href="/api/v1/ping?a=b&amp;c">Moved Permanently</a>.\n\n',
  ],
  ['POST', '/api/v1/agents/a/', 308, { location: '/api/v1/agents/a' }, ''],
  ['GET', '/API/V1/Ping', 301, { location: '/api/v1/ping' }, '<a href="/api/v1/ping">Moved Permanently</a>.\n\n'],
  [
    'GET',
    '/api//v1/../v1/ping',
    301,
    { location: '/api/v1/ping' },
    '<a href="/api/v1/ping">Moved Permanently</a>.\n\n',
  ],
])('%s %s is answered %i', async (method, path, status, headers, text) => {
  const answer = await raw(`${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  expect({ status: answer.status, text: answer.text }).toEqual({ status, text });
  expect(answer.headers).toMatchObject(headers);
});

test('a request target of any shape is answered with less than 500', async () => {
  const answers = oddTargets().map(async ({ method, target, bytes }) => {
    const status = await statusOfBytes(world.url, bytes);
    return status >= 200 && status < 500 ? [] : [`${method} ${target.slice(0, 40)}: ${status}`];
  });
  expect((await Promise.all(answers)).flat()).toEqual([]);
});

test.each([...ODD_REQUESTS.keys()])('%s is answered with less than 500', async (what) => {
  const status = await statusOfBytes(world.url, ODD_REQUESTS.get(what) ?? '');
  expect(status).toBeGreaterThanOrEqual(200);
  expect(status).toBeLessThan(500);
});

test.each(['/\\', '/\\[', 'ws://[', 'GET', '/api/\\/[?a=/../'])('%s is no path: 404 or 400', async (target) => {
  const bytes = `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
  expect([400, 404]).toContain(await statusOfBytes(world.url, bytes));
});

test.each(['/api/v1/ping', '/api/v1/agents/', '/api/v1/connectivity_check', '/metrics', '/healthz', '/readyz'])(
  'HEAD %s is answered as GET, without a body',
  async (path) => {
    const head = await world.call('HEAD', path);
    const get = await world.call('GET', path);
    expect({ status: head.status, type: head.headers['content-type'], text: head.text }).toEqual({
      status: get.status,
      type: get.headers['content-type'],
      text: '',
    });
  },
);

test.each([
  ['a%2Fb', 'expected the name of a pod'],
  ['UPPER', 'expected the name of a pod'],
  ['a'.repeat(300), 'expected the name of a pod'],
  ['a%00b', 'expected the name of a pod'],
  ['%E0%A4%A', 'is not a valid url'],
])('the name %s is refused with 400', async (name, error) => {
  for (const method of ['GET', 'POST']) {
    const answer = await world.call(method, `/api/v1/agents/${name}`, method === 'POST' ? { body: '{}' } : {});
    expect({ status: answer.status, type: answer.headers['content-type'] }).toEqual({ status: 400, type: JSON_TYPE });
    expect(JSON.parse(answer.text)).toEqual({ error: expect.stringContaining(error) });
  }
});

test('a report larger than collector.bodyBytesMax is refused with 413, as it is announced or as it comes', async () => {
  const body = reportBody('a', { zero_extender: Array.from({ length: 3_000 }, () => 0) });
  const announced = await world.call('POST', '/api/v1/agents/a', { body });
  expect({ status: announced.status, type: announced.headers['content-type'] }).toEqual({
    status: 413,
    type: JSON_TYPE,
  });
  const chunk = '0'.repeat(1_024);
  const chunks = Array.from({ length: 8 }, () => `400\r\n${chunk}\r\n`).join('');
  const head = 'POST /api/v1/agents/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n';
  expect((await raw(`${head}${chunks}0\r\n\r\n`)).status).toBe(413);
});

test('an agent that reports too often is answered when to come again, others are not', async () => {
  const post = (name: string) => world.call('POST', `/api/v1/agents/${name}`, { body: reportBody(name) });
  const statuses: number[] = [];
  for (let index = 0; index < 12; index++) statuses.push((await post('often')).status);
  expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 200));
  const limited = await post('often');
  expect(limited).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
  expect((await post('seldom')).status).toBe(200);
});

test('of agents without a pod the last that reported are kept, up to collector.agents.max', async () => {
  const post = (name: string) => world.call('POST', `/api/v1/agents/${name}`, { body: reportBody(name) });
  for (const name of ['third', 'fourth', 'fifth', 'sixth']) expect((await post(name)).status).toBe(200);
  const { text } = await world.call('GET', '/api/v1/agents/');
  expect(Object.keys(JSON.parse(text) as object).toSorted()).toEqual(['fifth', 'fourth', 'sixth']);
  expect((await post('third')).status).toBe(200);
});

test.each([undefined, 'text/plain', 'application/xml', 'nonsense', 'application/json; charset=latin1'])(
  'a report is taken whatever content type it names: %s',
  async (type) => {
    world.advance(60_000);
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    expect((await world.call('POST', '/api/v1/agents/third', { body: reportBody('third'), headers })).status).toBe(200);
  },
);

test.each([
  ['/api/v2/connectivity?names=-1', 400, 'names'],
  ['/api/v2/connectivity?names=many', 400, 'names'],
  ['/api/v2/agents?state=asleep', 400, 'state'],
  ['/api/v2/agents?limit=0', 400, 'limit'],
  ['/api/v2/agents/ns/nobody', 404, 'no agent pod ns/nobody'],
  ['/api/v2/nodes/nowhere', 404, 'no agent is expected on node nowhere'],
])('%s is answered %i with a message', async (path, status, error) => {
  const answer = await world.call('GET', path);
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.text)).toEqual({ error: expect.stringContaining(error) });
});

test('the OpenAPI document describes each path of the own API and its answers', async () => {
  const document = JSON.parse((await world.call('GET', '/api/v2/openapi.json')).text) as {
    openapi: string;
    paths: Record<string, { get?: { responses: object } }>;
  };
  expect(document.openapi).toBe('3.1.0');
  const own = Object.keys(document.paths).filter((path) => path.startsWith('/api/v2/'));
  expect(own.toSorted()).toEqual([
    '/api/v2/agents',
    '/api/v2/agents/{namespace}/{name}',
    '/api/v2/connectivity',
    '/api/v2/nodes',
    '/api/v2/nodes/{node}',
    '/api/v2/processes',
    '/api/v2/transitions',
  ]);
  for (const path of own)
    expect(Object.keys(document.paths[path]?.get?.responses ?? {})).toEqual(['200', '400', '404', '503']);
});

test('/health answers alive, and /readyz lists the checks of a ready collector', async () => {
  expect(await world.call('GET', '/health')).toMatchObject({ status: 200, text: '{"status":"alive"}\n' });
  expect(JSON.parse((await world.call('GET', '/readyz')).text)).toEqual({
    ready: true,
    checks: { store: 'ok', cluster: 'ok', kubernetes: 'ok' },
  });
});

interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Sends bytes as they are: clients tidy addresses. */
async function raw(request: string): Promise<RawAnswer> {
  const [head = '', text = ''] = (await sendBytes(world.url, request)).split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
  return { status: Number(statusLine.split(' ')[1]), headers, text };
}

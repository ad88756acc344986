/** Malformed reports: never a 5xx, never a crash, and a report that is refused changes nothing. */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { FastifyInstance } from 'fastify';

import { buildServer } from '../../../collector/server.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { type CollectorWorld, reportBody, startCollectorWorld } from './collector-world.ts';
import { statusOfBytes } from './malformed-requests.ts';
import { fuzzedReport } from './report-fuzz.ts';
import { fuzzedTarget, fuzzedToken } from './request-fuzz.ts';

/** `npm run fuzz` has more of them. */
const CASES = 20_000;
const TARGETS = 3_000;
/** A busy machine may stop the process between the readings of two clocks. The reports are many seconds old. */
const CLOCK_READINGS_MS = 1_000;
const MEMORY_FOLDER = '/dev/shm';
const MEBIBYTE = 1_048_576;
/** Of what is still in use, without the garbage: far below what a hundred thousand reports have together. */
const HEAP_GROWTH_MAX = 48 * MEBIBYTE;
const BODY_BYTES_MAX = MEBIBYTE;

let apiServer: TestApiServer;
let world: CollectorWorld;
let folder: string;
/** The same parts without a socket. */
let server: FastifyInstance;

beforeAll(async () => {
  apiServer = await startApiServer();
  // In memory where there is such a folder: each report that is taken waits for the disk otherwise.
  folder = await mkdtemp(join(existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir(), 'vigilante-fuzz-'));
  const agents = { max: 50, reportsPerSecond: 10_000 };
  world = await startCollectorWorld({
    apiServer,
    store: 'embedded',
    folder,
    config: { agents, bodyBytesMax: BODY_BYTES_MAX, probesMax: 20 },
  });
  server = await buildServer(world.collector.parts, null);
});

afterAll(async () => {
  await server?.close();
  await world?.stop();
  await apiServer?.stop();
  await rm(folder, { recursive: true, force: true });
});

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

/** Bytes, after a collection of the garbage. */
function heapInUse(): number {
  if (typeof collectGarbage !== 'function') throw new Error('V8 gives no gc function');
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** What the collector knows, and how often it wrote to its store. */
async function dump(): Promise<string> {
  const hash = createHash('sha1');
  for (const agent of world.collector.registry.agents()) hash.update(JSON.stringify(agent));
  return `${hash.digest('hex')} after ${await commits()} commits`;
}

async function commits(): Promise<number> {
  const { text } = await world.collector.parts.pages.metrics();
  return Number(/^vigilante_collector_commits_total (\d+)$/m.exec(text)?.[1]);
}

test(`${CASES} malformed reports: each is taken or refused with a 4xx, and a refused one changes nothing`, async () => {
  const { registry } = world.collector;
  const snapshot = () => {
    const hash = createHash('sha1');
    for (const { text, receivedMs, reportCount, missCount, name } of registry.agents()) {
      hash.update(`${name} ${receivedMs} ${reportCount} ${missCount} ${text}\n`);
    }
    return hash.digest('hex');
  };
  const heapBefore = heapInUse();
  const seen = new Map<number, number>();
  let before = snapshot();
  await fc.assert(
    fc.asyncProperty(fuzzedReport, async ({ name, body }) => {
      const answer = await server.inject({
        method: 'POST',
        url: `/api/v1/agents/${encodeURIComponent(name.toWellFormed())}`,
        headers: { 'content-type': 'application/json' },
        payload: body,
      });
      seen.set(answer.statusCode, (seen.get(answer.statusCode) ?? 0) + 1);
      if (answer.statusCode === 200) {
        before = snapshot();
        return registry.get(name)?.report.podname === name;
      }
      const isRefusal = answer.statusCode >= 400 && answer.statusCode < 500;
      return isRefusal && snapshot() === before;
    }),
    { numRuns: CASES },
  );
  expect(registry.size()).toBeLessThanOrEqual(50);
  expect(heapInUse() - heapBefore).toBeLessThan(HEAP_GROWTH_MAX);
  // Both kinds were met, or the test says nothing.
  expect(seen.get(200)).toBeGreaterThan(CASES / 20);
  expect(seen.get(400)).toBeGreaterThan(CASES / 4);
}, 600_000);

test(`${TARGETS} request targets of any shape, with tokens of any shape: none is answered with 500 or more`, async () => {
  const before = await dump();
  await fc.assert(
    fc.asyncProperty(
      fuzzedTarget,
      fuzzedToken,
      fc.constantFrom('GET', 'HEAD', 'POST', 'OPTIONS'),
      async (target, token, method) => {
        // What no request line can carry is not sent.
        const line = `${method} ${target.replaceAll(/[\r\n]/g, '')} HTTP/1.1`;
        const bytes = `${line}\r\nHost: x\r\nAuthorization: ${token.slice(0, 8_000)}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
        const status = await statusOfBytes(world.url, bytes);
        return status >= 200 && status < 500;
      },
    ),
    { numRuns: TARGETS },
  );
  expect(await dump()).toBe(before);
});

const head = (name: string, length: number) =>
  `POST /api/v1/agents/${name} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

/** Resolves with what came until the connection was closed. */
function talk(send: (write: (bytes: string | Buffer) => void, end: () => void) => void): Promise<string> {
  const { port, hostname } = new URL(world.url);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(answer));
    socket.once('end', () => socket.end());
    socket.once('connect', () =>
      send(
        (data) => socket.write(data),
        () => socket.end(),
      ),
    );
  });
}

test.each<[string, RegExp, (write: (bytes: string | Buffer) => void, end: () => void) => void]>([
  [
    'ten megabytes that were announced',
    /^HTTP\/1.1 413 /,
    (write) => {
      write(head('a1', 10 * MEBIBYTE));
      write(Buffer.alloc(64 * 1_024, '0'));
    },
  ],
  [
    'ten megabytes in chunks',
    /^HTTP\/1.1 413 /,
    (write) => {
      write('POST /api/v1/agents/a1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
      for (let chunk = 0; chunk < 160; chunk++) write(`10000\r\n${'0'.repeat(65_536)}\r\n`);
    },
  ],
  [
    'half a body and the end of the connection',
    /^(HTTP\/1.1 400 |$)/,
    (write, end) => {
      write(head('a1', 1_000));
      write('{"podname":"a1"');
      end();
    },
  ],
  [
    'half a head and the end of the connection',
    /^(HTTP\/1.1 400 |$)/,
    (write, end) => {
      write('POST /api/v1/agents/a1 HT');
      end();
    },
  ],
  ['no HTTP at all', /^HTTP\/1.1 400 /, (write) => write('\u0000\u0001\u0002\r\n\r\n')],
  [
    'a head of a megabyte',
    /^HTTP\/1.1 431 /,
    (write) => write(`GET /api/v1/ping HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(MEBIBYTE)}\r\n\r\n`),
  ],
  [
    'two lengths that differ',
    /^HTTP\/1.1 400 /,
    (write) =>
      write('POST /api/v1/agents/a1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345'),
  ],
  [
    'a length and chunks',
    /^HTTP\/1.1 400 /,
    (write) =>
      write(
        'POST /api/v1/agents/a1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      ),
  ],
  [
    'a negative length',
    /^HTTP\/1.1 400 /,
    (write) => write('POST /api/v1/agents/a1 HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'),
  ],
])('on the socket: %s is refused, nothing is changed, and others are served', async (_title, expected, send) => {
  const before = await dump();
  expect(await talk(send)).toMatch(expected);
  expect(await dump()).toBe(before);
  expect((await world.call('GET', '/api/v1/ping')).status).toBe(200);
});

test('a body that comes byte by byte and never ends is given up, and others are served meanwhile', async () => {
  const before = await dump();
  let timer: ReturnType<typeof setInterval> | undefined;
  const answer = talk((write) => {
    write(head('a1', 1_000));
    timer = setInterval(() => write(' '), 200);
  });
  const others = await Promise.all(
    Array.from({ length: 20 }, () => world.call('POST', '/api/v1/agents/a2', { body: reportBody('a2') })),
  );
  expect(others.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  const after = await dump();
  try {
    expect(await answer).toMatch(/^HTTP\/1.1 408 /);
  } finally {
    clearInterval(timer);
  }
  expect(await dump()).toBe(after);
  expect(after).not.toBe(before);
  // Node gives up after the longer of these, and its own headersTimeout is a minute.
  expect(Math.max(server.server.headersTimeout, server.server.requestTimeout)).toBe(20_000);
});

test('ten thousand probes, and names with slashes and percent encodings, are refused by name', async () => {
  const probes = Array.from({ length: 10_000 }, (_, index) => ({ URL: `http://${index}` }));
  const answer = await world.call('POST', '/api/v1/agents/a1', { body: reportBody('a1', { network_probes: probes }) });
  expect(answer).toMatchObject({
    status: 400,
    text: expect.stringContaining('network_probes: 10000 probes: expected at most 20'),
  });
});

test('what is in the store at the end is what the collector knew', async () => {
  const recordsOf = ({ collector }: CollectorWorld) =>
    Array.from(collector.registry.reports(), ({ lastUpdatedMs, ...record }) => ({
      record: JSON.stringify(record),
      lastUpdatedMs,
    })).toSorted((one, other) => (one.record < other.record ? -1 : 1));
  const known = recordsOf(world);
  await world.stop();
  world = await startCollectorWorld({ apiServer, store: 'embedded', folder });
  const read = recordsOf(world);
  expect(read.map(({ record }) => record)).toEqual(known.map(({ record }) => record));
  // By the clock of the process that shows it.
  const moves = read.map(({ lastUpdatedMs }, index) => Math.abs(lastUpdatedMs - (known[index]?.lastUpdatedMs ?? 0)));
  expect(Math.max(...moves)).toBeLessThanOrEqual(CLOCK_READINGS_MS);
  expect(known.length).toBeGreaterThan(0);
});

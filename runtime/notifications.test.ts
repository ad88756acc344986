/** Notifications of maintenance, to a real HTTP server: told once, counted, and never waited for (M48). */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { nodeRef } from '../tests/fixtures/nodes.ts';
import { until } from '../tests/fixtures/until.ts';
import { createLog } from './log.ts';
import { createNotifications } from './notifications.ts';

const HELD = { node: nodeRef('lin-1'), event: 'NodeHeld', message: 'not proven in time', key: 'run-1' } as const;

let server: Server;
let url: string;
let received: string[];
/** Null: never answers. */
let statuses: (number | null)[];
let registry: Registry;

beforeEach(async () => {
  received = [];
  statuses = [];
  registry = new Registry();
  server = createServer((question, answer) => {
    void text(question).then((body) => {
      received.push(body);
      const status = statuses.length === 0 ? 204 : statuses.shift();
      if (status !== null && status !== undefined) answer.writeHead(status).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/told`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function notifications(...on: readonly ('NodeHeld' | 'NodeProven' | 'UpgradeHalted')[]) {
  const log = createLog({ level: 'silent', process: 'test', cluster: 'test' });
  return createNotifications({ cluster: 'weu', receivers: [{ name: 'chat', url, on: [...on] }], registry, log });
}

async function counted(result: string): Promise<number> {
  const metric = await registry.getSingleMetric('vigilante_maintenance_notifications_total')?.get();
  return metric?.values.find(({ labels }) => labels['result'] === result)?.value ?? Number.NaN;
}

async function untilCounted(result: string): Promise<void> {
  let count = 0;
  await until(() => {
    void counted(result).then((found) => {
      count = found;
    });
    return count > 0;
  }, result);
}

test('M48: what a receiver wants is posted to it with the node, and nothing else', async () => {
  const tell = notifications('NodeHeld');
  tell({ ...HELD, event: 'NodeProven' });
  tell(HELD);
  await untilCounted('sent');
  expect(received.map((body): unknown => JSON.parse(body))).toEqual([
    {
      id: `${HELD.node.uid} NodeHeld run-1`,
      cluster: 'weu',
      node: 'lin-1',
      event: 'NodeHeld',
      message: 'not proven in time',
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    },
  ]);
});

test('M48: one that is not taken is tried again, and then counted', async () => {
  const tell = notifications('NodeHeld');
  statuses = [500, 204, 500, 503];
  tell(HELD);
  await untilCounted('sent');
  expect(received).toHaveLength(2);
  tell({ ...HELD, key: 'run-2' });
  await untilCounted('failed');
  expect(received).toHaveLength(4);
});

test('M48: a receiver that hangs holds nobody up, and fills no memory', async () => {
  const tell = notifications('NodeHeld');
  statuses = Array<null>(300).fill(null);
  for (let count = 0; count < 101; count += 1) tell({ ...HELD, key: `run-${count}` });
  expect(await counted('dropped')).toBe(1);
});

test('M48: a border of an upgrade is told without a node', async () => {
  const told = { run: '2026-48-v1-37', event: 'UpgradeHalted', message: 'w-3 is held', key: 'run-1 7' } as const;
  notifications('UpgradeHalted')(told);
  await untilCounted('sent');
  expect(JSON.parse(received[0] ?? '')).toMatchObject({
    id: '2026-48-v1-37 UpgradeHalted run-1 7',
    node: null,
    event: 'UpgradeHalted',
    message: 'w-3 is held',
  });
});

test('M48: a border of a run over several clusters is told without a cluster', async () => {
  const log = createLog({ level: 'silent', process: 'test', cluster: 'test' });
  const receivers = [{ name: 'chat', url, on: ['FleetHalted' as const] }];
  const tell = createNotifications({ cluster: null, receivers, registry, log });
  tell({ run: 'rings', event: 'FleetHalted', message: 'the soak of weu failed', key: 'run-1 7' });
  await untilCounted('sent');
  expect(JSON.parse(received[0] ?? '')).toMatchObject({
    id: 'rings FleetHalted run-1 7',
    cluster: null,
    node: null,
    event: 'FleetHalted',
    message: 'the soak of weu failed',
  });
});

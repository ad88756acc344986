/** What blocks of etcd, on real members; a snapshot that a real etcd starts from. */

import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { EtcdGateway } from '../../../activities/upgrade/preflight/etcd-gateway.ts';
import { type CheckName, isBlocking } from '../../../domain/upgrade/check.ts';
import { etcdGatewayOf } from '../../../maintainer/etcd-gateway.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { type EtcdCluster, startEtcdCluster } from './etcd-cluster.ts';
import { acceptance, checkOne, type PreflightWorld, preflightInput, preflightWorld } from './preflight-world.ts';

jest.setTimeout(240_000);

const WAIT_MS = 60_000;
const SUM_BYTES = 32;

let server: TestApiServer;
let world: PreflightWorld;
let three: EtcdCluster;
let folder: string;
const others: EtcdCluster[] = [];
const folders: string[] = [];

beforeAll(async () => {
  server = await startApiServer();
  world = preflightWorld(server.kubeconfig('admin'), server.url);
  three = await startEtcdCluster({ members: 3 });
});

/** Every look before acts makes a snapshot. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigilante-snapshots-'));
  folders.push(folder);
});

afterAll(async () => {
  await world?.close();
  await server?.stop();
  await three?.stop();
  for (const other of others) await other.stop();
  for (const made of folders) await rm(made, { recursive: true, force: true });
});

function gatewayOf(cluster: EtcdCluster): EtcdGateway {
  const gateway = etcdGatewayOf({ endpoints: [...cluster.endpoints], snapshot: { folder, keep: 2, maxAgeMs: 1 } });
  if (gateway === null) throw new Error('no endpoint');
  return gateway;
}

interface Asking {
  readonly gateway?: EtcdGateway;
  readonly accept?: readonly string[];
  readonly nowMs?: number;
  readonly moment?: 'survey' | 'before-acts';
}

function ask(
  check: CheckName,
  { gateway = gatewayOf(three), accept = [], nowMs, moment = 'before-acts' }: Asking = {},
) {
  const settings = {
    controlPlane: 'pods' as const,
    snapshot: { folder, keep: 2, maxAgeMs: 3_600_000 },
    accept: accept.length === 0 ? [] : [acceptance(check, ...accept)],
  };
  const deps = world.deps({ etcd: gateway, now: () => nowMs ?? Date.now() }, settings);
  return checkOne(deps, check, preflightInput({ moment }));
}

async function otherCluster(options: Parameters<typeof startEtcdCluster>[0]): Promise<EtcdCluster> {
  const cluster = await startEtcdCluster(options);
  others.push(cluster);
  return cluster;
}

test('M32: three members are healthy, and without an endpoint nothing is known', async () => {
  expect(await ask('etcd-members')).toMatchObject({ answer: 'ok', detail: '3 members are healthy' });
  expect(await ask('etcd-alarms')).toMatchObject({ answer: 'ok' });
  const deps = world.deps({ etcd: null }, { controlPlane: 'pods' });
  expect(await checkOne(deps, 'etcd-members')).toMatchObject({ answer: 'unknown', objects: ['etcd'] });
});

test('M7, M32: a member that was killed blocks, is named, and passes when it is accepted', async () => {
  await three.kill(2);
  const found = await ask('etcd-members');
  expect(found).toMatchObject({
    answer: 'block',
    objects: expect.arrayContaining(['etcd-2', three.endpoints[2]]),
    accepted: null,
  });
  const accepted = await ask('etcd-members', { accept: found.objects });
  expect([accepted.accepted?.reason, isBlocking(accepted)]).toEqual(['CHG-4711', false]);
  await three.start(2);
  await waitUntil(async () => (await ask('etcd-members')).answer === 'ok', {
    what: 'three members',
    timeoutMs: WAIT_MS,
  });
});

test('M7, M32: a database that has used up its quota blocks with the alarm that etcd raised', async () => {
  const small = await otherCluster({ members: 1, args: [`--quota-backend-bytes=${2 * 1_048_576}`] });
  const value = 'x'.repeat(262_144);
  await expect(
    (async () => {
      for (let index = 0; index < 50; index += 1) await small.put(`key-${index}`, value);
    })(),
  ).rejects.toThrow('database space exceeded');
  const gateway = gatewayOf(small);
  const found = await ask('etcd-alarms', { gateway });
  expect(found).toMatchObject({ answer: 'block', objects: ['etcd-0'] });
  expect(found.detail).toContain('alarm NOSPACE');
  expect(isBlocking(await ask('etcd-alarms', { gateway, accept: ['etcd-0'] }))).toBe(false);
});

test('M8: a survey makes no snapshot, and says that one will be made', async () => {
  expect(await ask('etcd-snapshot', { moment: 'survey' })).toMatchObject({ answer: 'warn' });
  expect(await readdir(folder)).toEqual([]);
});

test('M32: before a run acts a snapshot is made, and a real etcd started on it has every key with its value', async () => {
  const source = await otherCluster({ members: 1 });
  for (const part of ['a', 'b']) await source.putAll(entriesOf(part));
  await source.put('/registry/a-7', 'changed');
  const before = await source.all();
  expect(await ask('etcd-snapshot', { gateway: gatewayOf(source) })).toMatchObject({ answer: 'ok' });
  await source.put('/registry/later', 'not in the snapshot');
  const [file = ''] = await readdir(folder);
  const restored = await restoredFrom(join(folder, file));
  const after = await restored.all();
  expect([before.size, after.size]).toEqual([200, 200]);
  expect([...after]).toEqual([...before]);
});

function entriesOf(part: string): ReadonlyMap<string, string> {
  return new Map(
    Array.from({ length: 100 }, (_, index) => [
      `/registry/${part}-${index}`,
      `value of ${part}-${index} ${'y'.repeat(2_000)}`,
    ]),
  );
}

/**
 * Without `etcdutl` the file still has the raft index of its old cluster: the new one skips as many entries, each of which
 * it tries for five seconds, until it is ready.
 */
function restoredFrom(snapshot: string): Promise<EtcdCluster> {
  return otherCluster({
    members: 1,
    args: ['--force-new-cluster', '--heartbeat-interval=20', '--election-timeout=200'],
    prepare: async (data) => {
      await mkdir(join(data, 'member', 'snap'), { recursive: true });
      const bytes = await readFile(snapshot);
      await writeFile(join(data, 'member', 'snap', 'db'), bytes.subarray(0, -SUM_BYTES));
    },
  });
}

test('M32: a snapshot that is young enough is not made again, and of older ones only some are kept', async () => {
  await ask('etcd-snapshot');
  const files = await readdir(folder);
  await ask('etcd-snapshot');
  expect([files.length, await readdir(folder)]).toEqual([1, files]);
  const laterMs = Date.now() + 2 * 3_600_000;
  for (const nowMs of [laterMs, laterMs + 7_200_000]) await ask('etcd-snapshot', { nowMs });
  expect((await readdir(folder)).toSorted()).toEqual([`etcd-${laterMs}.db`, `etcd-${laterMs + 7_200_000}.db`]);
});

test('M7, M32: a snapshot that breaks on the way is refused, and leaves no file behind', async () => {
  const real = gatewayOf(three);
  const broken: EtcdGateway = { ...real, stream: async (question) => flipped(await real.stream(question)) };
  const found = await ask('etcd-snapshot', { gateway: broken });
  expect(found).toMatchObject({ answer: 'block', objects: [folder] });
  expect(found.detail).toContain('does not have the sum that etcd sent with it');
  expect(await readdir(folder)).toEqual([]);
  expect(isBlocking(await ask('etcd-snapshot', { gateway: broken, accept: [folder] }))).toBe(false);
});

test('M32: a file that was cut is no snapshot, and another one is made', async () => {
  const nowMs = Date.now();
  await ask('etcd-snapshot', { nowMs });
  await truncate(join(folder, `etcd-${nowMs}.db`), 4_096);
  expect(await ask('etcd-snapshot', { moment: 'survey', nowMs })).toMatchObject({ answer: 'warn' });
  expect(await ask('etcd-snapshot', { nowMs: nowMs + 1 })).toMatchObject({ answer: 'ok' });
  expect((await ask('etcd-snapshot', { moment: 'survey', nowMs })).detail).toContain(`etcd-${nowMs + 1}.db`);
});

/** One character of the first blob is another one. */
async function* flipped(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const chunk of body) {
    const text = Buffer.from(chunk).toString('latin1');
    const changed = isFirst ? text.replace(/AAAAAAAAAAAA/, 'AAAABAAAAAAA') : text;
    isFirst = false;
    yield Buffer.from(changed, 'latin1');
  }
}

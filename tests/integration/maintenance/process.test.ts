/** The real maintainer and the real commands: a node is acted upon, proven and given back, also over kill -9. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { stringify } from 'yaml';

import { MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { freePorts } from '../../../sandbox/ports.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { temporalClient } from '../../../temporal/client.ts';
import { maintenanceGuardOf } from '../../../temporal/maintenance/guard.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { createNode, fields, itemsOf, patchNodeInfo } from '../kubernetes/cluster-fixtures.ts';
import { useTemporalServer } from '../runtime/use-temporal-server.ts';
import { ACT_NAMESPACE } from './maintenance-world.ts';

const PROGRAM = fileURLToPath(new URL('../../../bin/vigilante', import.meta.url));
const UNTIL = { timeoutMs: 180_000, pollMs: 100 };
const NODES = ['lin-1', 'lin-2', 'lin-3', 'lin-4'];

const temporal = useTemporalServer({ searchAttributes: true });
let server: TestApiServer;
let folder: string;
let maintainer: ChildProcess;

beforeAll(async () => {
  server = await startApiServer();
  folder = await mkdtemp(join(tmpdir(), 'vigilante-maintenance-'));
  const accounts = `/api/v1/namespaces/${ACT_NAMESPACE}/serviceaccounts`;
  await server.admin.demand('POST', accounts, { body: { metadata: { name: 'default' } } });
  for (const name of NODES) {
    await createNode(server.admin, name, { labels: { 'kubernetes.io/os': 'linux' } });
    await patchNodeInfo(server.admin, name, { bootID: 'boot-1', kubeletVersion: 'v1.36.3' });
  }
  const template = { apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ name: 'act', image: 'example.org/act' }] } };
  await writeFile(join(folder, 'act.yaml'), stringify(template));
  maintainer = await startMaintainer();
});

afterAll(async () => {
  maintainer?.kill('SIGKILL');
  if (maintainer?.exitCode === null && maintainer.signalCode === null) await once(maintainer, 'exit');
  await rm(folder, { recursive: true, force: true });
  await server?.stop();
});

async function environment(): Promise<NodeJS.ProcessEnv> {
  const [http = 0] = await freePorts(1);
  const config = {
    cluster: 'test',
    http: { port: http },
    temporal: { metricsPort: 0 },
    maintenance: {
      enabled: true,
      templates: folder,
      budget: { groups: [{ name: 'workers', selector: '', max: 1 }], cluster: 1 },
      prove: { settle: '1s', returnWithin: '10s', connectivity: 'off' },
      executors: {
        'reboot-linux': { kind: 'reboot', image: 'example.org/reboot' },
        by: { kind: 'pod', template: 'act.yaml' },
      },
    },
  };
  const path = join(folder, `conf-${http}.yaml`);
  await writeFile(path, stringify(config));
  return {
    PATH: process.env['PATH'],
    HOME: folder,
    VIGILANTE_CONFIG: path,
    KUBECONFIG: server.kubeconfig('admin').path,
    TEMPORAL_ADDRESS: temporal.server.profile.address,
  };
}

async function startMaintainer(): Promise<ChildProcess> {
  return spawn(PROGRAM, ['maintainer'], { env: await environment(), stdio: 'ignore' });
}

async function vigilante(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  const child = spawn(PROGRAM, args, { env: await environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: Number(code), out: `${out}${err}` };
}

async function actPods(): Promise<readonly string[]> {
  const pods = await itemsOf(server.admin, `/api/v1/namespaces/${ACT_NAMESPACE}/pods`);
  return pods.map(({ metadata }) => String(fields(metadata)['name']));
}

async function actPodOf(node: string): Promise<string> {
  const named = async () => (await actPods()).find((name) => name.startsWith(`vigilante-act-${node}-`));
  await waitUntil(async () => (await named()) !== undefined, { what: `the act on ${node}`, ...UNTIL });
  return (await named()) ?? '';
}

/** What the machine does: it starts again, and its pod ends. */
async function reboot(node: string, pod: string, bootID: string): Promise<void> {
  await patchNodeInfo(server.admin, node, { bootID, kubeletVersion: 'v1.36.3' });
  const path = `/api/v1/namespaces/${ACT_NAMESPACE}/pods/${pod}/status`;
  await server.admin.demand('PATCH', path, { body: { status: { phase: 'Succeeded' } }, contentType: MERGE_PATCH });
}

async function nodeState(name: string) {
  const { body } = await server.admin.demand('GET', `/api/v1/nodes/${name}`);
  const node = fields(body);
  const annotations = fields(fields(node['metadata'])['annotations'] ?? {});
  return {
    cordoned: fields(node['spec'] ?? {})['unschedulable'] === true,
    marked: 'vigilante-maintenance' in annotations,
  };
}

const FREE = { cordoned: false, marked: false };

test('M18: a node is cordoned, acted upon once, proven and given back, and the command says so', async () => {
  const waiting = vigilante('maintain', 'lin-1', '--executor', 'reboot-linux', '--wait');
  const pod = await actPodOf('lin-1');
  expect(await nodeState('lin-1')).toEqual({ cordoned: true, marked: true });
  expect((await vigilante('maintenance')).out).toContain('1 in work');
  await reboot('lin-1', pod, 'boot-2');
  expect(await waiting).toEqual({ code: 0, out: expect.stringContaining('lin-1: done: proven; uncordoned') });
  expect(await nodeState('lin-1')).toEqual(FREE);
  expect(await actPods()).toEqual([]);
});

test('M16, M21: a maintainer killed in the middle of the act is followed by one that finds the act', async () => {
  const waiting = vigilante('maintain', 'lin-2', '--executor', 'reboot-linux', '--wait');
  const pod = await actPodOf('lin-2');
  maintainer.kill('SIGKILL');
  await once(maintainer, 'exit');
  maintainer = await startMaintainer();
  await reboot('lin-2', pod, 'boot-2');
  expect(await waiting).toEqual({ code: 0, out: expect.stringContaining('lin-2: done') });
  expect(await nodeState('lin-2')).toEqual(FREE);
});

test('M19, M38: a node that does not come back is held, stops the others, and is released by hand', async () => {
  const held = vigilante('maintain', 'lin-3', '--executor', 'reboot-linux', '--wait');
  const pod = await actPodOf('lin-3');
  const path = `/api/v1/namespaces/${ACT_NAMESPACE}/pods/${pod}/status`;
  await server.admin.demand('PATCH', path, { body: { status: { phase: 'Succeeded' } }, contentType: MERGE_PATCH });
  const guard = maintenanceGuardOf(temporalClient(temporal.connection, temporal.server.profile.namespace), 'test');
  const statusOf = async () => {
    const answer = await guard.status();
    return answer.kind === 'status' ? answer.status : null;
  };
  const isHeld = async () => (await statusOf())?.slots.some((slot) => slot.held) === true;
  await waitUntil(isHeld, { what: 'a held node', ...UNTIL });
  expect(await nodeState('lin-3')).toEqual({ cordoned: true, marked: true });
  expect((await vigilante('maintain', 'lin-4', '--executor', 'by')).code).toBe(0);
  const waits = async () => (await statusOf())?.waiting[0]?.reasons.some(({ kind }) => kind === 'breaker') === true;
  await waitUntil(waits, { what: 'one that waits for the breaker', ...UNTIL });
  expect((await vigilante('release', 'lin-3', 'give-back', '--reason', 'seen on its console')).code).toBe(0);
  expect(await held).toEqual({ code: 1, out: expect.stringContaining('lin-3: given-back') });
  expect(await nodeState('lin-3')).toEqual(FREE);
  expect((await vigilante('maintenance', 'resume', '--reason', 'repaired')).code).toBe(0);
  await reboot('lin-4', await actPodOf('lin-4'), 'boot-1');
  const isFree = async () => JSON.stringify(await nodeState('lin-4')) === JSON.stringify(FREE);
  await waitUntil(isFree, { what: 'lin-4 to be given back', ...UNTIL });
});

test('M55: an executor that the configuration does not have is refused with those that it has', async () => {
  const refused = await vigilante('maintain', 'lin-1', '--executor', 'evil');
  expect(refused).toEqual({ code: 1, out: expect.stringContaining('it has: reboot-linux, by') });
});

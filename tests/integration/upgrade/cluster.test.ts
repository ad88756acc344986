/** What blocks of the objects of a cluster, with real controllers, as the maintainer's own account sees it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { podExecutor } from '../../../activities/maintenance/pod-executor.ts';
import type { PreflightDeps, PreflightSettings } from '../../../activities/upgrade/preflight/deps.ts';
import type { Artifact } from '../../../contracts/upgrade/upgrade-cluster.ts';
import { CHECKS, type CheckName, type CheckResult, isBlocking } from '../../../domain/upgrade/check.ts';
import { createActPods } from '../../../kubernetes/maintenance/act-pods.ts';
import { etcdGatewayOf } from '../../../maintainer/etcd-gateway.ts';
import { apiServerUrl, MAINTENANCE_NAMESPACE } from '../../../sandbox/layout.ts';
import { deployWorkloads, WORKLOAD_NAMESPACE } from '../../../sandbox/machines/workloads.ts';
import { type Sandbox, startSandbox } from '../../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startEtcdCluster } from './etcd-cluster.ts';
import {
  acceptance,
  checkAll,
  checkOne,
  type PreflightWorld,
  preflightInput,
  preflightWorld,
} from './preflight-world.ts';
import { certificateFor, signingRequestOf } from './short-certificate.ts';

jest.setTimeout(400_000);

const WAIT = { timeoutMs: 120_000, pollMs: 500 };
const WEBHOOKS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
const SERVICES = '/api/v1/namespaces/default/services';
const NODES = ['lin-1', 'lin-2'];

let sandbox: Sandbox;
let world: PreflightWorld;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigilante-preflight-'));
  sandbox = await startSandbox({ report: () => undefined });
  for (const node of NODES) await sandbox.addNode(node, { os: 'linux' });
  world = preflightWorld({ kind: 'file', path: sandbox.kubeconfigOf('maintainer') }, apiServerUrl(sandbox.layout));
});

afterAll(async () => {
  await world?.close();
  await sandbox?.stop();
  await rm(folder, { recursive: true, force: true });
});

type Change = { readonly deps?: Partial<PreflightDeps>; readonly settings?: Partial<PreflightSettings> };

const ask = (check: CheckName, { deps, settings }: Change = {}) => checkOne(world.deps(deps, settings), check);

/** Blocks with these objects, and passes once they are accepted. */
async function expectBlock(check: CheckName, objects: readonly string[], change: Change = {}): Promise<CheckResult> {
  const found = await ask(check, change);
  expect(found).toMatchObject({ answer: 'block', objects, accepted: null });
  const accept = [acceptance(check, ...objects)];
  const accepted = await ask(check, { ...change, settings: { ...change.settings, accept } });
  expect([isBlocking(found), isBlocking(accepted), accepted.accepted?.reason]).toEqual([true, false, 'CHG-4711']);
  return found;
}

test('M7: a cluster with nothing in the way passes every check, and each has a result', async () => {
  const results = await checkAll(world.deps(), preflightInput({ moment: 'survey' }));
  expect(results.map(({ check }) => check)).toEqual(CHECKS);
  expect(results.filter(({ answer }) => answer === 'block' || answer === 'unknown')).toEqual([]);
  const again = await checkAll(world.deps(), preflightInput({ moment: 'before-wave' }));
  expect(again.map(({ check }) => check)).toEqual(
    CHECKS.filter(
      (check) =>
        ![
          'etcd-snapshot',
          'removed-apis',
          'certificates',
          'pending-csrs',
          'privileges',
          'others-at-work',
          'artifacts',
          'executors',
        ].includes(check),
    ),
  );
});

test('M7: an API server that is away makes its checks unknown, and they block', async () => {
  const gone = preflightWorld({ kind: 'file', path: sandbox.kubeconfigOf('maintainer') }, 'https://127.0.0.1:1');
  try {
    for (const check of ['skew', 'api-health', 'removed-apis', 'certificates'] as const) {
      const found = await checkOne(gone.deps(), check);
      expect([check, found.answer, isBlocking(found)]).toEqual([check, 'unknown', true]);
    }
  } finally {
    await gone.close();
  }
});

test('M7: a webhook whose Service is gone, or has no endpoint, blocks', async () => {
  const name = 'ValidatingWebhookConfiguration/policy/maps.policy.example.org';
  await sandbox.api.demand('POST', WEBHOOKS, { body: webhookConfiguration('policy') });
  expect((await expectBlock('webhooks', [name])).detail).toContain('does not exist');
  const service = { metadata: { name: 'policy' }, spec: { selector: { app: 'policy' }, ports: [{ port: 443 }] } };
  await sandbox.api.demand('POST', SERVICES, { body: service });
  expect((await expectBlock('webhooks', [name])).detail).toContain('has no ready endpoint');
  await sandbox.api.demand('DELETE', `${WEBHOOKS}/policy`);
  expect(await ask('webhooks')).toMatchObject({ answer: 'ok' });
});

test('M7: a budget in dead-lock blocks, and a pod of two budgets', async () => {
  await deployWorkloads(sandbox.api, [{ name: 'web', replicas: 2, minAvailable: 2 }]);
  const budget = `${WORKLOAD_NAMESPACE}/web`;
  const isLocked = async () => (await ask('budgets')).detail.includes('although all 2 pods are healthy');
  await waitUntil(isLocked, { what: 'the budget to be judged', ...WAIT });
  await expectBlock('budgets', [budget]);
  const budgets = `/apis/policy/v1/namespaces/${WORKLOAD_NAMESPACE}/poddisruptionbudgets`;
  const second = { metadata: { name: 'all' }, spec: { maxUnavailable: 1, selector: {} } };
  await sandbox.api.demand('DELETE', `${budgets}/web`);
  await sandbox.api.demand('POST', budgets, { body: second });
  await waitUntil(async () => (await ask('budgets')).answer === 'ok', { what: 'one budget that can be kept', ...WAIT });
  await sandbox.api.demand('POST', budgets, { body: { ...second, metadata: { name: 'more' } } });
  const isTwice = async () => (await ask('budgets')).objects.length === 2;
  await waitUntil(isTwice, { what: 'two pods of two budgets', ...WAIT });
  const found = await ask('budgets');
  await expectBlock('budgets', found.objects);
  expect(found.objects.every((object) => object.startsWith(`${WORKLOAD_NAMESPACE}/web-`))).toBe(true);
  expect(found.detail).toContain('the budgets all and more select it');
  await sandbox.api.demand('DELETE', `${budgets}/more`);
});

test("M7: a kubelet's signing request that waits for more than ten minutes blocks", async () => {
  const requests = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
  const spec = {
    request: await signingRequestOf(folder, 'lin-1'),
    signerName: 'kubernetes.io/kubelet-serving',
    usages: ['digital signature', 'server auth'],
  };
  await sandbox.api.demand('POST', requests, { body: { metadata: { name: 'csr-lin-1' }, spec } });
  expect(await ask('pending-csrs')).toMatchObject({ answer: 'ok' });
  const later = { now: () => Date.now() + 660_000 };
  const found = await ask('pending-csrs', { deps: later });
  expect(found).toMatchObject({ answer: 'block', objects: ['csr-lin-1'] });
  await expectBlock('pending-csrs', ['csr-lin-1'], { deps: later });
});

test("M44: the pods of kured's DaemonSet block, each by its name", async () => {
  const labels = { name: 'kured' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'kured', image: 'kured' }] } };
  await sandbox.api.demand('POST', '/apis/apps/v1/namespaces/kube-system/daemonsets', {
    body: { metadata: { name: 'kured' }, spec: { selector: { matchLabels: labels }, template } },
  });
  const arePods = async () => (await ask('others-at-work')).objects.length === NODES.length;
  await waitUntil(arePods, { what: 'a pod of kured on each node', ...WAIT });
  const found = await ask('others-at-work');
  await expectBlock('others-at-work', found.objects);
  expect(found.objects.every((object) => object.startsWith('kube-system/kured-'))).toBe(true);
});

test('M7: a certificate of etcd with three days left blocks, and one with thirty does not', async () => {
  const found: [number, string][] = [];
  for (const days of [3, 30]) {
    const certificate = await certificateFor(folder, { days });
    const etcd = await startEtcdCluster({ members: 1, certificate });
    try {
      const snapshot = { folder, keep: 1, maxAgeMs: 1 };
      const gateway = etcdGatewayOf({ endpoints: [...etcd.endpoints], caFile: certificate.certFile, snapshot });
      const deps = { etcd: gateway };
      if (days === 3) await expectBlock('certificates', [`etcd ${etcd.endpoints[0]}`], { deps });
      expect(await ask('etcd-members', { deps })).toMatchObject({ answer: 'warn', objects: ['etcd'] });
      found.push([days, (await ask('certificates', { deps })).answer]);
    } finally {
      await etcd.stop();
    }
  }
  expect(found).toEqual([
    [3, 'block'],
    [30, 'ok'],
  ]);
});

test('M53: a file that cannot be had, or has another sum, blocks', async () => {
  const files = await serve();
  const { port } = files.address() as AddressInfo;
  const file = (name: string, sha256: string): Artifact => ({
    name,
    url: `http://127.0.0.1:${port}/${name}`,
    sha256,
    path: '/usr/bin/kubelet',
    mode: '0755',
  });
  const sum = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
  const asked = (...artifacts: readonly Artifact[]) =>
    checkOne(world.deps(), 'artifacts', preflightInput({ versions: { ...preflightInput().versions, artifacts } }));
  try {
    expect(await asked(file('kubelet', sum))).toMatchObject({ answer: 'ok' });
    expect(await asked(file('kubelet', sum), file('gone', sum))).toMatchObject({ answer: 'block', objects: ['gone'] });
    expect(await asked(file('kubelet', sum.replace('2', '3')))).toMatchObject({
      answer: 'block',
      objects: ['kubelet'],
    });
  } finally {
    files.closeAllConnections();
    files.close();
  }
});

test('M8: executors are tried out by a dry run, which makes no pod; one that is refused blocks', async () => {
  const pods = createActPods(world.connection, MAINTENANCE_NAMESPACE);
  const executor = (container: object) =>
    podExecutor(pods, {
      phases: ['node'],
      deadlineMs: 60_000,
      template: { spec: { containers: [{ name: 'act', ...container }] } },
    });
  const executors = new Map([
    ['good', executor({ image: 'example.org/act' })],
    ['bad', executor({})],
  ]);
  const found = await expectBlock('executors', ['bad'], { deps: { executors } });
  expect(found.detail).toContain('image');
  const { body } = await sandbox.api.demand('GET', `/api/v1/namespaces/${MAINTENANCE_NAMESPACE}/pods`);
  expect(body).toMatchObject({ items: [] });
});

function serve(): Promise<Server> {
  const server = createServer((request, answer) => {
    answer.statusCode = request.url === '/kubelet' ? 200 : 404;
    answer.end('hello');
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** Demanded for ConfigMaps that have a label which none has. */
function webhookConfiguration(service: string): object {
  return {
    metadata: { name: 'policy' },
    webhooks: [
      {
        name: 'maps.policy.example.org',
        clientConfig: { service: { namespace: 'default', name: service } },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
        objectSelector: { matchLabels: { nobody: 'has-it' } },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
      },
    ],
  };
}

/** The sandbox itself: real parts, simulated nodes, and nothing left behind. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { ATTEMPT_LABEL } from '../../contracts/healing/names.ts';
import { nodeAffinity } from '../../kubernetes/nodes/affinity.ts';
import { adminAccess } from '../../sandbox/admin-access.ts';
import { createApiClient } from '../../sandbox/api-client.ts';
import { auditUser } from '../../sandbox/audit.ts';
import type { Behaviour } from '../../sandbox/behaviour.ts';
import { RELEASE_NAMESPACE } from '../../sandbox/layout.ts';
import { processesOf } from '../../sandbox/reap.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { startParent, untilFolderGone } from './killed-parent.ts';

const PODS = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods`;
const WAIT_MS = 120_000;

const PodSchema = z.object({
  spec: z.object({ nodeName: z.string().optional() }),
  status: z.object({
    phase: z.string().optional(),
    podIP: z.string().optional(),
    hostIP: z.string().optional(),
    startTime: z.string().optional(),
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    containerStatuses: z.array(z.object({ containerID: z.string().optional() })).default([]),
  }),
});
type Pod = z.infer<typeof PodSchema>;

let sandbox: Sandbox;

// Each test runs alone, and in any order but for the one that stops the sandbox.
beforeAll(async () => {
  sandbox = await startSandbox({ report: () => {} });
  await addNode('proving');
});

afterAll(async () => {
  await sandbox?.stop();
});

async function createPod(options: { node: string; name: string; attempt?: number; nodeUid?: string }): Promise<void> {
  const { node, name, attempt = 1, nodeUid } = options;
  await sandbox.api.demand('POST', PODS, {
    body: {
      metadata: {
        name,
        labels: { [ATTEMPT_LABEL]: `${attempt}` },
        ...(nodeUid === undefined
          ? {}
          : { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node, uid: nodeUid, controller: true }] }),
      },
      spec: {
        os: { name: 'windows' },
        terminationGracePeriodSeconds: 0,
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true },
        tolerations: [{ operator: 'Exists' }],
        affinity: nodeAffinity(node),
        containers: [{ name: 'pause', image: 'pause' }],
      },
    },
  });
}

async function readPod(name: string): Promise<Pod | null> {
  const answer = await sandbox.api.demand('GET', `${PODS}/${name}`, { alsoFine: [404] });
  return answer.status === 404 ? null : PodSchema.parse(answer.body);
}

function podThat(name: string, holds: (pod: Pod) => boolean): Promise<Pod> {
  return waitUntil(
    async () => {
      const pod = await readPod(name);
      return pod !== null && holds(pod) ? pod : null;
    },
    { what: `pod ${name} as expected`, timeoutMs: WAIT_MS, explain: async () => JSON.stringify(await readPod(name)) },
  );
}

const isBound = (pod: Pod) => pod.spec.nodeName !== undefined;
const hasStatus = (pod: Pod) => pod.status.startTime !== undefined;
const networkReady = (pod: Pod) =>
  pod.status.conditions.find(({ type }) => type === 'PodReadyToStartContainers')?.status;

/** A pod on a proving node that came later than the others: what kwok did not write by then, it does not write. */
async function letKwokCatchUp(name: string): Promise<void> {
  await createPod({ node: 'proving', name });
  await podThat(name, hasStatus);
}

async function addNode(behaviour: Behaviour): Promise<string> {
  const name = behaviour.replace(':', '-');
  await sandbox.addNode(name, { behaviour });
  return name;
}

test('a node is ready once added, and pods on it prove their network', async () => {
  expect((await sandbox.getNode('proving'))?.ready).toBe(true);
  await createPod({ node: 'proving', name: 'proves' });
  const pod = await podThat('proves', hasStatus);
  expect(pod.status.podIP).toMatch(/^10\.244\./);
  expect(pod.status.hostIP).toMatch(/^10\.240\./);
  expect(networkReady(pod)).toBe('True');
  expect(pod.status.containerStatuses[0]?.containerID).toMatch(/^containerd:/);
});

test('a no-sandbox node gives an IP and nothing that proves the sandbox', async () => {
  await createPod({ node: await addNode('no-sandbox'), name: 'without-sandbox' });
  const pod = await podThat('without-sandbox', hasStatus);
  expect(pod.status.podIP).toMatch(/^10\.244\./);
  expect(networkReady(pod)).toBe('False');
  expect(pod.status.containerStatuses[0]?.containerID).toBeUndefined();
});

test('a failing node leaves an Event FailedCreatePodSandBox and a pod without IP', async () => {
  await createPod({ node: await addNode('failing'), name: 'fails' });
  const pod = await podThat('fails', hasStatus);
  expect(pod.status.podIP).toBeUndefined();
  expect(pod.status.phase).toBe('Pending');
  const fields = 'involvedObject.name%3Dfails,reason%3DFailedCreatePodSandBox';
  const EventsSchema = z.object({ items: z.array(z.object({ message: z.string() })) });
  const events = await waitUntil(
    async () => {
      const answer = await sandbox.api.demand(
        'GET',
        `/api/v1/namespaces/${RELEASE_NAMESPACE}/events?fieldSelector=${fields}`,
      );
      const { items } = EventsSchema.parse(answer.body);
      return items.length > 0 ? items : null;
    },
    { what: 'the Event', timeoutMs: WAIT_MS },
  );
  expect(events[0]?.message).toContain('HNS failed');
});

test('a pending node never reports about its pods', async () => {
  await createPod({ node: await addNode('pending'), name: 'waits' });
  await podThat('waits', isBound);
  await letKwokCatchUp('after-waits');
  expect(await podThat('waits', isBound)).toMatchObject({ status: { phase: 'Pending' } });
  expect((await readPod('waits'))?.status.startTime).toBeUndefined();
});

test('on a flapping node the pods of even attempts prove', async () => {
  const node = await addNode('flapping');
  await createPod({ node, name: 'odd', attempt: 7 });
  await createPod({ node, name: 'even', attempt: 8 });
  expect(networkReady(await podThat('even', hasStatus))).toBe('True');
  await podThat('odd', isBound);
  await letKwokCatchUp('after-odd');
  expect((await readPod('odd'))?.status.startTime).toBeUndefined();
});

test('on a late node pods prove that were created after its cure, not those before', async () => {
  const node = await addNode('late:6s');
  await createPod({ node, name: 'early' });
  await podThat('early', isBound);
  let number = 0;
  const created = async () => {
    number += 1;
    await createPod({ node, name: `late-${number}` });
    await podThat(`late-${number}`, isBound);
    await letKwokCatchUp(`after-late-${number}`);
    return (await readPod(`late-${number}`))?.status.startTime !== undefined;
  };
  expect(await created()).toBe(false);
  await waitUntil(created, { what: 'a proving pod on the late node', timeoutMs: WAIT_MS, pollMs: 500 });
  expect((await readPod('early'))?.status.startTime).toBeUndefined();
});

test('the pods of a deleted node are collected', async () => {
  const { uid } = await sandbox.addNode('leaves');
  await createPod({ node: 'leaves', name: 'orphan', nodeUid: uid });
  await podThat('orphan', hasStatus);
  await sandbox.deleteNode('leaves');
  await waitUntil(async () => (await readPod('orphan')) === null, { what: 'the pod to go', timeoutMs: WAIT_MS });
});

test('a node stays as ready as it was last said to be', async () => {
  await sandbox.addNode('sleepy', { ready: false });
  expect((await sandbox.getNode('sleepy'))?.ready).toBe(false);
  await sandbox.setNodeReady('sleepy', true);
  expect((await sandbox.getNode('sleepy'))?.ready).toBe(true);
  await sandbox.setNodeReady('sleepy', false);
  expect((await sandbox.getNode('sleepy'))?.ready).toBe(false);
});

test('a node may have a name of 253 characters', async () => {
  const name = ['a'.repeat(63), 'b'.repeat(63), 'c'.repeat(63), 'd'.repeat(61)].join('.');
  expect((await sandbox.addNode(name)).name).toHaveLength(253);
  await sandbox.deleteNode(name);
});

test('the audit log names who did what, with what was sent and answered', async () => {
  await createPod({ node: 'proving', name: 'audited' });
  await podThat('audited', hasStatus);
  await sandbox.api.demand('DELETE', `${PODS}/audited`);
  const events = (await sandbox.auditEvents()).filter(
    ({ resource, name }) => resource === 'pods' && name === 'audited',
  );
  const create = events.find(({ verb, subresource }) => verb === 'create' && subresource === null);
  expect(create).toMatchObject({ user: 'sandbox-admin', code: 201, stage: 'ResponseComplete' });
  expect(create?.requestObject).toMatchObject({ spec: { os: { name: 'windows' } } });
  expect(events.find(({ subresource }) => subresource === 'binding')?.user).toBe('system:kube-scheduler');
  expect(events.find(({ subresource }) => subresource === 'status')?.user).toBe('sandbox-kwok');
  const deletion = events.find(({ verb }) => verb === 'delete');
  expect(deletion?.responseObject).toMatchObject({ status: { phase: 'Running' } });
  expect(create?.receivedMs).toBeLessThanOrEqual(deletion?.completedMs ?? 0);
});

test('each component has a token of its own with the rights of the chart, and no others', async () => {
  const KubeconfigSchema = z.object({ users: z.array(z.object({ user: z.object({ token: z.string() }) })).min(1) });
  const kubeconfig = KubeconfigSchema.parse(parse(await readFile(sandbox.kubeconfigOf('starter'), 'utf8')));
  const token = kubeconfig.users[0]?.user.token ?? '';
  const starter = createApiClient({ ...(await adminAccess(sandbox.layout)), token });
  try {
    expect((await starter.call('GET', PODS)).status).toBe(200);
    expect((await starter.call('GET', '/api/v1/namespaces/default/pods')).status).toBe(403);
    expect(
      (await starter.call('PATCH', '/api/v1/nodes/proving', { body: {}, contentType: 'application/merge-patch+json' }))
        .status,
    ).toBe(403);
    const omitted = {
      component: 'starter',
      scope: 'namespaceRules',
      apiGroup: '',
      resource: 'pods',
      verb: 'list',
    } as const;
    await sandbox.setRights({ omit: [omitted] });
    await waitUntil(async () => (await starter.call('GET', PODS)).status === 403, {
      what: 'a 403',
      timeoutMs: WAIT_MS,
    });
    await sandbox.setRights({ omit: [] });
    await waitUntil(async () => (await starter.call('GET', PODS)).status === 200, {
      what: 'a 200',
      timeoutMs: WAIT_MS,
    });
  } finally {
    await starter.close();
  }
  const users = new Set((await sandbox.auditEvents()).map(({ user }) => user));
  expect(users).toContain(auditUser('vigilante-starter'));
});

test('every part can be killed and started again with its state', async () => {
  for (const part of ['temporal', 'kwok', 'scheduler', 'controller-manager', 'apiserver', 'etcd'] as const) {
    await sandbox.killPart(part, 'SIGKILL');
    await sandbox.startPart(part);
  }
  const node = await waitUntil(() => sandbox.getNode('proving').catch(() => null), {
    what: 'the node',
    timeoutMs: WAIT_MS,
  });
  expect(node.ready).toBe(true);
  await createPod({ node: 'proving', name: 'after-restart' });
  expect(networkReady(await podThat('after-restart', hasStatus))).toBe('True');
});

test('a part that ends by itself comes back, one that was killed on purpose does not', async () => {
  const kwokPids = () => pidsWith('kwok.yaml');
  const [first = 0] = await kwokPids();
  process.kill(first, 'SIGKILL');
  await waitUntil(async () => (await kwokPids()).some((pid) => pid !== first), {
    what: 'a new kwok',
    timeoutMs: WAIT_MS,
  });
  await sandbox.killPart('kwok');
  await letRevivalsHappen();
  expect(await kwokPids()).toEqual([]);
  await sandbox.startPart('kwok');
});

/** The scheduler comes back as long after its end as any other part would. */
async function letRevivalsHappen(): Promise<void> {
  const [before = 0] = await pidsWith('scheduler.yaml');
  process.kill(before, 'SIGKILL');
  const isBack = async () => (await pidsWith('scheduler.yaml')).some((pid) => pid !== before);
  await waitUntil(isBack, { what: 'a new scheduler', timeoutMs: WAIT_MS });
}

async function pidsWith(argument: string): Promise<number[]> {
  const pids = await sandbox.processes();
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => lines[index]?.includes(argument));
}

test('stop leaves no process and no folder', async () => {
  const { layout } = sandbox;
  expect((await sandbox.processes()).length).toBeGreaterThanOrEqual(6);
  await sandbox.stop();
  expect(await processesOf(layout.id)).toEqual([]);
  expect(existsSync(layout.folder)).toBe(false);
});

test('a parent killed with -9 leaves no process and no folder', async () => {
  const parent = await startParent('plain');
  const { id } = parent.layout;
  expect((await processesOf(id)).length).toBeGreaterThanOrEqual(6);
  await parent.kill();
  await waitUntil(async () => (await processesOf(id)).length === 0, {
    what: 'the processes to end',
    timeoutMs: WAIT_MS,
  });
  await untilFolderGone(parent.layout);
});

/** Three control-plane nodes on one machine: what runs on them, what an observer sees of it, and what is lost with one. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { CONTROL_PLANE_LABEL } from '../../contracts/maintenance/names.ts';
import { STATIC_PODS } from '../../sandbox/control-plane/manifest.ts';
import { podProcesses } from '../../sandbox/control-plane/pod-processes.ts';
import { controlPlaneNodes } from '../../sandbox/parts/place.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { KUBERNETES_VERSION_DEFAULT } from '../../sandbox/tools/kubernetes-versions.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { nodeState } from '../e2e/maintenance-world.ts';
import { apiServerVersions, etcdMembers, staticPodsSeen } from '../fixtures/control-plane-facts.ts';
import { actByHand } from '../fixtures/exchange-acts.ts';

const NODES = ['cp-1', 'cp-2', 'cp-3'];
const WAIT_MS = 120_000;

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ controlPlane: 3, machines: true, report: () => {} });
}, 300_000);

afterAll(async () => {
  await sandbox?.stop();
});

const EndpointsSchema = z.object({
  endpoints: z.array(z.object({ addresses: z.array(z.string()) })),
  ports: z.tuple([z.object({ port: z.int() })]),
});

test('each API server answers at the address that the EndpointSlice of the API has of it', async () => {
  const path = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes';
  const { endpoints, ports } = EndpointsSchema.parse((await sandbox.api.demand('GET', path)).body);
  expect(endpoints.flatMap(({ addresses }) => addresses)).toEqual(['127.0.1.1', '127.0.1.2', '127.0.1.3']);
  expect(ports[0].port).toBe(sandbox.layout.ports.apiserver);
  const versions = NODES.map((node) => [node, KUBERNETES_VERSION_DEFAULT]);
  expect(await apiServerVersions(sandbox.layout)).toEqual(Object.fromEntries(versions));
});

test('each component is a mirror pod of its node, with its version, and Ready', async () => {
  for (const component of STATIC_PODS) {
    const ready = async () => {
      const pods = await staticPodsSeen(sandbox.api, component);
      return pods.length === NODES.length && pods.every(({ isReady }) => isReady) && pods;
    };
    const pods = await waitUntil(ready, { what: `three Ready pods of ${component}`, timeoutMs: WAIT_MS });
    expect(pods.map(({ node }) => node)).toEqual(NODES);
    const tag = component === 'etcd' ? /:3\.\d+\.\d+-0$/ : new RegExp(`/${component}:${KUBERNETES_VERSION_DEFAULT}$`);
    for (const { image } of pods) expect(image).toMatch(tag);
  }
});

test('the nodes are control-plane nodes, with the kubelet that the control plane has', async () => {
  const nodes = (await sandbox.listNodes()).filter(({ labels }) => labels[CONTROL_PLANE_LABEL] !== undefined);
  expect(nodes.map(({ name, ready }) => `${name} ${ready}`)).toEqual(NODES.map((name) => `${name} true`));
  for (const name of NODES) expect((await nodeState(sandbox, name))?.kubelet).toBe(KUBERNETES_VERSION_DEFAULT);
});

const LeaseSchema = z.object({ spec: z.object({ holderIdentity: z.string() }) });

test.each(['kube-controller-manager', 'kube-scheduler'])('one of the three %ss leads', async (name) => {
  const path = `/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/${name}`;
  const { spec } = LeaseSchema.parse((await sandbox.api.demand('GET', path)).body);
  expect(spec.holderIdentity).not.toBe('');
});

/** Null where the connection was lost: a balancer tells nobody that a server behind it has ended. */
async function write(name: string): Promise<number | null> {
  const body = { metadata: { name } };
  const answer = await sandbox.api.call('POST', '/api/v1/namespaces/default/configmaps', { body }).catch(() => null);
  return answer?.status ?? null;
}

test('without one member of etcd the other two still take writes, and it comes back', async () => {
  await sandbox.controlPlane.stop('cp-2', 'etcd');
  expect(await etcdMembers(sandbox.layout)).toEqual(['cp-1', 'cp-3']);
  await waitUntil(async () => (await write(`without-a-member-${Date.now()}`)) === 201, {
    what: 'a write without the member',
    timeoutMs: WAIT_MS,
  });
  await sandbox.controlPlane.start('cp-2', 'etcd');
  expect(await etcdMembers(sandbox.layout)).toEqual(NODES);
});

test('without one API server clients are answered by the others', async () => {
  await sandbox.controlPlane.stop('cp-1', 'kube-apiserver');
  expect((await apiServerVersions(sandbox.layout))['cp-1']).toBeNull();
  for (let nth = 0; nth < 6; nth += 1) expect(await write(`without-a-server-${nth}`)).toBe(201);
  await sandbox.controlPlane.start('cp-1', 'kube-apiserver');
  expect((await apiServerVersions(sandbox.layout))['cp-1']).toBe(KUBERNETES_VERSION_DEFAULT);
});

async function pidOf(node: string, component: string): Promise<number | undefined> {
  const place = controlPlaneNodes(sandbox.layout).find(({ name }) => name === node);
  if (place === undefined) throw new Error(`no node ${node}`);
  return (await podProcesses(sandbox.layout, place)).find(({ pod }) => pod === component)?.pid;
}

test('a component that was killed is started again', async () => {
  const killed = await pidOf('cp-3', 'kube-scheduler');
  if (killed === undefined) throw new Error('no scheduler runs on cp-3');
  process.kill(killed, 'SIGKILL');
  await waitUntil(async () => ![undefined, killed].includes(await pidOf('cp-3', 'kube-scheduler')), {
    what: 'another scheduler',
    timeoutMs: WAIT_MS,
  });
});

test('kubelets that are killed leave no second process of a component behind', async () => {
  await sandbox.killPart('control-plane');
  await sandbox.startPart('control-plane');
  const pods = await Promise.all(controlPlaneNodes(sandbox.layout).map((place) => podProcesses(sandbox.layout, place)));
  expect(pods.map((own) => own.map(({ pod }) => pod).toSorted())).toEqual(NODES.map(() => STATIC_PODS.toSorted()));
});

test('an act for a version that nothing is pinned to fails, and exchanges nothing', async () => {
  const before = await pidOf('cp-2', 'kube-apiserver');
  const act = { node: 'cp-2', phase: 'control-pods', kubernetes: 'v1.36.99' };
  expect(await actByHand(sandbox.api, act)).toBe('Failed');
  expect(await pidOf('cp-2', 'kube-apiserver')).toBe(before);
});

test('a control-plane node that is rebooted takes its processes with it, and is another boot', async () => {
  const before = { state: await nodeState(sandbox, 'cp-3'), pid: await pidOf('cp-3', 'etcd') };
  expect(await actByHand(sandbox.api, { node: 'cp-3', phase: 'node' })).toBe('Succeeded');
  await waitUntil(async () => (await nodeState(sandbox, 'cp-3'))?.bootId !== before.state?.bootId, {
    what: 'another boot',
    timeoutMs: WAIT_MS,
  });
  await waitUntil(async () => (await etcdMembers(sandbox.layout)).length === NODES.length, {
    what: 'all members of etcd',
    timeoutMs: WAIT_MS,
  });
  expect(await pidOf('cp-3', 'etcd')).not.toBe(before.pid);
});

/** Probes against a real API server: what exists in the cluster meanwhile and afterwards, and what was asked. */

import { afterAll, beforeEach, expect, test } from '@jest/globals';
import type { NodeRef } from '../../../domain/node/identity.ts';
import { MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { NODE_IP, POD_IP } from '../../fixtures/echo.ts';
import type { TestApiServer } from './api-server.ts';
import { createNode, deleteNode, itemsOf, podNames, setReady } from './cluster-fixtures.ts';
import type { HealingWorld } from './healing-world.ts';
import {
  createProbingWorld,
  ECHO,
  endPod,
  PODS,
  type ProbingWorld,
  podOf,
  probeOf,
  writeStatus,
} from './probing-world.ts';
import { useHealingWorld } from './use-healing-world.ts';

let server: TestApiServer;
let world: HealingWorld;
let probing: ProbingWorld;
let nodeCount = 0;
let node: NodeRef;

// Before the API server ends, which the next line registers.
afterAll(async () => probing?.close());
useHealingWorld((started) => {
  ({ server, world } = started);
  probing = createProbingWorld(server, world);
});

beforeEach(async () => {
  for (const name of await podNames(server.admin)) await setFinalizers(name, null);
  await server.admin.demand('DELETE', `${PODS}?gracePeriodSeconds=0`);
  nodeCount += 1;
  node = await createNode(server.admin, `win-${nodeCount}`);
  const seen = await world.nodes.observe(node.name);
  if (seen.kind === 'present') world.known.set(node.name, seen.facts);
  probing.networks.set(node.name, { addresses: [NODE_IP], podCidrs: [], windowsBuild: '10.0.20348' });
  world.requests.length = 0;
  world.attempts.length = 0;
  world.judged.length = 0;
});

const verbs = () => world.requests.map(({ verb, resource, code }) => `${verb} ${resource} ${code}`);

async function setFinalizers(name: string, finalizers: readonly string[] | null): Promise<void> {
  await server.admin.demand('PATCH', `${PODS}/${name}`, {
    body: { metadata: { finalizers } },
    contentType: MERGE_PATCH,
  });
}

/** A probe whose pod ends when it is there. */
async function probe(attempt: number, end: Parameters<typeof endPod>[2] = {}) {
  const { result } = probing.start('probePod', probeOf(node, { attempt }));
  await endPod(server.admin, await podOf(server.admin, attempt), end);
  return (await result).outcome;
}

test('E9, E51: a probe makes, waits for, deletes and judges its pod in two requests, and leaves nothing', async () => {
  const { result } = probing.start('probePod', probeOf(node));
  const pod = await podOf(server.admin, 1);
  expect(pod.name).toBe(`vigilante-snat-healer-${node.name}-1`);
  const [made] = await itemsOf(server.admin, PODS);
  expect(made).toMatchObject({
    spec: { containers: [{ name: 'echo-onprem-1', image: expect.stringMatching(/nanoserver:ltsc2022$/) }] },
  });
  await endPod(server.admin, pod);

  const { outcome, node: seen } = await result;
  expect(outcome).toMatchObject({
    kind: 'judged',
    judgement: { podName: pod.name, level: 3, source: { verdict: 'proven', by: 'own', address: POD_IP } },
  });
  expect(seen).toMatchObject({ kind: 'present', facts: { uid: node.uid } });
  expect(verbs()).toEqual(['create pods 201', 'delete pods 200']);
  expect(await podNames(server.admin)).toEqual([]);
  expect(world.judged).toEqual([3]);
  expect(probing.turnaroundsMs.at(-1)).toBeGreaterThan(0);
});

test('E9: without the watch the pod is asked for until it has ended', async () => {
  const { result } = probing.start('probePod', probeOf(node), { isWatching: false });
  const pod = await podOf(server.admin, 1);
  await waitUntil(() => verbs().includes('get pods 200'), { what: 'the pod to be asked for', timeoutMs: 60_000 });
  await endPod(server.admin, pod);
  expect((await result).outcome).toMatchObject({ kind: 'judged', judgement: { level: 3 } });
});

test.each([
  [
    'the address of the node',
    () => ({ source: NODE_IP }),
    { verdict: 'refuted', by: 'node' },
    /^SNATed: onprem-1 saw the node's/,
  ],
  [
    'another address',
    () => ({ source: '192.0.2.9' }),
    { verdict: 'refuted', by: 'other' },
    /^SNATed: onprem-1 saw 192/,
  ],
  [
    'an answer to another pod',
    () => ({ answer: ECHO.answer({ nonce: 'other', source: POD_IP }) }),
    { verdict: 'silent' },
    /to the nonce other/,
  ],
])('E4, E7: %s is judged from what the DELETE returned', async (_what, end, source, detail) => {
  expect(await probe(1, end())).toMatchObject({
    kind: 'judged',
    judgement: { level: 2, detail: expect.stringMatching(detail), source },
  });
  expect(verbs()).toEqual(['create pods 201', 'delete pods 200']);
});

test('E10: a pod that does not end in time is deleted and silent, and says what it waits for', async () => {
  const { probe: asked } = probeOf(node);
  const { result } = probing.start('probePod', probeOf(node, { probe: { ...asked, patienceMs: 4_000 } }));
  const { name } = await podOf(server.admin, 1);
  await writeStatus(server.admin, name, {
    hostIP: NODE_IP,
    podIP: POD_IP,
    podIPs: [{ ip: POD_IP }],
    containerStatuses: [
      {
        name: 'echo-onprem-1',
        image: '',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { waiting: { reason: 'ErrImagePull' } },
      },
    ],
  });
  expect((await result).outcome).toMatchObject({
    kind: 'judged',
    judgement: { detail: expect.stringContaining('onprem-1: late: ErrImagePull'), source: { verdict: 'silent' } },
  });
  expect(await podNames(server.admin)).toEqual([]);
});

test('E10: a pod that others remove ends the wait at once, without a verdict', async () => {
  const { result } = probing.start('probePod', probeOf(node));
  const { name } = await podOf(server.admin, 1);
  await server.admin.demand('DELETE', `${PODS}/${name}?gracePeriodSeconds=0`);
  expect((await result).outcome).toEqual({ kind: 'vanished' });
  expect(world.judged).toEqual([]);
});

test('E11: a worker that ends leaves its pod, and the next one waits for it and judges it', async () => {
  const first = probing.start('probePod', probeOf(node));
  const pod = await podOf(server.admin, 1);
  first.cancel('WORKER_SHUTDOWN');
  await expect(first.result).rejects.toMatchObject({ type: 'ClusterUnreachable', nonRetryable: false });
  expect(await podOf(server.admin, 1)).toEqual(pod);

  const second = probing.start('probePod', probeOf(node), { attempt: 2 });
  await waitUntil(() => verbs().includes('get pods 200'), { what: 'the pod to be found', timeoutMs: 60_000 });
  await endPod(server.admin, pod);
  expect((await second.result).outcome).toMatchObject({ kind: 'judged', judgement: { level: 3 } });
  expect(verbs()).toEqual(['create pods 201', 'get pods 200', 'delete pods 200']);
  expect(world.attempts.map(({ outcome }) => outcome)).toEqual(['created']);
});

test('E11: a pod that ended while nobody waited for it is judged by the retry', async () => {
  const first = probing.start('probePod', probeOf(node));
  const pod = await podOf(server.admin, 1);
  first.cancel('WORKER_SHUTDOWN');
  await expect(first.result).rejects.toThrow();
  await endPod(server.admin, pod);
  const { result } = probing.start('probePod', probeOf(node), { attempt: 2 });
  expect((await result).outcome).toMatchObject({ kind: 'judged', judgement: { level: 3 } });
});

test('E11: a pod of the same name of another run is removed, and the probe made', async () => {
  const left = await world.pods.create({ node, attempt: 1, run: 'an earlier run' });
  const { result } = probing.start('probePod', probeOf(node));
  const old = left.kind === 'created' ? left.pod.uid : '';
  const pod = await waitUntil(
    async () => {
      const found = await podOf(server.admin, 1);
      return found.uid === old ? null : found;
    },
    { what: 'the new pod', timeoutMs: 60_000 },
  );
  await endPod(server.admin, pod);
  expect((await result).outcome).toMatchObject({ kind: 'judged', judgement: { level: 3 } });
});

test('E10: a heal that is cancelled ends its pod', async () => {
  const { result, cancel } = probing.start('probePod', probeOf(node));
  await podOf(server.admin, 1);
  cancel('CANCELLED');
  expect((await result).outcome).toMatchObject({ kind: 'judged', judgement: { source: { verdict: 'silent' } } });
  expect(await podNames(server.admin)).toEqual([]);
});

test('H12: where finalizers hold every pod, three are there at most: probes are rejected until they are let go', async () => {
  const outcomes: string[] = [];
  for (let attempt = 1; attempt <= 6; attempt += 1) {
    const isAfterRejection = outcomes.at(-1) === 'rejected';
    const { result } = probing.start('probePod', probeOf(node, { attempt, isAfterRejection }));
    if (!isAfterRejection) {
      const pod = await podOf(server.admin, attempt);
      await setFinalizers(pod.name, ['example.com/keep']);
      await endPod(server.admin, pod);
    }
    outcomes.push((await result).outcome.kind);
  }
  expect(outcomes).toEqual(['judged', 'judged', 'rejected', 'rejected', 'rejected', 'rejected']);
  expect(await podNames(server.admin)).toHaveLength(3);
  for (const name of await podNames(server.admin)) await setFinalizers(name, null);
  const { result } = probing.start('probePod', probeOf(node, { attempt: 7, isAfterRejection: true }));
  await endPod(server.admin, await podOf(server.admin, 7));
  expect((await result).outcome).toMatchObject({ kind: 'judged', judgement: { level: 3 } });
});

test.each([
  ['is not Ready', async () => setReady(server.admin, node.name, false)],
  ['is gone', async () => deleteNode(server.admin, node.name)],
])('H9: no pod is made for a node that %s', async (_how, change) => {
  await change();
  world.known.delete(node.name);
  const { result } = probing.start('probePod', probeOf(node));
  expect((await result).outcome).toEqual({ kind: 'skipped' });
  expect(await podNames(server.admin)).toEqual([]);
});

test('H11: a pod that the API server refuses is a rejected probe', async () => {
  const { probe: asked } = probeOf(node);
  // Two containers of one name.
  const { result } = probing.start(
    'probePod',
    probeOf(node, { probe: { ...asked, endpoints: ['onprem-1', 'onprem-1'] } }),
  );
  expect((await result).outcome).toMatchObject({ kind: 'rejected', status: 422 });
});

test.each([
  ['profile', () => probeOf(node), 'gpu', 'the configuration of this worker has no profile gpu'],
  [
    'endpoint',
    () => probeOf(node, { probe: { ...probeOf(node).probe, endpoints: ['onprem-9'] } }),
    'snat',
    'the configuration of this worker has no endpoint onprem-9 in healing.echo.endpoints',
  ],
])(
  'E44: a %s that the worker’s file does not have is tried again each 30 s, and nothing is made',
  async (_what, input, profile, message) => {
    const { result } = probing.start('probePod', input(), { profile });
    await expect(result).rejects.toMatchObject({
      type: 'ProfileUnknown',
      message,
      nonRetryable: false,
      nextRetryDelay: 30_000,
    });
    expect(verbs()).toEqual([]);
  },
);

test('E9: a verification has a pod of its own, which no sweep takes, and leaves that of a heal alone', async () => {
  const heal = probing.start('probePod', probeOf(node, { attempt: 5 }));
  const healing = await podOf(server.admin, 5);
  const left = await world.pods.create({ node, attempt: 1, run: 'an earlier one', purpose: 'verify' });
  expect(left.kind).toBe('created');
  expect((await world.pods.listAll()).map(({ name }) => name)).toEqual([healing.name]);

  const { result } = probing.start('probePod', probeOf(node, { purpose: 'verify' }));
  const old = left.kind === 'created' ? left.pod.uid : '';
  const pod = await waitUntil(
    async () => {
      const found = await podOf(server.admin, 1);
      return found.uid === old ? null : found;
    },
    { what: 'the new pod', timeoutMs: 60_000 },
  );
  await endPod(server.admin, pod);
  expect((await result).outcome).toMatchObject({ kind: 'judged', judgement: { level: 3 } });
  expect(await podNames(server.admin)).toEqual([healing.name]);
  await endPod(server.admin, healing);
  expect((await heal.result).outcome).toMatchObject({ kind: 'judged', judgement: { level: 3 } });
  expect(world.attempts.map(({ attempt }) => attempt)).toEqual([5]);
});

test('E51: a heal that ends marked takes eight requests at most beside those of its probes', async () => {
  await world.pods.create({ node, attempt: 9, run: 'an earlier run' });
  world.requests.length = 0;
  await probing.start('beginOnboarding', { node: node.name, resetAnnotation: false, event: 'healing starts' }).result;
  expect(await podNames(server.admin)).toEqual([]);
  expect(await probe(1)).toMatchObject({ kind: 'judged' });
  const concluded = await probing.start('concludeHealing', { node, previousPod: null }).result;
  const { nodeVersion } = concluded;
  const evidence = '1 of 1 pods proved their network (evidence: source-address)';
  const proof = { proven: 1, attempts: 1, evidence: 'source-address' };
  expect(await probing.start('annotateNode', { node, nodeVersion, evidence, proof }).result).toEqual({
    kind: 'annotated',
  });
  // One of them removes the pod that was left.
  expect(world.requests.length - 2).toBeLessThanOrEqual(8 + 1);
  expect((await world.nodes.observe(node.name)).kind).toBe('present');
});

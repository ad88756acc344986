/** Beginning, annotating, concluding and cancelling a heal against a real API server. */

import { beforeEach, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';

import type { PodRef } from '../../../contracts/healing/activities.ts';
import type { NodeRef } from '../../../domain/node/identity.ts';
import type { TestApiServer } from './api-server.ts';
import {
  annotationsOf,
  createNode,
  deleteNode,
  fields,
  itemsOf,
  NAMESPACE,
  patchNode,
  patchNodeInfo,
  podNames,
  provePod,
} from './cluster-fixtures.ts';
import type { HealingWorld } from './healing-world.ts';
import { useHealingWorld } from './use-healing-world.ts';

const HEALED = 'cops-vigilante-snat-node-healed';
const PROOF = 'vigilante-snat-proof';

let server: TestApiServer;
let world: HealingWorld;
let nodeCount = 0;
let node: NodeRef;

useHealingWorld((started) => {
  ({ server, world } = started);
});

beforeEach(async () => {
  nodeCount += 1;
  world.refused.length = 0;
  node = await createNode(server.admin, `win-${nodeCount}`);
  await server.admin.demand('DELETE', `/api/v1/namespaces/${NAMESPACE}/pods?gracePeriodSeconds=0`);
});

async function createdPod(attempt: number, of: NodeRef = node): Promise<PodRef> {
  const result = await world.pods.create({ node: of, attempt, run: 'an earlier run' });
  if (result.kind !== 'created') throw new Error(`expected a pod, got ${JSON.stringify(result)}`);
  return result.pod;
}

async function eventsOf(of: NodeRef): Promise<Record<string, unknown>[]> {
  return itemsOf(server.admin, `/api/v1/namespaces/default/events?fieldSelector=involvedObject.uid=${of.uid}`);
}

test('H7: the annotation is written on the node with the uid, and in the same patch for which machine it is true', async () => {
  await patchNodeInfo(server.admin, node.name, { systemUUID: 'machine-1', bootID: '7', osImage: 'Windows' });
  const proof = { proven: 3, attempts: 4, evidence: 'sandbox' };
  world.requests.length = 0;
  expect(await world.run('annotateNode', { node, nodeVersion: null, evidence: '3 pods proved it', proof })).toEqual({
    kind: 'annotated',
  });
  expect(world.requests.filter(({ verb }) => verb === 'patch')).toHaveLength(1);
  const annotations = await annotationsOf(server.admin, node.name);
  expect(annotations).toEqual({ [HEALED]: 'true', [PROOF]: expect.any(String) });
  expect(JSON.parse(annotations[PROOF] ?? '')).toMatchObject({
    v: 1,
    uid: node.uid,
    machine: 'machine-1',
    boot: '7',
    os: 'Windows',
    proven: 3,
    attempts: 4,
    at: expect.stringMatching(/^20\d\d-/),
  });
  expect(await world.nodes.observe(node.name)).toMatchObject({ facts: { healed: true, mark: 'proven' } });
});

test('H7, H8: a concluded heal gets the version that it may annotate together with the node in that version', async () => {
  const { node: seen, nodeVersion } = await world.run('concludeHealing', { node, previousPod: null });
  expect(nodeVersion).not.toBeNull();
  expect(seen).toEqual(await world.nodes.observe(node.name));
  expect(seen).toMatchObject({ kind: 'present', facts: { uid: node.uid } });
});

test('H7, H15: an annotation that comes late, after someone wrote the node, is not written', async () => {
  const { nodeVersion } = await world.run('concludeHealing', { node, previousPod: null });
  await world.nodes.annotate(node, { [HEALED]: 'false' });

  expect(await world.run('annotateNode', { node, nodeVersion, evidence: 'late' })).toEqual({ kind: 'node-changed' });
  // So that what is written between its reading and its patch stops it as well.
  expect(await world.nodes.annotate(node, { [HEALED]: 'true' }, nodeVersion)).toEqual({ kind: 'node-changed' });
  expect(await annotationsOf(server.admin, node.name)).toEqual({ [HEALED]: 'false' });
});

test('H7, H15: an annotation that was written before its activity was retried counts as written', async () => {
  const { nodeVersion } = await world.run('concludeHealing', { node, previousPod: null });
  const input = { node, nodeVersion, evidence: 'proved' };
  expect(await world.run('annotateNode', input)).toEqual({ kind: 'annotated' });
  expect(await world.run('annotateNode', input)).toEqual({ kind: 'annotated' });
  expect(await annotationsOf(server.admin, node.name)).toMatchObject({ [HEALED]: 'true' });
  expect(await eventsOf(node)).toMatchObject([{ reason: 'Healed' }]);
});

test('H7, H10: a mark that somebody else wrote meanwhile does not count as written by us', async () => {
  const { nodeVersion } = await world.run('concludeHealing', { node, previousPod: null });
  await patchNode(server.admin, node.name, { annotations: { [HEALED]: 'true' } });
  expect(await world.run('annotateNode', { node, nodeVersion, evidence: 'late' })).toEqual({ kind: 'node-changed' });
  expect(await annotationsOf(server.admin, node.name)).toEqual({ [HEALED]: 'true' });
});

test('H7: the annotation never lands on another node of that name', async () => {
  await deleteNode(server.admin, node.name);
  await createNode(server.admin, node.name, { annotations: { other: 'kept' } });

  expect(await world.run('annotateNode', { node, nodeVersion: null, evidence: 'old' })).toEqual({
    kind: 'node-replaced',
  });
  // So does a node that is replaced between its reading and its patch.
  expect(await world.nodes.annotate(node, { [HEALED]: 'true' })).toEqual({ kind: 'node-replaced' });
  expect(await annotationsOf(server.admin, node.name)).toEqual({ other: 'kept' });
});

test('H7: a node that is gone is not annotated, and that is no error', async () => {
  await deleteNode(server.admin, node.name);
  expect(await world.run('annotateNode', { node, nodeVersion: null, evidence: 'old' })).toEqual({ kind: 'node-gone' });
});

test('H17: a healed node gets one Event, also when the activity is retried', async () => {
  await world.run('annotateNode', { node, nodeVersion: null, evidence: '3 pods proved it' });
  await world.run('annotateNode', { node, nodeVersion: null, evidence: '3 pods proved it' });

  const events = await eventsOf(node);
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({ reason: 'Healed', type: 'Normal', message: '3 pods proved it' });
  expect(events[0]).toMatchObject({
    reportingComponent: 'vigilante',
    involvedObject: { kind: 'Node', name: node.name },
  });
});

test.each([
  ['HealingStalled', 'Warning'],
  ['HealingUnproven', 'Warning'],
] as const)('H17: the Event %s is written with the type %s', async (reason, type) => {
  await world.run('recordHealingEvent', { node, reason, message: 'why', attempt: 10 });
  await world.run('recordHealingEvent', { node, reason, message: 'why', attempt: 20 });

  const events = await eventsOf(node);
  expect(events.map((event) => [event['reason'], event['type']])).toEqual([
    [reason, type],
    [reason, type],
  ]);
});

test('H17: an Event that the API server refuses does not fail the heal, and is counted', async () => {
  const right = { apiGroup: '', resource: 'events', verb: 'create' };
  await server.setRights([{ component: 'worker', scope: 'defaultNamespaceRules', ...right }]);
  try {
    expect(await world.run('annotateNode', { node, nodeVersion: null, evidence: 'proved' })).toEqual({
      kind: 'annotated',
      eventProblem: expect.stringMatching(/^Healed: create events .*: 403 Forbidden/),
    });
    expect(world.eventsDropped).toEqual(['Healed']);
    expect(await eventsOf(node)).toEqual([]);
  } finally {
    await server.setRights([]);
  }
});

test.each([
  ['annotateNode', { nodeVersion: null, evidence: 'proved' }],
  ['beginHealing', { resetAnnotation: true, attempt: 1, event: null }],
  ['cleanUpCancelled', { previousPod: null }],
] as const)(
  'H7, H13, H14: a write to the node that the API server refuses in %s is reported once and counted',
  async (step, rest) => {
    const right = { apiGroup: '', resource: 'nodes', verb: 'patch' };
    await server.setRights([{ component: 'worker', scope: 'clusterRules', ...right }]);
    try {
      const input = step === 'beginHealing' ? { node: node.name, ...rest } : { node, ...rest };
      const failureOf = async (known: readonly string[]) => {
        const failed: unknown = await world.run(step, input as never, '1', { known }).catch((error: unknown) => error);
        if (!(failed instanceof ApplicationFailure)) throw new Error(`expected a failure, got ${String(failed)}`);
        const { type, nonRetryable, message } = failed;
        return { type, nonRetryable, message };
      };
      const message = expect.stringMatching(`^patch nodes ${node.name}: 403 Forbidden`);
      const reported = await failureOf([]);
      expect(reported).toEqual({ type: 'RefusalReported', nonRetryable: true, message });
      expect(await failureOf([reported.message])).toEqual({ type: 'ClusterRefused', nonRetryable: false, message });
      expect(world.refused).toEqual([step, step]);
    } finally {
      await server.setRights([]);
    }
  },
);

test('H3, H15: a heal begins with its first pod and removes what earlier heals left, one of its name too', async () => {
  const left = [await createdPod(1), await createdPod(2)];
  const other = await createNode(server.admin, `${node.name}-neighbour`);
  const neighbour = await createdPod(1, other);

  const begun = await world.run('beginHealing', {
    node: node.name,
    attempt: 1,
    resetAnnotation: false,
    event: 'starts',
  });

  expect(begun.node).toMatchObject({ kind: 'present', facts: { uid: node.uid, ready: true, windows: true } });
  expect(begun.outcome).toMatchObject({ kind: 'created', pod: { attempt: 1 } });
  expect(left.map(({ uid }) => uid)).not.toContain(begun.outcome.kind === 'created' ? begun.outcome.pod.uid : '');
  expect(new Set(await podNames(server.admin))).toEqual(new Set([left[0]?.name, neighbour.name]));
  expect(await eventsOf(node)).toMatchObject([{ reason: 'HealingStarted', message: 'starts' }]);
});

test('H9: a heal that begins on a recreated node removes the pods of the old one', async () => {
  await createdPod(4);
  await deleteNode(server.admin, node.name);
  const recreated = await createNode(server.admin, node.name);

  const begun = await world.run('beginHealing', { node: node.name, attempt: 1, resetAnnotation: true, event: null });

  expect(begun).toMatchObject({ node: { kind: 'present', facts: { uid: recreated.uid } } });
  expect(await podNames(server.admin)).toEqual([begun.outcome.kind === 'created' ? begun.outcome.pod.name : '']);
});

test('H9: a heal that begins on a node that is gone removes its pods and writes no Event', async () => {
  await createdPod(1);
  await deleteNode(server.admin, node.name);

  const begun = await world.run('beginHealing', {
    node: node.name,
    attempt: 1,
    resetAnnotation: true,
    event: 'starts',
  });

  expect(begun).toEqual({ node: { kind: 'gone' }, outcome: { kind: 'skipped' } });
  expect(await podNames(server.admin)).toEqual([]);
  expect(await eventsOf(node)).toEqual([]);
});

test('H13: a restart sets the annotation to false, and takes its proof away', async () => {
  await world.nodes.annotate(node, { [HEALED]: 'true', [PROOF]: '{}', other: 'kept' });

  const begun = await world.run('beginHealing', { node: node.name, attempt: 1, resetAnnotation: true, event: null });

  expect(begun.node).toMatchObject({ kind: 'present', facts: { healed: false } });
  expect(await annotationsOf(server.admin, node.name)).toEqual({ [HEALED]: 'false', other: 'kept' });
});

test('H5: the last pod is judged when the heal concludes, and every pod of the node removed', async () => {
  const last = await createdPod(7);
  await provePod(server.admin, last.name);
  await createdPod(3);

  const concluded = await world.run('concludeHealing', { node, previousPod: last });

  expect(concluded).toMatchObject({ judgement: { podName: last.name, level: 2 } });
  expect(await podNames(server.admin)).toEqual([]);
});

test('H14: cancelling removes the pods, switches the node off and writes an Event', async () => {
  const pod = await createdPod(1);
  await world.run('cleanUpCancelled', { node, previousPod: pod });

  expect(await podNames(server.admin)).toEqual([]);
  expect(await annotationsOf(server.admin, node.name)).toEqual({ 'vigilante-healing': 'disabled' });
  expect(await eventsOf(node)).toMatchObject([{ reason: 'HealingCancelled' }]);
});

test('H14: cancelling a heal whose node was recreated leaves the new node alone', async () => {
  const pod = await createdPod(1);
  await deleteNode(server.admin, node.name);
  await createNode(server.admin, node.name);

  await world.run('cleanUpCancelled', { node, previousPod: pod });

  expect(await podNames(server.admin)).toEqual([]);
  expect(await annotationsOf(server.admin, node.name)).toBeUndefined();
});

test('a node with a name of 253 characters gets a pod that is found and removed', async () => {
  const label = 'a'.repeat(49);
  const long = await createNode(server.admin, `${`${label}.`.repeat(5)}abc`);
  expect(long.name).toHaveLength(253);

  const { outcome } = await world.run('attemptPod', { node: long, attempt: 123_456, previousPod: null });
  const input = { node: long.name, attempt: 123_456, resetAnnotation: false, event: null };
  const begun = await world.run('beginHealing', input);
  const [listed] = await world.pods.listAll();
  await world.run('concludeHealing', { node: long, previousPod: null });

  expect(outcome.kind).toBe('created');
  expect(outcome).toEqual(begun.outcome);
  expect(listed).toMatchObject({ nodeName: long.name, nodeUid: long.uid, attempt: 123_456 });
  expect(await podNames(server.admin)).toEqual([]);
});

test('H1: rubbish in annotations is not healed and not switched off', async () => {
  const annotations = { [HEALED]: '{"\u0000"', 'vigilante-healing': '\ud83d\udca9'.repeat(1_000) };
  const odd = await createNode(server.admin, `${node.name}-odd`, { annotations });

  const observed = await world.run('observeNode', { node: odd.name, live: true });

  expect(observed).toMatchObject({ kind: 'present', facts: { healed: false, disabled: false, windows: true } });
});

test('H15: a pod is removed only with its uid, and listed as its labels say', async () => {
  const pod = await createdPod(5);
  const [listed] = await world.pods.listAll();
  expect(listed).toMatchObject({ name: pod.name, uid: pod.uid, nodeName: node.name, nodeUid: node.uid, attempt: 5 });
  expect(Math.abs(Date.now() - (listed?.createdMs ?? 0))).toBeLessThan(3_600_000);

  expect(await world.pods.delete({ ...pod, uid: node.uid })).toEqual({ kind: 'gone' });
  expect(await podNames(server.admin)).toEqual([pod.name]);
  const removed = await world.pods.delete(pod);
  expect(removed.kind === 'deleted' && fields(removed.pod?.metadata)['uid']).toBe(pod.uid);
  expect(await world.pods.delete(pod)).toEqual({ kind: 'gone' });
});

test('a missing permission is a retryable failure that names verb, resource and object', async () => {
  const right = { apiGroup: '', resource: 'nodes', verb: 'patch' };
  await server.setRights([{ component: 'worker', scope: 'clusterRules', ...right }]);
  try {
    await expect(world.run('annotateNode', { node, nodeVersion: null, evidence: 'proved' })).rejects.toMatchObject({
      type: 'ClusterRefused',
      nonRetryable: false,
      message: expect.stringMatching(
        new RegExp(`^patch nodes ${node.name}: 403 Forbidden: .*cannot patch resource "nodes"`),
      ),
    });
  } finally {
    await server.setRights([]);
  }
});

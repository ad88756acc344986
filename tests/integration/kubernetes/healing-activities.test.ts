/** What all healing activities owe to people: Events on the node, metrics, words about pods; on a real API server. */

import { beforeEach, expect, test } from '@jest/globals';

import type { PodRef } from '../../../contracts/healing/activities.ts';
import type { NodeRef } from '../../../domain/node/identity.ts';
import { MERGE_PATCH } from '../../../sandbox/api-client.ts';
import type { TestApiServer } from './api-server.ts';
import { createNode, itemsOf, NAMESPACE, patchNode, provePod } from './cluster-fixtures.ts';
import type { HealingWorld } from './healing-world.ts';
import { useHealingWorld } from './use-healing-world.ts';

let server: TestApiServer;
let world: HealingWorld;
let nodeCount = 0;
let node: NodeRef;

useHealingWorld((started) => {
  ({ server, world } = started);
});

beforeEach(async () => {
  nodeCount += 1;
  node = await createNode(server.admin, `win-${nodeCount}`);
  world.requests.length = 0;
});

async function createdPod(attempt: number, previousPod: PodRef | null = null): Promise<PodRef> {
  const { outcome } = await world.run('attemptPod', { node, attempt, previousPod });
  if (outcome.kind !== 'created') throw new Error(`expected a pod, got ${JSON.stringify(outcome)}`);
  return outcome.pod;
}

test('H5: a pod that proved something is judged by its final state alone, its Events are not read', async () => {
  const pod = await createdPod(1);
  const status = { phase: 'Pending', hostIP: '10.0.0.4', podIP: '10.244.3.7', podIPs: [{ ip: '10.244.3.7' }] };
  const path = `/api/v1/namespaces/${NAMESPACE}/pods/${pod.name}/status`;
  await server.admin.demand('PATCH', path, { body: { status }, contentType: MERGE_PATCH });
  world.requests.length = 0;

  const { judgement } = await world.run('concludeHealing', { node, previousPod: pod });

  expect(judgement).toMatchObject({ level: 1, detail: 'ip 10.244.3.7, no container' });
  const requests = world.requests.map(({ verb, resource }) => `${verb} ${resource}`);
  expect(requests).toEqual(['delete pods', 'list pods', 'get nodes']);
});

test('H10: a live look at a node does not trust the cache, another one does', async () => {
  const seen = await world.run('observeNode', { node: node.name, live: true });
  if (seen.kind === 'gone') throw new Error('the node is gone');
  world.known.set(node.name, seen.facts);
  await patchNode(server.admin, node.name, { annotations: { 'cops-vigilante-snat-node-healed': 'true' } });

  const live = await world.run('observeNode', { node: node.name, live: true });
  const cached = await world.run('observeNode', { node: node.name, live: false });

  expect(live).toMatchObject({ kind: 'present', facts: { healed: true } });
  expect(cached).toMatchObject({ kind: 'present', facts: { healed: false } });
});

test('H17: started, healed, stalled, unproven and cancelled are Events on the node', async () => {
  const begin = { node: node.name, attempt: 1, resetAnnotation: false, event: 'starts' };
  await world.run('beginHealing', begin, '1');
  await world.run('annotateNode', { node, nodeVersion: null, evidence: 'proved' }, '2');
  await world.run('recordHealingEvent', { node, reason: 'HealingStalled', message: 'quota', attempt: 10 }, '3');
  await world.run('recordHealingEvent', { node, reason: 'HealingUnproven', message: 'no ip', attempt: 60 }, '4');
  await world.run('cleanUpCancelled', { node, previousPod: null }, '5');

  const path = `/api/v1/namespaces/default/events?fieldSelector=involvedObject.uid=${node.uid}`;
  const events = (await itemsOf(server.admin, path)).map(({ reason, type, message, involvedObject }) => ({
    reason,
    type,
    message,
    on: involvedObject,
  }));
  const on = { apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid };
  expect(new Set(events)).toEqual(
    new Set([
      { reason: 'HealingStarted', type: 'Normal', message: 'starts', on },
      { reason: 'Healed', type: 'Normal', message: 'proved', on },
      { reason: 'HealingStalled', type: 'Warning', message: 'quota', on },
      { reason: 'HealingUnproven', type: 'Warning', message: 'no ip', on },
      { reason: 'HealingCancelled', type: 'Normal', message: expect.stringContaining('vigilante heal'), on },
    ]),
  );
});

test('H18: each attempt, each judged pod and the healing are reported to the metrics once', async () => {
  for (const told of [world.attempts, world.judged, world.healed]) told.length = 0;
  const first = await createdPod(1);
  await provePod(server.admin, first.name);
  const second = await createdPod(2, first);
  await world.run('concludeHealing', { node, previousPod: second });
  await world.run('annotateNode', { node, nodeVersion: null, evidence: 'proved' });

  expect(world.attempts.map(({ attempt, outcome, level }) => [attempt, outcome, level])).toEqual([
    [1, 'created', null],
    [2, 'created', 2],
  ]);
  expect(world.judged).toEqual([2, 0]);
  expect(world.healed).toEqual([{ node, readyChangedMs: Date.parse('2026-01-01T00:00:00Z') }]);
});

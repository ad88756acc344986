/** Healing pods with a finalizer of somebody else, on a real API server: they are deleted, and stay. */

import { beforeEach, expect, test } from '@jest/globals';

import type { AttemptPodResult, PodRef } from '../../../contracts/healing/activities.ts';
import type { NodeRef } from '../../../domain/node/identity.ts';
import { MERGE_PATCH } from '../../../sandbox/api-client.ts';
import type { TestApiServer } from './api-server.ts';
import { createNode, itemsOf, NAMESPACE, podNames, provePod } from './cluster-fixtures.ts';
import type { HealingWorld } from './healing-world.ts';
import { useHealingWorld } from './use-healing-world.ts';

const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const FINALIZER = 'example.com/keep';

let server: TestApiServer;
let world: HealingWorld;
let nodeCount = 0;
let node: NodeRef;

useHealingWorld((started) => {
  ({ server, world } = started);
});

beforeEach(async () => {
  for (const name of await podNames(server.admin)) await letGo(name);
  await server.admin.demand('DELETE', `${PODS}?gracePeriodSeconds=0`);
  nodeCount += 1;
  node = await createNode(server.admin, `win-${nodeCount}`);
  world.judged.length = 0;
});

async function setFinalizers(name: string, finalizers: readonly string[] | null): Promise<void> {
  await server.admin.demand('PATCH', `${PODS}/${name}`, {
    body: { metadata: { finalizers } },
    contentType: MERGE_PATCH,
  });
}

const letGo = (name: string) => setFinalizers(name, null);

/** An attempt whose pod gets the finalizer as soon as it is there, as by a webhook. */
async function attempt(number: number, previousPod: PodRef | null, isHeld = true): Promise<AttemptPodResult> {
  const result = await world.run('attemptPod', { node, attempt: number, previousPod });
  if (isHeld && result.outcome.kind === 'created') await setFinalizers(result.outcome.pod.name, [FINALIZER]);
  return result;
}

function podOf({ outcome }: AttemptPodResult): PodRef | null {
  return outcome.kind === 'skipped' ? null : (outcome.pod ?? null);
}

test('H3, H5: a pod that is held is judged once, says so, and does not keep the next one from being made', async () => {
  const first = podOf(await attempt(1, null));
  await provePod(server.admin, first?.name ?? '');
  const second = await attempt(2, first, false);
  expect(second.judgement).toMatchObject({
    level: 2,
    detail: expect.stringContaining(`held by the finalizers ${FINALIZER}`),
  });
  expect(second.outcome).toMatchObject({ kind: 'created', pod: { attempt: 2 } });
  await world.run('concludeHealing', { node, previousPod: podOf(second) });
  expect(world.judged).toEqual([2, 0]);
  expect(await podNames(server.admin)).toEqual([first?.name]);
});

test('H3, H12: where every pod is held, three are there at most: attempts are rejected until they are let go', async () => {
  let previous: PodRef | null = null;
  const outcomes: string[] = [];
  let last: AttemptPodResult | null = null;
  for (let number = 1; number <= 7; number += 1) {
    last = await attempt(number, previous);
    outcomes.push(last.outcome.kind);
    previous = podOf(last);
  }
  expect(outcomes).toEqual(['created', 'created', 'created', 'rejected', 'rejected', 'rejected', 'rejected']);
  expect(last?.outcome).toMatchObject({
    message: expect.stringContaining(`held by the finalizers ${FINALIZER}: no more are made`),
  });
  expect(await podNames(server.admin)).toHaveLength(3);
  // Each was judged when it was deleted first, and not again.
  expect(world.judged).toHaveLength(3);
  for (const name of await podNames(server.admin)) await letGo(name);
  expect(await attempt(8, previous, false)).toMatchObject({
    judgement: null,
    outcome: { kind: 'created', pod: { attempt: 8 } },
  });
});

test('H15: a leftover that is held and has the name of the attempt rejects this attempt; the next one has another name', async () => {
  const left = await world.pods.create({ node, attempt: 1, run: 'an earlier run' });
  const name = left.kind === 'created' ? left.pod.name : '';
  await setFinalizers(name, [FINALIZER]);
  const begun = await world.run('beginHealing', { node: node.name, attempt: 1, resetAnnotation: false, event: null });
  expect(begun.outcome).toMatchObject({
    kind: 'rejected',
    message: expect.stringContaining(`held by the finalizers ${FINALIZER}`),
  });
  expect((await attempt(2, null, false)).outcome).toMatchObject({ kind: 'created', pod: { attempt: 2 } });
});

test('H15: a pod that is held is listed with its finalizers once it is deleted, and its deletion is no removal', async () => {
  const pod = podOf(await attempt(1, null));
  if (pod === null) throw new Error('no pod');
  expect(await world.pods.listAll()).toMatchObject([{ heldBy: [] }]);
  expect(await world.pods.delete(pod)).toMatchObject({ kind: 'held', finalizers: [FINALIZER] });
  expect(await world.pods.listAll()).toMatchObject([{ heldBy: [FINALIZER] }]);
  expect(await world.pods.delete(pod)).toMatchObject({ kind: 'held' });
  const [found] = await itemsOf(server.admin, PODS);
  expect(found).toMatchObject({ metadata: { deletionGracePeriodSeconds: 0 } });
  await letGo(pod.name);
  expect(await world.pods.delete(pod)).toEqual({ kind: 'gone' });
});

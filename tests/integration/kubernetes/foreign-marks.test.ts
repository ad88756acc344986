/** Marks that are not proven for their machine, against a real API server: who believes them, and who takes them back. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import type { NodeRef } from '../../../domain/node/identity.ts';
import { connectCluster } from '../../../kubernetes/client/connection.ts';
import { listWindowsNodes } from '../../../kubernetes/nodes/list.ts';
import { startApiServer, type TestApiServer } from './api-server.ts';
import {
  annotationsOf,
  createNode,
  itemsOf,
  NAMESPACE,
  patchNode,
  patchNodeInfo,
  podNames,
} from './cluster-fixtures.ts';
import { createHealingWorld, type HealingWorld } from './healing-world.ts';

const HEALED = 'cops-vigilante-snat-node-healed';
const PROOF = 'vigilante-snat-proof';
const MACHINE = { systemUUID: 'machine-1', bootID: '7' };

let server: TestApiServer;
let believing: HealingWorld;
let healing: HealingWorld;
let nodeCount = 0;
let node: NodeRef;

beforeAll(async () => {
  server = await startApiServer();
  believing = await createHealingWorld(server);
  healing = await createHealingWorld(server, 'heal');
});

afterAll(async () => {
  await believing?.close();
  await healing?.close();
  await server?.stop();
});

beforeEach(async () => {
  nodeCount += 1;
  node = await createNode(server.admin, `win-${nodeCount}`);
  await patchNodeInfo(server.admin, node.name, MACHINE);
  await server.admin.demand('DELETE', `/api/v1/namespaces/${NAMESPACE}/pods?gracePeriodSeconds=0`);
});

const proofOf = (change: object = {}) =>
  JSON.stringify({ v: 1, uid: node.uid, machine: 'machine-1', boot: '7', ...change });
const mark = (proof?: string) =>
  patchNode(server.admin, node.name, {
    annotations: { [HEALED]: 'true', ...(proof === undefined ? {} : { [PROOF]: proof }) },
  });
const begin = (world: HealingWorld) =>
  world.run('beginHealing', { node: node.name, attempt: 1, resetAnnotation: false, event: null });

async function eventReasons(): Promise<unknown[]> {
  const events = await itemsOf(
    server.admin,
    `/api/v1/namespaces/default/events?fieldSelector=involvedObject.uid=${node.uid}`,
  );
  return events.map(({ reason }) => reason);
}

describe.each<[string, () => string | undefined, string]>([
  ['without a proof', () => undefined, 'no-proof'],
  ['with a proof that cannot be read', () => '{"v":', 'no-proof'],
  ['with the proof of another node', () => proofOf({ uid: 'uid-of-another' }), 'other-node'],
  ['with the proof of another machine', () => proofOf({ machine: 'machine-2' }), 'other-machine'],
  ['with the proof of another boot', () => proofOf({ boot: '6' }), 'other-boot'],
])('a mark %s', (_title, proof, standing) => {
  test('H10: is believed by default: the heal that begins makes no pod and leaves the mark', async () => {
    await mark(proof());
    expect(await begin(believing)).toMatchObject({
      node: { facts: { healed: true, mark: standing } },
      outcome: { kind: 'skipped' },
    });
    expect(await podNames(server.admin)).toEqual([]);
    expect(await annotationsOf(server.admin, node.name)).toMatchObject({ [HEALED]: 'true' });
  });

  test('H10: does not count with foreignMark heal: the heal reports it, sets it to false, then makes its pod', async () => {
    await mark(proof());
    const begun = await begin(healing);
    expect(begun).toMatchObject({ node: { facts: { healed: false } }, outcome: { kind: 'created' } });
    expect(await annotationsOf(server.admin, node.name)).toEqual({ [HEALED]: 'false' });
    expect(await eventReasons()).toEqual(['ForeignMark']);
  });
});

test.each(['believe', 'heal'] as const)('H10: a proven mark counts with foreignMark %s', async (policy) => {
  await mark(proofOf());
  const begun = await begin(policy === 'heal' ? healing : believing);
  expect(begun).toMatchObject({ node: { facts: { healed: true, mark: 'proven' } }, outcome: { kind: 'skipped' } });
});

test('H10: a proof that was left behind goes when a heal begins, so that it cannot vouch for the next mark', async () => {
  await patchNode(server.admin, node.name, { annotations: { [HEALED]: 'false', [PROOF]: proofOf() } });
  expect(await begin(believing)).toMatchObject({ outcome: { kind: 'created' } });
  expect(await annotationsOf(server.admin, node.name)).toEqual({ [HEALED]: 'false' });
  await mark();
  expect(await believing.nodes.observe(node.name)).toMatchObject({ facts: { mark: 'no-proof' } });
});

test('H10: a mark set by hand in mid-heal is taken back by the next attempt, with one Event', async () => {
  const first = await begin(healing);
  const previousPod = first.outcome.kind === 'created' ? first.outcome.pod : null;
  await mark();
  const second = await healing.run('attemptPod', { node, attempt: 2, previousPod });
  expect(second).toMatchObject({ node: { facts: { healed: false } }, outcome: { kind: 'created' } });
  expect(await annotationsOf(server.admin, node.name)).toEqual({ [HEALED]: 'false' });
  await mark();
  await healing.run('attemptPod', {
    node,
    attempt: 3,
    previousPod: second.outcome.kind === 'created' ? second.outcome.pod : null,
  });
  expect(await eventReasons()).toEqual(['ForeignMark']);
});

test('H10: a mark set by hand in mid-heal is left alone by default, and the end of the heal is an Event', async () => {
  const first = await begin(believing);
  const previousPod = first.outcome.kind === 'created' ? first.outcome.pod : null;
  await mark();
  const second = await believing.run('attemptPod', { node, attempt: 2, previousPod });
  expect(second).toMatchObject({ node: { facts: { healed: true, mark: 'no-proof' } }, outcome: { kind: 'skipped' } });
  await believing.run('concludeHealing', { node, previousPod, healedElsewhere: 'set to true; 0 of 1 pods' });
  expect(await eventReasons()).toEqual(['HealedElsewhere']);
});

test('H7, H10: a heal that ends over a foreign mark makes it ours', async () => {
  await mark(proofOf({ machine: 'machine-2' }));
  const { nodeVersion } = await healing.run('concludeHealing', { node, previousPod: null });
  const input = { node, nodeVersion, evidence: 'proved', proof: { proven: 3, attempts: 3, evidence: 'sandbox' } };
  expect(await healing.run('annotateNode', input)).toEqual({ kind: 'annotated' });
  expect(await healing.nodes.observe(node.name)).toMatchObject({ facts: { healed: true, mark: 'proven' } });
});

test('H10: a healed node whose machine changes under it is foreign from then on', async () => {
  await healing.run('annotateNode', { node, nodeVersion: null, evidence: 'proved' });
  const standings: unknown[] = [];
  for (const info of [MACHINE, { ...MACHINE, bootID: '8' }, { systemUUID: 'machine-2', bootID: '7' }]) {
    await patchNodeInfo(server.admin, node.name, info);
    const seen = await healing.nodes.observe(node.name);
    standings.push(seen.kind === 'present' && [seen.facts.mark, seen.facts.healed]);
  }
  expect(standings).toEqual([
    ['proven', true],
    ['other-boot', false],
    ['other-machine', false],
  ]);
});

test('a command lists the Windows nodes with what their marks are worth, page by page', async () => {
  await mark();
  const connection = connectCluster({ kubeconfig: server.kubeconfig('worker') });
  const paged = {
    ...connection,
    send: (request: Parameters<typeof connection.send>[0]) =>
      connection.send({ ...request, query: { ...request.query, limit: '2' } }),
  };
  try {
    await createNode(server.admin, `linux-${nodeCount}`, { labels: { 'kubernetes.io/os': 'linux' } });
    const found = await listWindowsNodes(paged, { healedAnnotation: HEALED });
    expect(found).toHaveLength(nodeCount);
    expect(found.find(({ name }) => name === node.name)).toMatchObject({ healed: true, mark: 'no-proof' });
  } finally {
    await connection.close();
  }
});

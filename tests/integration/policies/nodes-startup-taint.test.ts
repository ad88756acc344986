/** What the worker may write to a node that has a startup taint, and one that has none configured, on a real API server. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEFAULT_HEALED_ANNOTATION, SNAT_PROOF_ANNOTATION } from '../../../contracts/healing/names.ts';
import { FIELD_MANAGER } from '../../../contracts/names.ts';
import { type ClusterConnection, connectCluster } from '../../../kubernetes/client/connection.ts';
import { createNodeConditions } from '../../../kubernetes/nodes/conditions.ts';
import { createNodes } from '../../../kubernetes/nodes/nodes.ts';
import { createStartupTaints } from '../../../kubernetes/nodes/startup-taints.ts';
import { MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { nodesOf } from '../../../sandbox/nodes.ts';
import { NodeSchema, type NodeState } from '../../chart/node-changes.ts';
import { nodeRef } from '../../fixtures/nodes.ts';
import { type Mutation, type PolicyWorld, refusalOf, startPolicyWorld } from './policy-world.ts';

const KEY = 'startup-taint.cluster-autoscaler.kubernetes.io/vigilante-snat';
const CONDITION = 'SnatHealed';
const STARTUP = { key: KEY, value: 'any', effect: 'NoSchedule' };
const OTHER = { key: 'example.com/other', effect: 'NoSchedule', timeAdded: '2026-01-01T00:00:00Z' };
const HEALING = {
  evidence: 'source-address',
  echo: { endpoints: [{ name: 'a', url: 'http://10.50.0.20/v1/source', answer: 'text', trust: 'unsigned' }] },
};
const WORK = { proven: 2, attempts: 2, evidence: 'source-address', run: 'run-1' };
const SPEC = 'must not change the spec of a node';

let world: PolicyWorld;
let connection: ClusterConnection;

beforeAll(async () => {
  const healing = { ...HEALING, taint: { key: KEY }, condition: CONDITION };
  world = await startPolicyWorld({ healing, profiles: [{ name: 'gpu', nodes: 'gpu=yes' }] });
  connection = connectCluster({ kubeconfig: world.kubeconfig('worker') });
});

afterAll(async () => {
  await connection?.close();
  await world?.stop();
});

const path = (name: string) => `/api/v1/nodes/${name}`;

/** As the kubelet registers it: the taints are in an entry of somebody else. */
async function addNode(name: string, taints: readonly object[] = [STARTUP, OTHER]) {
  await nodesOf(world.admin).addNode(name, {});
  await world.admin.demand('PATCH', `${path(name)}?fieldManager=kubelet`, {
    body: { spec: { taints } },
    contentType: MERGE_PATCH,
  });
  const found = await nodesOf(world.admin).getNode(name);
  return nodeRef(name, found?.uid ?? '');
}

async function stateOf(name: string): Promise<NodeState> {
  return NodeSchema.parse((await world.admin.demand('GET', path(name))).body);
}

const reading = { healedAnnotation: DEFAULT_HEALED_ANNOTATION, startupTaint: KEY };

test('E28: the patch that marks may remove the startup taint, and the others stay as they were', async () => {
  const node = await addNode('marked-1');
  const before = await stateOf('marked-1');
  const result = await createNodes(connection, reading).markHealed(node, WORK, null);
  expect(result).toMatchObject({
    kind: 'annotated',
    taint: { kind: 'removed' },
    facts: { mark: 'proven', tainted: false },
  });
  const { spec } = await stateOf('marked-1');
  expect(spec.taints).toEqual(before.spec.taints.filter(({ key }) => key !== KEY));
  expect(spec.taints).not.toEqual([]);
});

test('E28: afterwards the worker writes as ever, and the taint may go again, by which it is counted', async () => {
  const node = await addNode('marked-2', [STARTUP]);
  const nodes = createNodes(connection, reading);
  await nodes.markHealed(node, WORK, null);
  expect(await nodes.unmark(node)).toMatchObject({ kind: 'annotated' });
  expect(await nodes.markHealed(node, WORK, null)).toMatchObject({ kind: 'annotated' });
  await world.admin.demand('PATCH', `${path('marked-2')}?fieldManager=karpenter`, {
    body: { spec: { taints: [OTHER, STARTUP] } },
    contentType: MERGE_PATCH,
  });
  const taints = createStartupTaints(connection, reading);
  expect(await taints.removeAgain(node)).toEqual({ kind: 'removed', returns: 1 });
  expect(await taints.removeAgain(node)).toEqual({ kind: 'none' });
  expect((await stateOf('marked-2')).spec.taints).toMatchObject([{ key: OTHER.key }]);
});

test('E29: at the cap the worker may remove the taint without a mark', async () => {
  const node = await addNode('capped-1');
  const taints = createStartupTaints(connection, reading);
  expect(await taints.isThere(node)).toBe(true);
  expect(await taints.remove(node)).toEqual({ kind: 'removed' });
  expect((await stateOf('capped-1')).spec.taints).toMatchObject([{ key: OTHER.key }]);
});

/** Each with the patch that a stolen token may send. */
const REFUSED: readonly (readonly [title: string, patch: (taints: NodeState['spec']['taints']) => object])[] = [
  ['removal of another taint', (taints) => ({ spec: { taints: taints.filter(({ key }) => key !== OTHER.key) } })],
  ['removal of all taints', () => ({ spec: { taints: null } })],
  ['another taint', (taints) => ({ spec: { taints: [...taints, { key: 'more', effect: 'NoSchedule' }] } })],
  [
    'a startup taint with another effect',
    (taints) => ({ spec: { taints: [...taints, { key: KEY, effect: 'NoExecute' }] } }),
  ],
  [
    'another value of another taint',
    (taints) => ({
      spec: { taints: taints.map((taint) => (taint['key'] === OTHER.key ? { ...taint, value: 'x' } : taint)) },
    }),
  ],
  [
    'the removal, and a cordon',
    (taints) => ({ spec: { unschedulable: true, taints: taints.filter(({ key }) => key !== KEY) } }),
  ],
  [
    'the removal, and another taint',
    (taints) => ({
      spec: { taints: [...taints.filter(({ key }) => key !== KEY), { key: 'more', effect: 'NoExecute' }] },
    }),
  ],
];

test.each(REFUSED)('E31: refused: %s, whatever field manager it claims', async (_, patch) => {
  await addNode('refused-1').catch(() => undefined);
  const { spec } = await stateOf('refused-1');
  for (const manager of [FIELD_MANAGER, 'kubelet', '']) {
    const answer = await world.worker.call('PATCH', `${path('refused-1')}?dryRun=All&fieldManager=${manager}`, {
      body: patch(spec.taints),
      contentType: MERGE_PATCH,
    });
    expect(refusalOf(answer)).toContain(SPEC);
  }
});

test('E28: allowed: the removal of the startup taint alone', async () => {
  await addNode('allowed-1');
  const { spec } = await stateOf('allowed-1');
  const answer = await world.worker.call('PATCH', `${path('allowed-1')}?dryRun=All&fieldManager=${FIELD_MANAGER}`, {
    body: { spec: { taints: spec.taints.filter(({ key }) => key !== KEY) } },
    contentType: MERGE_PATCH,
  });
  expect(answer.status).toBe(200);
});

test('E31: a token that once removed the startup taint does not hide an added one among those of a mutating policy', async () => {
  const node = await addNode('tainted-2');
  await createNodes(connection, reading).markHealed(node, WORK, null);
  await world.addMutation(LABELLER);
  const { spec } = await stateOf('tainted-2');
  const answer = await world.worker.call('PATCH', `${path('tainted-2')}?dryRun=All&fieldManager=${FIELD_MANAGER}`, {
    body: { spec: { taints: [...spec.taints, { key: 'more', effect: 'NoSchedule' }] } },
    contentType: MERGE_PATCH,
  });
  expect(refusalOf(answer)).toContain(SPEC);
  // What the policy of others adds does not stop our own write.
  expect(await createNodes(connection, reading).unmark(node)).toMatchObject({ kind: 'annotated' });
});

const LABELLER: Mutation = {
  name: 'labeller',
  resources: ['nodes'],
  operation: 'UPDATE',
  condition: 'object.metadata.name.startsWith("tainted")',
  patches: '[JSONPatch{op: "add", path: "/metadata/labels/example.com~1seen", value: "yes"}]',
  async isObeyed(admin) {
    const body = { metadata: { annotations: { other: 'x' } } };
    const answer = await admin.call('PATCH', `${path('tainted-2')}?dryRun=All`, { body, contentType: MERGE_PATCH });
    return JSON.stringify(answer.body).includes('example.com/seen');
  },
};

test('E32: the configured condition is written beside that of the connectivity, within its bounds, and no other', async () => {
  const node = await addNode('condition-1');
  const conditions = createNodeConditions(connection);
  for (const reason of ['Healing', 'Healed']) {
    const status = reason === 'Healed' ? 'True' : 'Unknown';
    const written = await conditions.update(node, CONDITION, () => ({ status, reason, message: 'm', changedMs: 0 }));
    expect(written).toBe('written');
  }
  const change = { status: 'True', reason: 'Healed', message: 'm', changedMs: 0 } as const;
  await expect(conditions.write(node, { ...change, type: 'Other' })).rejects.toThrow(/may change no condition/);
  await expect(conditions.write(node, { ...change, type: CONDITION, reason: 'R'.repeat(129) })).rejects.toThrow(
    /at most 128 characters/,
  );
});

test('E41, E23: the annotations of a profile and of a relapse are written within their bounds', async () => {
  await addNode('profile-1');
  const send = async (annotations: object) =>
    refusalOf(
      await world.worker.call('PATCH', `${path('profile-1')}?dryRun=All&fieldManager=${FIELD_MANAGER}`, {
        body: { metadata: { annotations } },
        contentType: MERGE_PATCH,
      }),
    );
  const fine = { 'vigilante-gpu-healed': 'true', 'vigilante-gpu-proof': '{}', 'vigilante-snat-relapsed': '2026' };
  expect(await send(fine)).toBe('');
  expect(await send({ 'vigilante-gpu-healed': 'maybe' })).toContain('only to true or false');
  expect(await send({ 'vigilante-gpu-relapsed': 'x'.repeat(2_049) })).toContain('at most 2048 characters');
  expect(await send({ 'vigilante-disk-healed': 'true' })).toContain('may change no annotations');
  expect(await send({ [SNAT_PROOF_ANNOTATION]: '{}' })).toBe('');
});

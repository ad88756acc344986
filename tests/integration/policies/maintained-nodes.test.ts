/** What the maintainer may write to a node, also while mutating policies of others change it, on a real API server. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  KEEP_NODE_ANNOTATIONS,
  MAINTENANCE_ANNOTATION,
  MAINTENANCE_FIELD_MANAGER,
} from '../../../contracts/maintenance/names.ts';
import { REBOOT_ANNOTATION, REBOOT_REQUIRED } from '../../../contracts/maintenance/watch-reboots.ts';
import { FIELD_MANAGER } from '../../../contracts/names.ts';
import { type ClusterConnection, connectCluster } from '../../../kubernetes/client/connection.ts';
import {
  annotationsToAdd,
  createMaintenanceNodes,
  markChange,
  unmarkChange,
} from '../../../kubernetes/maintenance/nodes.ts';
import { MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { nodesOf } from '../../../sandbox/nodes.ts';
import { FOREIGN_ANNOTATION, NodeSchema, type NodeState } from '../../chart/node-changes.ts';
import { mark } from '../../fixtures/maintenance.ts';
import { nodeRef } from '../../fixtures/nodes.ts';
import { interferenceOn } from './interference.ts';
import { type PolicyWorld, refusalOf, startPolicyWorld } from './policy-world.ts';

const NODES = ['lin-1', 'mutated-lin-1'] as const;
const AS_MAINTAINER = `dryRun=All&fieldManager=${MAINTENANCE_FIELD_MANAGER}`;
const [KEEPER = '', OTHER_KEEPER = ''] = Object.keys(KEEP_NODE_ANNOTATIONS);

let world: PolicyWorld;
let connection: ClusterConnection;

beforeAll(async () => {
  world = await startPolicyWorld({});
  const annotations = { [FOREIGN_ANNOTATION]: 'somebody', [REBOOT_ANNOTATION]: REBOOT_REQUIRED, [KEEPER]: 'true' };
  for (const name of NODES) await nodesOf(world.admin).addNode(name, { os: 'linux', annotations });
  await world.addMutation(interferenceOn(NODES[1]));
  connection = connectCluster({ kubeconfig: world.kubeconfig('maintainer') });
});

afterAll(async () => {
  await connection?.close();
  await world?.stop();
});

async function stateOf(name: string): Promise<NodeState> {
  return NodeSchema.parse((await world.admin.demand('GET', `/api/v1/nodes/${name}`)).body);
}

/** With the code of the process: mark and cordon, the mark alone, and both away again. */
async function maintain(name: string): Promise<void> {
  const nodes = createMaintenanceNodes(connection, { healedAnnotation: 'healed' });
  const node = nodeRef(name, (await stateOf(name)).metadata.uid);
  const begun = await nodes.change(node, async (seen) => markChange(mark({ added: annotationsToAdd(seen) })));
  expect(begun).toMatchObject({ kind: 'present', node: { facts: { unschedulable: true, cordonIsOurs: true } } });
  const acting = mark({ phase: 'acting', added: [OTHER_KEEPER] });
  await nodes.change(node, async () => ({ annotations: markChange(acting).annotations ?? {} }));
  const done = await nodes.change(node, async () => unmarkChange(acting, { uncordons: true }));
  expect(done).toMatchObject({ kind: 'present', node: { facts: { unschedulable: false, mark: null } } });
  const cleared = await nodes.change(node, async () => ({ annotations: { [REBOOT_ANNOTATION]: null } }));
  if (cleared.kind !== 'present') throw new Error(cleared.kind);
  expect(cleared.node.annotations).toMatchObject({ [FOREIGN_ANNOTATION]: 'somebody', [KEEPER]: 'true' });
  expect(cleared.node.annotations).not.toHaveProperty(REBOOT_ANNOTATION);
}

test.each(NODES)('M54: the maintainer takes %s through its maintenance', async (name) => {
  await maintain(name);
});

const annotated = (annotations: Readonly<Record<string, string | null>>) => ({ metadata: { annotations } });
const cordon = { spec: { unschedulable: true } };

const ALLOWED: readonly (readonly [title: string, body: object])[] = [
  ['a cordon', cordon],
  ['no cordon any more', { spec: { unschedulable: null } }],
  ['a mark of the greatest length', annotated({ [MAINTENANCE_ANNOTATION]: 'x'.repeat(2_048) })],
  ['no request for a reboot any more', annotated({ [REBOOT_ANNOTATION]: null })],
  ['what keeps the autoscaler off', annotated({ [KEEPER]: 'true' })],
  ['what keeps Karpenter off', annotated({ [OTHER_KEEPER]: 'true' })],
  ['neither of them any more', annotated({ [KEEPER]: null, [OTHER_KEEPER]: null })],
];

test.each(ALLOWED)('M54: admitted: %s', async (_, body) => {
  for (const name of NODES) {
    const path = `/api/v1/nodes/${name}?${AS_MAINTAINER}`;
    const answer = await world.maintainer.call('PATCH', path, { body, contentType: MERGE_PATCH });
    expect(refusalOf(answer)).toBe('');
  }
});

const DENIED: readonly (readonly [title: string, patch: (node: NodeState) => object, says: string])[] = [
  ['a mark that is too long', () => annotated({ [MAINTENANCE_ANNOTATION]: 'x'.repeat(2_049) }), 'at most 2048'],
  ['a request for a reboot', () => annotated({ [REBOOT_ANNOTATION]: 'now' }), 'only remove the annotation'],
  ['autoscaling again', () => annotated({ [KEEPER]: 'false' }), 'set to true, or remove'],
  ['disruption by Karpenter', () => annotated({ [OTHER_KEEPER]: 'false' }), 'set to true, or remove'],
  ['the healed annotation', () => annotated({ 'cops-vigilante-snat-node-healed': 'true' }), 'no annotations'],
  ['another annotation', () => annotated({ [FOREIGN_ANNOTATION]: 'x' }), 'no annotations'],
  ['no other annotation', () => annotated({ [FOREIGN_ANNOTATION]: null }), 'no annotations'],
  ['a label', () => ({ metadata: { labels: { other: 'x' } } }), 'metadata of a node'],
  ['no label', () => ({ metadata: { labels: { 'kubernetes.io/arch': null } } }), 'metadata of a node'],
  ['a finalizer', () => ({ metadata: { finalizers: ['example.com/mine'] } }), 'metadata of a node'],
  ['a cordon with a label', () => ({ ...cordon, metadata: { labels: { other: 'x' } } }), 'metadata of a node'],
  [
    'a taint',
    ({ spec }) => ({ spec: { taints: [...spec.taints, { key: 'other', effect: 'NoExecute' }] } }),
    'only unschedulable',
  ],
  ['a provider id', () => ({ spec: { providerID: 'other' } }), 'only unschedulable'],
  ['no entries of managed fields', () => ({ metadata: { managedFields: [{}] } }), 'others manage'],
];

test.each(DENIED)('M54: refused, whatever field manager is claimed and others change: %s', async (_, patch, says) => {
  for (const name of NODES) {
    const body = patch(await stateOf(name));
    for (const manager of [MAINTENANCE_FIELD_MANAGER, FIELD_MANAGER, 'kubelet', '']) {
      const path = `/api/v1/nodes/${name}?dryRun=All&fieldManager=${manager}`;
      const answer = await world.maintainer.call('PATCH', path, { body, contentType: MERGE_PATCH });
      expect({ name, manager, status: answer.status }).toMatchObject({ status: 403 });
      // Elsewhere it may be another rule that sees what others change.
      if (name === NODES[0]) expect(refusalOf(answer)).toContain(says);
    }
    const asAdmin = `/api/v1/nodes/${name}?dryRun=All`;
    expect((await world.admin.call('PATCH', asAdmin, { body, contentType: MERGE_PATCH })).status).toBe(200);
  }
});

test('M54: no taint is removed behind a mutating policy', async () => {
  const path = `/api/v1/nodes/${NODES[1]}?${AS_MAINTAINER}`;
  const body = { spec: { taints: null } };
  const answer = await world.maintainer.call('PATCH', path, { body, contentType: MERGE_PATCH });
  expect(refusalOf(answer)).toContain('only unschedulable');
});

test('M54: the status of a node is not its to write, and the worker still cannot cordon', async () => {
  const path = `/api/v1/nodes/${NODES[0]}`;
  const status = { status: { capacity: { pods: '1' } } };
  const asMaintainer = `${path}/status?${AS_MAINTAINER}`;
  const answer = await world.maintainer.call('PATCH', asMaintainer, { body: status, contentType: MERGE_PATCH });
  expect(answer.status).toBe(403);
  const asWorker = `${path}?dryRun=All&fieldManager=${FIELD_MANAGER}`;
  const refused = await world.worker.call('PATCH', asWorker, { body: cordon, contentType: MERGE_PATCH });
  expect(refusalOf(refused)).toContain('must not change the spec of a node');
});

test('a heal is marked while its node is in maintenance and others change it', async () => {
  const nodes = createMaintenanceNodes(connection, { healedAnnotation: 'healed' });
  const { metadata } = await stateOf(NODES[1]);
  const node = nodeRef(NODES[1], metadata.uid);
  await nodes.change(node, async (seen) => markChange(mark({ added: annotationsToAdd(seen) })));
  const path = `/api/v1/nodes/${NODES[1]}?dryRun=All&fieldManager=${FIELD_MANAGER}`;
  const body = annotated({ 'cops-vigilante-snat-node-healed': 'true' });
  expect(refusalOf(await world.worker.call('PATCH', path, { body, contentType: MERGE_PATCH }))).toBe('');
});

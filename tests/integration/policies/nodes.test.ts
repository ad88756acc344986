/** What the worker may write to a node while mutating policies of others change the same node, on a real API server. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AGENT_CONNECTIVITY_CONDITION } from '../../../contracts/connectivity/watch-connectivity.ts';
import {
  DEFAULT_HEALED_ANNOTATION,
  HEALING_SWITCH_ANNOTATION,
  HEALING_SWITCH_OFF,
  SNAT_PROOF_ANNOTATION,
} from '../../../contracts/healing/names.ts';
import { FIELD_MANAGER } from '../../../contracts/names.ts';
import { type ClusterConnection, connectCluster } from '../../../kubernetes/client/connection.ts';
import { createNodeConditions } from '../../../kubernetes/nodes/conditions.ts';
import { createNodes } from '../../../kubernetes/nodes/nodes.ts';
import { MERGE_PATCH, STRATEGIC_PATCH } from '../../../sandbox/api-client.ts';
import { nodesOf } from '../../../sandbox/nodes.ts';
import { FORBIDDEN_CHANGES, FOREIGN_ANNOTATION, NodeSchema, type NodeState } from '../../chart/node-changes.ts';
import { nodeRef } from '../../fixtures/nodes.ts';
import { interferenceOn } from './interference.ts';
import { type Mutation, type PolicyWorld, refusalOf, startPolicyWorld } from './policy-world.ts';

const NODE = 'mutated-win-1';
const PATH = `/api/v1/nodes/${NODE}`;
const AS_WORKER = `dryRun=All&fieldManager=${FIELD_MANAGER}`;

let world: PolicyWorld;
let connection: ClusterConnection;

beforeAll(async () => {
  world = await startPolicyWorld({});
  await addNode(NODE);
  await world.addMutation(interferenceOn(NODE));
  connection = connectCluster({ kubeconfig: world.kubeconfig('worker') });
});

afterAll(async () => {
  await connection?.close();
  await world?.stop();
});

/** With an annotation of somebody, and with our condition. */
async function addNode(name: string): Promise<void> {
  const annotations = { [FOREIGN_ANNOTATION]: 'somebody', [DEFAULT_HEALED_ANNOTATION]: 'true' };
  await nodesOf(world.admin).addNode(name, { annotations });
  await world.admin.demand('PATCH', `/api/v1/nodes/${name}/status`, {
    body: { status: { conditions: [{ type: AGENT_CONNECTIVITY_CONDITION, status: 'Unknown' }] } },
    contentType: STRATEGIC_PATCH,
  });
}

async function refOf(name: string) {
  const found = await nodesOf(world.admin).getNode(name);
  return nodeRef(name, found?.uid ?? '');
}

async function nodeState(): Promise<NodeState> {
  return NodeSchema.parse((await world.admin.demand('GET', PATH)).body);
}

/** All writes of the worker, each with the code that it uses. */
async function writeAll(name: string): Promise<void> {
  const node = await refOf(name);
  const nodes = createNodes(connection, { healedAnnotation: DEFAULT_HEALED_ANNOTATION });
  // The second is no change: then the API server keeps no entry for us.
  for (const value of ['true', 'true', 'false', 'true']) {
    const { version } = await nodes.observeVersion(node.name);
    const annotations = { [DEFAULT_HEALED_ANNOTATION]: value, [SNAT_PROOF_ANNOTATION]: value === 'true' ? '{}' : null };
    expect(await nodes.annotate(node, annotations, version)).toMatchObject({ kind: 'annotated' });
  }
  for (const value of [HEALING_SWITCH_OFF, null]) {
    const written = await nodes.annotate(node, { [HEALING_SWITCH_ANNOTATION]: value });
    expect(written).toMatchObject({ kind: 'annotated' });
  }
  const conditions = createNodeConditions(connection);
  const condition = { type: AGENT_CONNECTIVITY_CONDITION, reason: 'AgentsReport', message: 'all', changedMs: 0 };
  for (const status of ['False', 'True'] as const) {
    expect(await conditions.write(node, { ...condition, status })).toBe('written');
  }
}

test('without other policies the worker writes its annotations and its condition', async () => {
  await addNode('plain-1');
  await writeAll('plain-1');
});

test('what the mutating policies of others add and change does not stop what the worker writes', async () => {
  await addNode('mutated-1');
  await writeAll('mutated-1');
  const node = await nodesOf(world.admin).getNode('mutated-1');
  expect(node?.labels).toMatchObject({ 'example.com/first': 'yes' });
});

test('what the mutating policies of others change does not excuse what a stolen token sends, whatever field manager it claims', async () => {
  await writeAll(NODE);
  const state = await nodeState();
  const managers = [FIELD_MANAGER, 'unknown', ''];
  for (const change of FORBIDDEN_CHANGES) {
    for (const fieldManager of managers) {
      const path = `${PATH}${change.subresource}?dryRun=All&fieldManager=${fieldManager}`;
      const answer = await world.worker.call('PATCH', path, { body: change.patch(state), contentType: MERGE_PATCH });
      expect({ title: change.title, fieldManager, status: answer.status }).toMatchObject({ status: 403 });
    }
  }
  for (const [title, contentType, body] of otherRequests(state)) {
    const force = contentType === APPLY_PATCH ? '&force=true' : '';
    const answer = await world.worker.call('PATCH', `${PATH}?${AS_WORKER}${force}`, { body, contentType });
    expect({ title, status: answer.status }).toEqual({ title, status: 403 });
  }
});

/** Other kinds of patches, and fields that only a mutating policy has written. */
function otherRequests({ spec }: NodeState): readonly (readonly [title: string, contentType: string, body: unknown])[] {
  const head = { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE } };
  const withoutEntries = [{ op: 'replace', path: '/metadata/managedFields', value: [{}] }];
  const first = (value: string | null) => ({ metadata: { labels: { 'example.com/first': value } } });
  return [
    ['a changed label of the policy', MERGE_PATCH, first('mine')],
    ['a removed label of the policy', MERGE_PATCH, first(null)],
    ['a removed annotation of the policy', MERGE_PATCH, { metadata: { annotations: { 'example.com/first': null } } }],
    ['the finalizers of the policy', MERGE_PATCH, { metadata: { finalizers: null } }],
    ['the taints of the policy', MERGE_PATCH, { spec: { taints: spec.taints.slice(0, 1) } }],
    ['a label by JSON patch', JSON_PATCH, [{ op: 'add', path: '/metadata/labels/other', value: 'x' }]],
    [
      'a label, and no entries',
      JSON_PATCH,
      [...withoutEntries, { op: 'add', path: '/metadata/labels/other', value: 'x' }],
    ],
    ['a label by strategic patch', STRATEGIC_PATCH, { metadata: { labels: { other: 'x' } } }],
    ['labels replaced', STRATEGIC_PATCH, { metadata: { labels: { $patch: 'replace', other: 'x' } } }],
    ['a label by apply', APPLY_PATCH, { ...head, metadata: { ...head.metadata, labels: { other: 'x' } } }],
    ['a taint by apply', APPLY_PATCH, { ...head, spec: { taints: [{ key: 'other', effect: 'NoExecute' }] } }],
  ];
}

const JSON_PATCH = 'application/json-patch+json';
const APPLY_PATCH = 'application/apply-patch+yaml';

test('a whole node is not replaced: the account has no right to', async () => {
  const { body } = await world.admin.demand('GET', PATH);
  expect((await world.worker.call('PUT', PATH, { body })).status).toBe(403);
});

test('a field manager that somebody else has excuses nothing: its entry already holds the field', async () => {
  const [first] = (await nodeState()).metadata.managedFields;
  const path = `${PATH}?dryRun=All&fieldManager=${String(first?.['manager'])}`;
  const body = { metadata: { labels: { 'kubernetes.io/arch': 'arm64' } } };
  const answer = await world.worker.call('PATCH', path, { body, contentType: MERGE_PATCH });
  expect(refusalOf(answer)).toContain('must not change the metadata of a node');
});

test('a node that more than ten managers write, and one without entries, are written as any other', async () => {
  await addNode('crowded-1');
  for (let index = 0; index < 12; index += 1) {
    await world.admin.demand('PATCH', `/api/v1/nodes/crowded-1?fieldManager=manager-${index}`, {
      body: { metadata: { labels: { [`label-${index}`]: 'x' } } },
      contentType: MERGE_PATCH,
    });
  }
  await writeAll('crowded-1');
  await addNode('bare-1');
  await world.admin.demand('PATCH', '/api/v1/nodes/bare-1', {
    body: { metadata: { managedFields: [{}] } },
    contentType: MERGE_PATCH,
  });
  await writeAll('bare-1');
});

test('an annotation and a condition that somebody else wrote before are taken over', async () => {
  await addNode('mutated-taken-1');
  for (const manager of ['kubectl-annotate', 'cops-vigilante']) {
    await world.admin.demand('PATCH', `/api/v1/nodes/mutated-taken-1?fieldManager=${manager}`, {
      body: { metadata: { annotations: { [DEFAULT_HEALED_ANNOTATION]: manager, [HEALING_SWITCH_ANNOTATION]: 'on' } } },
      contentType: MERGE_PATCH,
    });
  }
  await writeAll('mutated-taken-1');
});

/** What a stolen token sends under the name of the worker's field manager, tried only. */
function sendAsWorker(name: string, body: object) {
  return world.worker.call('PATCH', `/api/v1/nodes/${name}?${AS_WORKER}`, { body, contentType: MERGE_PATCH });
}

test('a node without entries of managers is no cover: nothing shows what was sent', async () => {
  await addNode('bare-2');
  await world.admin.demand('PATCH', '/api/v1/nodes/bare-2', {
    body: { metadata: { managedFields: [{}] } },
    contentType: MERGE_PATCH,
  });
  const answer = await sendAsWorker('bare-2', { metadata: { labels: { other: 'x' } } });
  expect(refusalOf(answer)).toContain('must not change the metadata of a node');
});

test('a field that somebody else wrote under the name of our field manager is not for the worker to change', async () => {
  await addNode('borrowed-1');
  await world.admin.demand('PATCH', `/api/v1/nodes/borrowed-1?fieldManager=${FIELD_MANAGER}`, {
    body: { metadata: { labels: { borrowed: 'before' } } },
    contentType: MERGE_PATCH,
  });
  const answer = await sendAsWorker('borrowed-1', { metadata: { labels: { borrowed: 'after' } } });
  expect(refusalOf(answer)).toContain('must not change the metadata of a node');
});

test('taints are not removed behind a mutating policy that adds one of its own', async () => {
  await addNode('tainted-1');
  await world.addMutation(TAINTER);
  const answer = await sendAsWorker('tainted-1', { spec: { taints: null } });
  expect(refusalOf(answer)).toContain('must not change the spec of a node');
});

/** Leaves taints where there are some. */
const TAINTER: Mutation = {
  name: 'tainter',
  resources: ['nodes'],
  operation: 'UPDATE',
  condition: 'object.metadata.name.startsWith("tainted") && !has(object.spec.taints)',
  patches: `[
    JSONPatch{op: "add", path: "/spec", value: Object.spec{taints: [Object.spec.taints{key: "example.com/added", effect: "NoSchedule"}]}}
  ]`,
  async isObeyed(admin) {
    const body = { spec: { taints: null } };
    const answer = await admin.call('PATCH', '/api/v1/nodes/tainted-1?dryRun=All', { body, contentType: MERGE_PATCH });
    return JSON.stringify(answer.body).includes('example.com/added');
  },
};

/** What the worker may write to a node, asked of a real API server with the token of the chart's own account. */

import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { AGENT_CONNECTIVITY_CONDITION } from '../../contracts/connectivity/watch-connectivity.ts';
import {
  DEFAULT_HEALED_ANNOTATION,
  HEALING_SWITCH_ANNOTATION,
  HEALING_SWITCH_OFF,
  SNAT_PROOF_ANNOTATION,
} from '../../contracts/healing/names.ts';
import type { NodeRef } from '../../domain/node/identity.ts';
import { type ClusterConnection, connectCluster } from '../../kubernetes/client/connection.ts';
import { createNodeConditions } from '../../kubernetes/nodes/conditions.ts';
import { createNodes } from '../../kubernetes/nodes/nodes.ts';
import { adminAccess } from '../../sandbox/admin-access.ts';
import { type ApiClient, createApiClient, MERGE_PATCH, STRATEGIC_PATCH } from '../../sandbox/api-client.ts';
import { readRules } from '../../sandbox/rbac.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { nodeRef } from '../fixtures/nodes.ts';
import { type ChartWorld, startChartWorld } from './chart-world.ts';
import { CHART, NAMESPACE, RELEASE, renderChart, runHelm, valuesOf } from './helm.ts';
import { FORBIDDEN_CHANGES, FOREIGN_ANNOTATION, type NodeChange, NodeSchema, type NodeState } from './node-changes.ts';

const NODE = 'win-1';
const WORKER = `${RELEASE}-vigilante-worker`;
const POLICY = `${NAMESPACE}-${WORKER}`;
const ACTIVE_TIMEOUT_MS = 120_000;
const NOW_MS = Date.parse('2026-01-01T00:00:00Z');

let world: ChartWorld;
let connection: ClusterConnection;
const clients: ApiClient[] = [];
let worker: ApiClient;
let node: NodeRef;

/** With the token of a kubeconfig. */
async function clientOf(kubeconfig: string): Promise<ApiClient> {
  const UsersSchema = z.object({ users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]) });
  const { users } = UsersSchema.parse(parse(await readFile(kubeconfig, 'utf8')));
  const client = createApiClient({ ...(await adminAccess(world.sandbox.layout)), token: users[0].user.token });
  clients.push(client);
  return client;
}

async function nodeState(name = NODE): Promise<NodeState> {
  return NodeSchema.parse((await world.sandbox.api.demand('GET', `/api/v1/nodes/${name}`)).body);
}

interface Answer {
  readonly status: number;
  readonly message: string;
}

/** Changes nothing: admission has its say in a dry run as well. */
async function attempt(client: ApiClient, change: Omit<NodeChange, 'title' | 'message'>): Promise<Answer> {
  const path = `/api/v1/nodes/${NODE}${change.subresource}?dryRun=All`;
  const body = change.patch(await nodeState());
  const answer = await client.call('PATCH', path, { body, contentType: MERGE_PATCH });
  const { message } = z.looseObject({ message: z.string().default('') }).parse(answer.body);
  return { status: answer.status, message };
}

async function untilActive(client: ApiClient): Promise<void> {
  const [change] = FORBIDDEN_CHANGES;
  if (change === undefined) throw new Error('there is no change to try');
  await waitUntil(async () => (await attempt(client, change)).status === 403, {
    what: 'the policy to be obeyed',
    timeoutMs: ACTIVE_TIMEOUT_MS,
  });
}

beforeAll(async () => {
  world = await startChartWorld();
  const annotations = { [FOREIGN_ANNOTATION]: 'somebody', [DEFAULT_HEALED_ANNOTATION]: 'true' };
  const { uid } = await world.sandbox.addNode(NODE, { annotations });
  await world.sandbox.api.demand('PATCH', `/api/v1/nodes/${NODE}/status`, {
    body: { status: { conditions: [{ type: AGENT_CONNECTIVITY_CONDITION, status: 'Unknown' }] } },
    contentType: STRATEGIC_PATCH,
  });
  node = nodeRef(NODE, uid);
  const { status, stderr } = world.install();
  expect({ status, stderr }).toMatchObject({ status: 0 });
  const kubeconfig = await world.kubeconfigOf(WORKER);
  connection = connectCluster({ kubeconfig: { kind: 'file', path: kubeconfig } });
  worker = await clientOf(kubeconfig);
  await untilActive(worker);
});

afterAll(async () => {
  await connection?.close();
  for (const client of clients) await client.close();
  await world?.stop();
});

const nodes = () => createNodes(connection, { healedAnnotation: DEFAULT_HEALED_ANNOTATION });
const conditions = () => createNodeConditions(connection);
const OUR_CONDITION = { type: AGENT_CONNECTIVITY_CONDITION, reason: 'AgentsReport', message: 'all', changedMs: NOW_MS };

test('the account may write what the processes write: annotations with uid and version, the switch, the condition', async () => {
  const write = nodes();
  for (const [value, proof] of [
    ['false', null],
    ['true', 'x'.repeat(2_048)],
    ['false', null],
    ['true', '{}'],
  ] as const) {
    const { version } = await write.observeVersion(node.name);
    const annotations = { [DEFAULT_HEALED_ANNOTATION]: value, [SNAT_PROOF_ANNOTATION]: proof };
    expect(await write.annotate(node, annotations, version)).toMatchObject({ kind: 'annotated' });
  }
  for (const value of [HEALING_SWITCH_OFF, null]) {
    expect(await write.annotate(node, { [HEALING_SWITCH_ANNOTATION]: value })).toMatchObject({ kind: 'annotated' });
  }
  for (const status of ['False', 'True'] as const) {
    expect(await conditions().write(node, { ...OUR_CONDITION, status })).toBe('written');
  }
  const { annotations } = (await world.sandbox.getNode(NODE)) ?? {};
  expect(annotations).toMatchObject({ [FOREIGN_ANNOTATION]: 'somebody', [DEFAULT_HEALED_ANNOTATION]: 'true' });
  expect(annotations).not.toHaveProperty(HEALING_SWITCH_ANNOTATION);
  const states = (await nodeState()).status.conditions;
  expect(states.find(({ type }) => type === AGENT_CONNECTIVITY_CONDITION)).toMatchObject({ status: 'True' });
});

test('a node with as many images, conditions and annotations as any stays within the cost limit', async () => {
  const name = 'large-1';
  const { uid } = await world.sandbox.addNode(name, {
    annotations: Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`example.com/a-${index}`, 'x'.repeat(200)]),
    ),
  });
  const { status } = await nodeState(name);
  const more = Array.from({ length: 40 }, (_, index) => ({ ...status.conditions[0], type: `Problem${index}` }));
  const images = Array.from({ length: 200 }, (_, index) => ({
    names: Array.from({ length: 5 }, (_, tag) => `registry.example.com/${'team/'.repeat(20)}image-${index}:${tag}`),
    sizeBytes: index,
  }));
  await world.sandbox.api.demand('PATCH', `/api/v1/nodes/${name}/status`, {
    body: { status: { conditions: [...status.conditions, ...more], images } },
    contentType: MERGE_PATCH,
  });
  const large = nodeRef(name, uid);
  expect(await conditions().write(large, { ...OUR_CONDITION, status: 'True' })).toBe('written');
  expect(await nodes().annotate(large, { [DEFAULT_HEALED_ANNOTATION]: 'true' })).toMatchObject({ kind: 'annotated' });
});

test.each(FORBIDDEN_CHANGES)('refused with what is allowed: $title', async (change) => {
  const { status, message } = await attempt(worker, change);
  expect({ status, message }).toMatchObject({ status: 403 });
  expect(message).toContain(`ValidatingAdmissionPolicy '${POLICY}' with binding '${POLICY}' denied request: `);
  expect(message.endsWith(`denied request: ${change.message}`)).toBe(true);
});

test('an administrator, and another account with the same rights, may do all of that', async () => {
  await world.sandbox.api.demand('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    body: {
      metadata: { name: 'another' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: POLICY },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: NAMESPACE }],
    },
  });
  const another = await clientOf(await world.kubeconfigOf('default'));
  await waitUntil(async () => (await another.call('GET', `/api/v1/nodes/${NODE}`)).status === 200, {
    what: 'the rights of the other account',
    timeoutMs: ACTIVE_TIMEOUT_MS,
  });
  for (const change of FORBIDDEN_CHANGES) {
    for (const client of [world.sandbox.api, another]) {
      expect({ title: change.title, ...(await attempt(client, change)) }).toMatchObject({ status: 200 });
    }
  }
});

test('the rules of the sandbox are the same for its own worker', async () => {
  const own = await clientOf(world.sandbox.kubeconfigOf('worker'));
  await untilActive(own);
  for (const change of FORBIDDEN_CHANGES) {
    const { status, message } = await attempt(own, change);
    expect({ status, told: message.split('denied request: ')[1] }).toEqual({ status: 403, told: change.message });
  }
});

/** Those of the sandbox, for which the chart's files are read as well. */
const OF_MAINTAINER = ['vigilante-maintainer', 'vigilante-maintainer-pods'];

test.each([POLICY, `${POLICY}-pods`, ...OF_MAINTAINER])(
  'the type check of the API server finds nothing wrong in %s',
  async (policy) => {
    const path = `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/${policy}`;
    const PolicySchema = z.object({
      metadata: z.object({ generation: z.int() }),
      status: z.object({ observedGeneration: z.int().optional(), typeChecking: z.unknown() }).optional(),
    });
    const checked = await waitUntil(
      async () => {
        const { metadata, status } = PolicySchema.parse((await world.sandbox.api.demand('GET', path)).body);
        return status?.observedGeneration === metadata.generation ? status : null;
      },
      { what: 'the type check of the policy', timeoutMs: ACTIVE_TIMEOUT_MS },
    );
    expect(checked.typeChecking ?? {}).toEqual({});
  },
);

test('no process but worker and maintainer may write nodes, so that no other needs a policy', async () => {
  const writing = Object.entries(await readRules()).flatMap(([component, { clusterRules, namespaceRules }]) =>
    [...clusterRules, ...namespaceRules]
      .filter((rule) => 'resources' in rule && rule.resources.some((resource) => /^(nodes|\*)/.test(resource)))
      .filter(({ verbs }) => verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)))
      .map(() => component),
  );
  expect(new Set(writing)).toEqual(new Set(['worker', 'maintainer']));
});

test('the policy is left out where it is not wanted, and where the API server does not know it, which the notes say', async () => {
  // `helm template` shows no notes: this chart has them as a document of their own.
  const chart = join(world.folder, 'with-notes');
  await cp(CHART, chart, { recursive: true });
  await cp(join(CHART, 'templates/NOTES.txt'), join(chart, 'files/NOTES.txt'));
  await writeFile(
    join(chart, 'templates/notes.yaml'),
    'kind: Notes\ntext: {{ tpl (.Files.Get "files/NOTES.txt") . | toJson }}\n',
  );
  const rendered = (...more: readonly string[]) => {
    const { stdout } = runHelm(['template', RELEASE, chart, '--values', valuesOf('minimal'), ...more]);
    const told = stdout.includes('kind: Notes') && stdout.includes('has no ValidatingAdmissionPolicy');
    return { told, kinds: stdout.match(/(?<=^kind: )Validating\w+/gm) ?? [] };
  };
  const both = ['Policy', 'Policy', 'PolicyBinding', 'PolicyBinding'].map((kind) => `ValidatingAdmission${kind}`);
  expect(rendered('--kube-version', '1.29.15')).toEqual({ told: true, kinds: [] });
  expect(rendered('--kube-version', '1.30.0-gke.100')).toEqual({ told: false, kinds: both });
  expect(rendered('--set', 'admissionPolicy.enabled=false')).toEqual({ told: false, kinds: [] });
});

test('another annotation is the one allowed, and one that would break the expressions is refused', () => {
  const policy = renderChart('everything').find(({ kind }) => kind === 'ValidatingAdmissionPolicy');
  expect(JSON.stringify(policy)).toContain(
    '[\\"example.com/snat-healed\\", \\"vigilante-snat-proof\\", \\"vigilante-healing\\"]',
  );
  expect(JSON.stringify(policy)).not.toContain(DEFAULT_HEALED_ANNOTATION);
  expect(() => renderChart('minimal', { 'config.healing.annotation': 'a"]' })).toThrow(
    /config\.healing\.annotation: "a\\"\]" is not the key of an annotation/,
  );
});

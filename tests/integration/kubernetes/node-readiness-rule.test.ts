/** The rule of docs/onboarding.md for the Node Readiness Controller: the API server takes it, and its condition is ours (E33). */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { showCondition } from '../../../activities/healing/condition.ts';
import type { ConditionNews } from '../../../domain/healing/condition.ts';
import type { NodeRef } from '../../../domain/node/identity.ts';
import { type ClusterConnection, connectCluster } from '../../../kubernetes/client/connection.ts';
import { createNodeConditions } from '../../../kubernetes/nodes/conditions.ts';
import { type ApiAnswer, MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { applyDefinitions } from '../../../sandbox/crds.ts';
import { useConfigFiles } from '../../fixtures/use-config-files.ts';
import { readRepositoryFile } from '../../tidy/repository-files.ts';
import { startApiServer, type TestApiServer } from './api-server.ts';
import { createNode } from './cluster-fixtures.ts';
import { NODE_READINESS_DEFINITION } from './node-readiness-definition.ts';

const RULES = '/apis/readiness.node.x-k8s.io/v1alpha1/nodereadinessrules';
const EXAMPLE = 'docs/examples/node-readiness-rule.yaml';

const RuleSchema = z.strictObject({
  apiVersion: z.literal('readiness.node.x-k8s.io/v1alpha1'),
  kind: z.literal('NodeReadinessRule'),
  metadata: z.strictObject({ name: z.string() }),
  spec: z.looseObject({
    nodeSelector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
    conditions: z.tuple([z.strictObject({ type: z.string(), requiredStatus: z.string() })]),
    taint: z.strictObject({ key: z.string(), value: z.string(), effect: z.string() }),
  }),
});
type Rule = z.infer<typeof RuleSchema>;
const NodeSchema = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()) }),
  status: z.object({ conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })) }),
});

const rule: Rule = RuleSchema.parse(parse(readRepositoryFile(EXAMPLE)));
const [condition] = rule.spec.conditions;
const { taint } = rule.spec;

const { load, problemsOf } = useConfigFiles();
let server: TestApiServer;
let connection: ClusterConnection;
let ruleCount = 0;

beforeAll(async () => {
  server = await startApiServer();
  connection = connectCluster({ kubeconfig: server.kubeconfig('worker') });
  await applyDefinitions(server.admin, [stringify(NODE_READINESS_DEFINITION, { aliasDuplicateObjects: false })]);
});

afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

/** Each under a name of its own. A field that the definition does not have is an error, as with kubectl. */
async function create(spec: object): Promise<ApiAnswer> {
  ruleCount += 1;
  const body = { ...rule, metadata: { name: `rule-${ruleCount}` }, spec };
  return server.admin.call('POST', `${RULES}?fieldValidation=Strict`, { body });
}

test('E33: the API server takes the rule of the page as it is', async () => {
  const { body } = await server.admin.demand('POST', `${RULES}?fieldValidation=Strict`, { body: rule });
  expect(body).toMatchObject({ metadata: { name: 'snat-healed' }, spec: rule.spec });
});

const keyed = (key: string) => ({ taint: { ...taint, key } });

test.each<[title: string, change: object, at: string]>([
  ['a key without the prefix', keyed('snat-healed'), 'spec.taint.key'],
  ['a key of the autoscaler', keyed('startup-taint.cluster-autoscaler.kubernetes.io/vigilante-snat'), 'spec.taint.key'],
  ['another prefix that ends alike', keyed('my-readiness.k8s.io/snat-healed'), 'spec.taint.key'],
  ['a key without a name', keyed('readiness.k8s.io/'), 'spec.taint.key'],
  ['a key with two slashes', keyed('readiness.k8s.io/snat/healed'), 'spec.taint.key'],
  ['a key whose name is too long', keyed(`readiness.k8s.io/${'a'.repeat(64)}`), 'spec.taint.key'],
  ['an effect that is none', { taint: { ...taint, effect: 'Never' } }, 'spec.taint.effect'],
  ['a value that is none of a label', { taint: { ...taint, value: 'a b' } }, 'spec.taint.value'],
  ['no node selected', { nodeSelector: {} }, 'spec.nodeSelector'],
  ['no condition', { conditions: [] }, 'spec.conditions'],
  ['a status that is none', { conditions: [{ ...condition, requiredStatus: 'Healed' }] }, 'requiredStatus'],
  ['a default status', { conditions: [{ ...condition, defaultStatus: 'True' }] }, 'bootstrap-only'],
  ['another mode', { enforcementMode: 'once' }, 'spec.enforcementMode'],
  ['no mode', { enforcementMode: undefined }, 'spec.enforcementMode'],
  ['a key that the definition does not have', { cap: '8m' }, 'unknown field "spec.cap"'],
])('E33: a rule is refused with %s', async (_, change, at) => {
  const { status, body } = await create({ ...rule.spec, ...change });
  expect({ status, body }).toMatchObject({ status: at.startsWith('unknown') ? 400 : 422 });
  expect(JSON.stringify(body)).toContain(JSON.stringify(at).slice(1, -1));
});

test('E33: of a rule that is there neither condition nor taint can be changed, as the page says', async () => {
  const { status, body } = await create(rule.spec);
  expect(status).toBe(201);
  const { metadata } = z.object({ metadata: z.object({ name: z.string() }) }).parse(body);
  const changes = [keyed('readiness.k8s.io/other'), { conditions: [{ ...condition, type: 'Other' }] }];
  for (const spec of changes) {
    const path = `${RULES}/${metadata.name}`;
    const answer = await server.admin.call('PATCH', path, { body: { spec }, contentType: MERGE_PATCH });
    expect(answer).toMatchObject({ status: 422, body: { message: expect.stringContaining('cannot be changed') } });
  }
});

/** What the worker with the condition of the rule writes on the node. */
async function show(node: NodeRef, news: ConditionNews): Promise<void> {
  const conditions = createNodeConditions(connection);
  const deps = { condition: { type: configured().condition, conditions, knownReason: () => undefined } };
  await new MockActivityEnvironment().run(() =>
    showCondition(deps, { node, news, message: news, step: 'annotateNode' }),
  );
}

/** Whether the controller would leave the node without the taint. */
async function meetsRule(node: NodeRef): Promise<boolean> {
  const { metadata, status } = NodeSchema.parse((await server.admin.demand('GET', `/api/v1/nodes/${node.name}`)).body);
  for (const [label, value] of Object.entries(rule.spec.nodeSelector.matchLabels)) {
    expect(metadata.labels[label]).toBe(value);
  }
  return status.conditions.some((one) => one.type === condition.type && one.status === condition.requiredStatus);
}

test('E32, E33: a Windows node meets the rule when it is marked, not before, and not after a relapse', async () => {
  const node = await createNode(server.admin, 'win-1');
  expect(await meetsRule(node)).toBe(false);
  for (const news of ['begun', 'Snated', 'Healed', 'Relapsed'] as const) {
    await show(node, news);
    expect({ news, isMet: await meetsRule(node) }).toEqual({ news, isMet: news === 'Healed' });
  }
});

function configuration(keys: object): string {
  const endpoint = { name: 'a', url: 'http://10.50.0.20:8080/v1/source', answer: 'text', trust: 'unsigned' };
  const healing = { evidence: 'source-address', finish: 'proven', echo: { endpoints: [endpoint] }, ...keys };
  return JSON.stringify({ healing });
}

function configured(): { readonly condition: string } {
  const { condition: type = '', taint: startupTaint } = load(configuration({ condition: condition.type })).healing;
  expect(startupTaint).toBeUndefined();
  return { condition: type };
}

test('E33: the condition of the rule, and a taint of its key beside it, are refused at start', () => {
  const keys = { condition: condition.type, taint: { key: taint.key } };
  expect(problemsOf(configuration(keys))).toEqual([
    expect.stringMatching(/^healing\.taint\.key: readiness\.k8s\.io\/snat-healed: .*Node Readiness Controller/),
  ]);
  expect(problemsOf(configuration({ ...keys, taint: { key: 'example.com/snat-healed' } }))).toEqual([]);
});

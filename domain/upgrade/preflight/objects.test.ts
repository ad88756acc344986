/** What blocks of budgets, webhooks, other tools and capacity, and what only warns. */

import { describe, expect, test } from '@jest/globals';
import { type BudgetFacts, budgetFindings } from './budgets.ts';
import { capacityFindings, type NodeRoom } from './capacity.ts';
import type { Finding } from './finding.ts';
import { toolFindings, type WorkedNode } from './others-at-work.ts';
import { quantity } from './quantity.ts';
import { type WebhookFacts, webhookFindings } from './webhooks.ts';

const NOW_MS = Date.parse('2026-11-29T12:00:00Z');
const named = (findings: readonly Finding[]) => findings.map(({ answer, object }) => `${answer} ${object}`);

describe('budgets', () => {
  const budget = (changes: Partial<BudgetFacts> = {}): BudgetFacts => ({
    namespace: 'shop',
    name: 'web',
    selector: { matchLabels: { app: 'web' } },
    isObserved: true,
    allowed: 1,
    healthy: 3,
    expected: 3,
    ...changes,
  });
  const pod = { namespace: 'shop', name: 'web-1', labels: { app: 'web' } };
  const expression = (operator: string, values: readonly string[] | null = ['web']) =>
    budget({ allowed: 0, selector: { matchExpressions: [{ key: 'app', operator, values }] } });

  test.each<[string, readonly BudgetFacts[], string[]]>([
    ['one that allows a disruption', [budget()], []],
    ['one that allows none although all are healthy', [budget({ allowed: 0 })], ['block shop/web']],
    ['one that allows none while a pod is not healthy', [budget({ allowed: 0, healthy: 2 })], ['warn shop/web']],
    ['one whose status is not observed', [budget({ isObserved: false })], ['block shop/web']],
    ['one of another namespace', [budget({ allowed: 0, namespace: 'bank' })], []],
    ['one of other pods', [budget({ allowed: 0, selector: { matchLabels: { app: 'db' } } })], []],
    ['one that selects all', [budget({ allowed: 0, selector: {} })], ['block shop/web']],
    ['one that selects nothing', [budget({ allowed: 0, selector: null })], []],
    ['one with In', [expression('In')], ['block shop/web']],
    ['one with NotIn', [expression('NotIn')], []],
    ['one with Exists', [expression('Exists', null)], ['block shop/web']],
    ['one with DoesNotExist', [expression('DoesNotExist', null)], []],
    ['one with an operator that is not known', [expression('Near')], []],
    ['two of one pod', [budget(), budget({ name: 'all', selector: {} })], ['block shop/web-1']],
  ])('M7: %s', (_, budgets, found) => {
    expect(named(budgetFindings(budgets, [pod]))).toEqual(found);
  });
});

describe('webhooks', () => {
  const webhook = (changes: Partial<WebhookFacts> = {}): WebhookFacts => ({
    name: 'policy',
    service: { namespace: 'policy', name: 'webhook', exists: true, endpointNodes: ['w-1', 'w-2'] },
    caNotAfterMs: NOW_MS + 1,
    isAboutPodsOrNodes: false,
    ...changes,
  });
  const served = (endpointNodes: readonly string[], exists = true) => ({
    service: { namespace: 'policy', name: 'webhook', exists, endpointNodes },
  });

  test.each<[string, Partial<WebhookFacts>, string[]]>([
    ['one with endpoints on two nodes', {}, []],
    ['one whose Service is gone', served([], false), ['block policy']],
    ['one without a ready endpoint', served([]), ['block policy']],
    ['one whose CA ends in a moment', { caNotAfterMs: NOW_MS + 1 }, []],
    ['one whose CA ends now', { caNotAfterMs: NOW_MS }, ['block policy']],
    ['one without a CA bundle', { caNotAfterMs: null }, []],
    ['one with all pods on one node', served(['w-1', 'w-1']), ['warn policy']],
    ['one about pods', { isAboutPodsOrNodes: true }, ['warn policy']],
    ['one about pods outside the cluster', { isAboutPodsOrNodes: true, service: null }, []],
  ])('M7: %s', (_, changes, found) => {
    expect(named(webhookFindings([webhook(changes)], NOW_MS))).toEqual(found);
  });
});

describe('others-at-work', () => {
  const node = (changes: Partial<WorkedNode> = {}): WorkedNode => ({
    name: 'w-1',
    labels: {},
    annotations: {},
    taints: [],
    ...changes,
  });
  const mco = (desired: string) => ({
    'machineconfiguration.openshift.io/currentConfig': 'a',
    'machineconfiguration.openshift.io/desiredConfig': desired,
  });

  test.each<[string, Partial<WorkedNode>, string[]]>([
    ['a node of nobody', {}, []],
    ['a node with the config that it should have', { annotations: mco('a') }, []],
    ['a node with another config', { annotations: mco('b') }, ['block w-1']],
    ['a node of a Plan', { labels: { 'plan.upgrade.cattle.io/server': '0123' } }, ['block w-1']],
    ['a node that Karpenter removes', { taints: ['karpenter.sh/disrupted'] }, ['block w-1']],
    ['a node of Karpenter', { labels: { 'karpenter.sh/nodepool': 'spot' } }, ['warn w-1']],
  ])('M44: %s', (_, changes, found) => {
    expect(named(toolFindings([node(changes)], []))).toEqual(found);
  });

  test('M44: a pod of kured blocks, and is named', () => {
    const pods = [{ tool: 'kured', pod: 'kube-system/kured-x', node: 'w-1' }];
    expect(toolFindings([node()], pods)).toEqual([
      { answer: 'block', object: 'kube-system/kured-x', detail: 'kured acts on w-1' },
    ]);
  });
});

describe('capacity', () => {
  const room = (name: string, changes: Partial<NodeRoom> = {}): NodeRoom => ({
    name,
    isOpen: true,
    allocatable: { cpu: 4, memory: 8 },
    requested: { cpu: 2, memory: 4 },
    evicted: { cpu: 2, memory: 4 },
    ...changes,
  });

  test.each<[string, readonly NodeRoom[], string[]]>([
    ['pods that just fit elsewhere', [room('a'), room('b')], []],
    ['pods that lack a CPU', [room('a', { evicted: { cpu: 2.1, memory: 4 } }), room('b')], ['warn a']],
    ['pods that lack memory', [room('a', { evicted: { cpu: 2, memory: 5 } }), room('b')], ['warn a']],
    [
      'a node that takes no pods has no room',
      [room('a'), room('b', { isOpen: false, evicted: { cpu: 0, memory: 0 } })],
      ['warn a'],
    ],
    ['a node with more than it has', [room('a'), room('b', { requested: { cpu: 9, memory: 0 } })], ['warn a']],
  ])('M7: %s', (_, nodes, found) => {
    expect(named(capacityFindings(nodes))).toEqual(found);
  });

  test.each<[string, number | null]>([
    ['2', 2],
    ['250m', 0.25],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['1e3', 1_000],
    ['2E', 2e18],
    ['100k', 100_000],
    ['.5', 0.5],
    ['', null],
    ['one', null],
    ['1gi', null],
  ])('M7: the quantity %j is %p', (text, number) => {
    expect(quantity(text)).toBe(number);
  });
});

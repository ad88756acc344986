/** One look for reboots: which nodes are answered, with what keeps them, and what has ended. */

import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import {
  CANDIDATES_MAX,
  type RebootSurvey,
  type SurveyRebootsInput,
} from '../../contracts/maintenance/watch-reboots.ts';
import type { ReportedHost } from '../../domain/maintenance/reboot-need.ts';
import type { MaintenanceNode } from '../../kubernetes/maintenance/node-facts.ts';
import { facts, mark } from '../../tests/fixtures/maintenance.ts';
import { nodeName, nodeRef, nodeUid } from '../../tests/fixtures/nodes.ts';
import { createRebootActivities, type RebootDeps, type RebootSample } from './rebooting.ts';

const NOW_MS = Date.UTC(2026, 5, 10, 12);
const SENTINEL: ReportedHost = {
  reportedMs: NOW_MS,
  uptimeSeconds: 864_000,
  bootId: null,
  sentinel: { state: 'present', changedMs: NOW_MS - 1_000 },
};
const NOTHING = { remembered: [], asked: [], ineffective: 0 };

function node(name: string, change: Partial<MaintenanceNode> = {}): MaintenanceNode {
  const { agents: _agents, sentinel: _sentinel, ...ofCluster } = facts();
  return {
    name: nodeName(name),
    facts: { ...ofCluster, uid: nodeUid(`uid-of-${name}`) },
    labels: { pool: 'a' },
    annotations: {},
    controlPlane: false,
    trueConditions: [],
    version: '1',
    ...change,
  };
}

interface World {
  readonly nodes: readonly MaintenanceNode[];
  /** Names of nodes whose sentinel file is there. */
  readonly sentinels?: readonly string[];
  readonly pods?: Readonly<
    Record<string, readonly { readonly pod: string; readonly node: ReturnType<typeof nodeName> }[]>
  >;
  readonly running?: readonly string[];
  readonly maxUptimeMs?: number;
}

async function survey(world: World, input: Partial<SurveyRebootsInput> = {}) {
  const samples: RebootSample[] = [];
  const asked: string[] = [];
  const deps: RebootDeps = {
    settings: {
      groups: [
        { name: 'first', requirements: [{ kind: 'in', key: 'pool', values: ['b'] }] },
        { name: 'rest', requirements: [{ kind: 'exists', key: 'pool' }] },
      ],
      rules: { maxUptimeMs: world.maxUptimeMs ?? null, minUptimeMs: 3_600_000 },
      conditions: ['KernelDeadlock'],
      blockingPods: ['app=db', 'app=batch'],
      executor: 'reboot-linux',
      expect: { connectivity: 'where-agents', healing: 'proven' },
      intervalMs: 300_000,
    },
    nodes: { list: async () => world.nodes, change: async () => ({ kind: 'gone' }) },
    hosts: async () => new Map((world.sentinels ?? []).map((name) => [nodeUid(`uid-of-${name}`), SENTINEL])),
    podsWith: async (selector) => world.pods?.[selector] ?? [],
    gatesFor: async ({ purpose, group }) => {
      asked.push(`${purpose}/${group}`);
      return { isOpen: group === 'rest', reasons: [] };
    },
    maintenances: {
      state: async (name) => (world.running?.includes(name) === true ? 'running' : 'closed'),
      outcome: async (name) => (world.running?.includes(name) === true ? null : 'done'),
    },
    serverNowMs: () => NOW_MS,
    onReboots: (sample) => samples.push(sample),
  };
  const { surveyReboots } = createRebootActivities(deps);
  const found = await new MockActivityEnvironment().run<[], RebootSurvey, () => Promise<RebootSurvey>>(() =>
    surveyReboots({ ...NOTHING, ...input }),
  );
  return { found, samples, asked };
}
const named = (found: RebootSurvey) => found.candidates.map((one) => one.node.name);

test('a node that is up for longer than it may be is counted for itself, and is one of those that need a reboot', async () => {
  const nodes = [node('old'), node('unknown')];
  const { samples } = await survey({ nodes, sentinels: ['old'], maxUptimeMs: 863_999_000 });
  expect(samples).toMatchObject([{ upTooLong: 1, nodes: [{ isRequired: true }, { isRequired: false }] }]);
  const { samples: young } = await survey({ nodes, sentinels: ['old'], maxUptimeMs: 864_000_000 });
  expect(young).toMatchObject([{ upTooLong: 0 }]);
});

test('M43: nodes that need a reboot are answered in order; others, and those in no group, are only counted', async () => {
  const nodes = [
    node('idle'),
    node('a'),
    node('b', { labels: { pool: 'b' } }),
    node('c', { annotations: { 'vigilante-reboot': 'required' } }),
    node('d', { annotations: { 'vigilante-reboot': 'perhaps' } }),
    node('e', {
      trueConditions: [
        { type: 'Ready', changedMs: 1 },
        { type: 'KernelDeadlock', changedMs: 7 },
      ],
    }),
    node('lone', { labels: {} }),
  ];
  const { found, samples, asked } = await survey({ nodes, sentinels: ['a', 'b', 'lone'] }, { ineffective: 2 });
  expect(named(found)).toEqual(['b', 'c', 'e', 'a']);
  expect(found.candidates[2]).toMatchObject({ conditions: [{ type: 'KernelDeadlock', changedMs: 7 }] });
  expect(found).toMatchObject({ requiredCount: 4, unknownCount: 4, executor: 'reboot-linux', intervalMs: 300_000 });
  const [sample] = samples;
  expect(sample).toMatchObject({ ineffective: 2, upTooLong: 0 });
  expect(sample?.nodes.filter(({ isRequired }) => isRequired)).toHaveLength(4);
  expect(asked.toSorted()).toEqual(['reboot/first', 'reboot/rest']);
  expect(found.candidates.map(({ gate }) => gate.isOpen)).toEqual([false, true, true, true]);
});

test('M43, M44: each candidate comes with what keeps it: blocking pods, other tools, a maintenance, a mark', async () => {
  const a = nodeName('a');
  const nodes = [
    node('a'),
    node('b', { facts: { ...node('b').facts, mark: mark() } }),
    node('c'),
    node('d', {
      annotations: {
        'machineconfiguration.openshift.io/currentConfig': 'one',
        'machineconfiguration.openshift.io/desiredConfig': 'two',
      },
    }),
  ];
  const pods = {
    'app=db': [{ pod: 'x/db-0', node: a }],
    'app=batch': [
      { pod: 'x/job-1', node: a },
      { pod: 'x/db-0', node: a },
    ],
    'name=kured': [{ pod: 'kube-system/kured-1', node: a }],
    'app.kubernetes.io/name=kured': [{ pod: 'kube-system/kured-1', node: a }],
    'upgrade.cattle.io/plan': [{ pod: 'cattle/apply', node: nodeName('c') }],
  };
  const { found } = await survey({ nodes, pods, sentinels: ['a', 'b', 'c', 'd'], running: ['c'] });
  expect(found.candidates).toMatchObject([
    { blockingPods: ['x/db-0', 'x/job-1'], otherTools: ['kured'], isInWork: false },
    { blockingPods: [], otherTools: [], isInWork: true },
    { otherTools: ['system-upgrade-controller'], isInWork: true },
    { otherTools: ['machine-config-operator'], isInWork: false },
  ]);
});

test('M43: nodes that are remembered are answered whatever they need, and endings of those that were asked for', async () => {
  const nodes = [node('a'), node('b'), node('c')];
  const { found } = await survey(
    { nodes, running: ['c'] },
    { remembered: [nodeRef('a'), nodeRef('gone')], asked: [nodeRef('b'), nodeRef('c')] },
  );
  expect(named(found)).toEqual(['a', 'b', 'c']);
  expect(found.endings).toEqual([{ node: nodeRef('b'), outcome: 'done' }]);
});

test('M43: of many nodes the first are answered, those that are remembered in any case', async () => {
  const names = Array.from({ length: CANDIDATES_MAX + 3 }, (_, index) => `n-${String(index).padStart(4, '0')}`);
  const last = names.at(-1) ?? '';
  const { found } = await survey(
    { nodes: names.map((name) => node(name)), sentinels: names },
    { remembered: [nodeRef(last)] },
  );
  expect(named(found)).toEqual([...names.slice(0, CANDIDATES_MAX), last]);
  expect(found.requiredCount).toBe(CANDIDATES_MAX + 3);
});

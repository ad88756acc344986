/** Where the nodes of an upgrade are: each is counted once, by what is true of it now. */

import { expect, test } from '@jest/globals';
import { controlStep, record, workerStep } from '../../tests/fixtures/cluster-upgrade.ts';
import { NODE_OUTCOMES } from '../maintenance/outcome.ts';
import type { UpgradeState } from './cluster-state.ts';
import { UPGRADE_NODE_STATES, upgradeNodeCounts } from './node-states.ts';

const NONE = { left: 0, 'in-work': 0, held: 0, failed: 0, 'passed-over': 0, done: 0 };
const NOTHING = { records: [], passedOver: [], problems: [] };
const problem = (node: string, kind: UpgradeState['problems'][number]['kind']) => ({
  node,
  kind,
  detail: '',
  sinceMs: 0,
});

function counts(
  state: Partial<Parameters<typeof upgradeNodeCounts>[0]>,
  { left = [], inWork = [] }: Partial<Parameters<typeof upgradeNodeCounts>[1]> = {},
) {
  return upgradeNodeCounts({ ...NOTHING, ...state }, { left, inWork });
}

test('there is a count for each state', () => {
  expect(Object.keys(counts({})).toSorted()).toEqual([...UPGRADE_NODE_STATES].toSorted());
});

test.each(NODE_OUTCOMES)('a node whose last word is %s is in one state, or gone', (outcome) => {
  const found = counts({ records: [record('w-1', 'unproven'), record('w-1', outcome)] });
  const isGone = outcome === 'node-gone' || outcome === 'node-replaced';
  expect(Object.values(found).reduce((sum, count) => sum + count, 0)).toBe(isGone ? 0 : 1);
});

test('M38: done, passed over and failed are told apart', () => {
  const records = [record('w-1', 'done'), record('w-2', 'given-back'), record('w-3', 'undrained')];
  expect(counts({ records, passedOver: ['w-2', 'w-4'] })).toEqual({ ...NONE, done: 1, 'passed-over': 2, failed: 1 });
});

test('a node of the control plane is left until its last step is done', () => {
  const records = [record('cp-1', 'done', { phase: 'api-server', isWorker: false })];
  const left = [controlStep('cp-1', 'kubelet'), controlStep('', 'kube-proxy')];
  expect(counts({ records }, { left })).toEqual({ ...NONE, left: 1 });
  expect(counts({ records }, { left: left.slice(1) })).toEqual({ ...NONE, done: 1 });
});

test('M19: a node that is held counts as such, not as in work', () => {
  const left = ['w-1', 'w-2', 'w-3'].map((name) => workerStep(name));
  const inWork = ['w-1', 'w-2'];
  expect(counts({ problems: [problem('w-1', 'held')] }, { left, inWork })).toEqual({
    ...NONE,
    held: 1,
    'in-work': 1,
    left: 1,
  });
});

test('M38: one that failed is left again once somebody has decided for another try', () => {
  const records = [record('w-1', 'undrained')];
  const left = [workerStep('w-1')];
  expect(counts({ records, problems: [problem('w-1', 'undrained')] }, { left })).toEqual({ ...NONE, failed: 1 });
  expect(counts({ records }, { left })).toEqual({ ...NONE, left: 1 });
});

/** Budgets, who counts as down, and majorities, below, at and above each limit. */

import { expect, test } from '@jest/globals';
import { countedNode } from '../../tests/fixtures/maintenance.ts';
import { budgetOf, type CountedNode, isDownOtherwise, keepsQuorum, type Limit, tally } from './budget.ts';

const NOW_MS = 1_000_000;

test.each<[Limit, number, number]>([
  [{ percent: 10, count: null }, 100, 10],
  [{ percent: 10, count: 5 }, 100, 5],
  [{ percent: 10, count: 5 }, 39, 3],
  [{ percent: 10, count: 5 }, 9, 1],
  [{ percent: 10, count: 5 }, 0, 1],
  [{ percent: null, count: 1 }, 500, 1],
  [{ percent: 0, count: 5 }, 500, 0],
  [{ percent: 10, count: 0 }, 500, 0],
])('M25: %j of %i nodes is %i', (limit, denominator, budget) => {
  expect(budgetOf(limit, denominator)).toBe(budget);
});

test.each<[string, Partial<CountedNode>, boolean]>([
  ['Ready', {}, false],
  ['NotReady for 30 s', { ready: false, readyChangedMs: NOW_MS - 30_000 }, false],
  ['NotReady for longer', { ready: false, readyChangedMs: NOW_MS - 30_001 }, true],
  ['NotReady since nobody knows when', { ready: false, readyChangedMs: null }, true],
  ['cordoned by others', { unschedulable: true }, true],
  ['cordoned by us', { unschedulable: true, inWork: true }, false],
  ['NotReady in work', { ready: false, readyChangedMs: null, inWork: true }, false],
])('M25: a node that is %s is down otherwise', (_name, changes, isDown) => {
  expect(isDownOtherwise(countedNode('lin-1', changes), NOW_MS)).toBe(isDown);
});

test('M25: ignored nodes are on neither side, other groups on that of the cluster', () => {
  const nodes = [
    countedNode('a'),
    countedNode('b', { unschedulable: true }),
    countedNode('c', { unschedulable: true, ignored: true }),
    countedNode('d', { inWork: true, unschedulable: true }),
    countedNode('e', { group: 'control-plane', controlPlane: true, ready: false, readyChangedMs: null }),
  ];
  const half = { percent: 50, count: null };
  const groups = [{ name: 'workers', max: half }];
  expect(tally(nodes, { cluster: half, groups, unavailable: { percent: null, count: 1 } }, NOW_MS)).toEqual({
    cluster: { denominator: 4, max: 2, down: 2 },
    groups: [{ name: 'workers', denominator: 3, max: 1, down: 1, unavailableMax: 1, downNames: ['b'], schedulable: 1 }],
    controlPlane: { count: 1, down: 1 },
  });
});

test.each([
  [1, 1, true],
  [2, 2, false],
  [3, 3, true],
  [3, 2, false],
  [4, 4, true],
  [5, 4, true],
  [5, 3, false],
])('M27: of %i members with %i up one may go: %s', (count, up, may) => {
  expect(keepsQuorum(count, up)).toBe(may);
});

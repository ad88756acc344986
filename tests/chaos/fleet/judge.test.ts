/** Each invariant of a run over clusters is broken by what breaks it, and by nothing else. */

import { expect, test } from '@jest/globals';
import { type ClusterFacts, type FleetFacts, type FleetInvariant, judgeFleet } from './judge.ts';

const CLUSTER: ClusterFacts = {
  cluster: 'sandbox',
  startedMs: 0,
  endedMs: 1_000,
  outcomes: ['done'],
  acts: { 'lin-1': 1 },
  plannedActs: { 'lin-1': 1 },
  marked: [],
  versions: ['v1.37.2'],
};
const NEXT_ONE: ClusterFacts = { ...CLUSTER, cluster: 'production', startedMs: 121_000, endedMs: 122_000 };
const FACTS: FleetFacts = {
  samples: 9,
  offences: [],
  soakMs: 120_000,
  target: 'v1.37.2',
  clusters: [CLUSTER, NEXT_ONE],
  approval: { givenMs: 120_500, firstChangeMs: 121_500 },
};

const broken = (change: Partial<FleetFacts>) =>
  judgeFleet({ ...FACTS, ...change }).flatMap(({ invariant, violations }) =>
    violations.length > 0 ? [invariant] : [],
  );
const withLast = (change: Partial<ClusterFacts>) => ({ clusters: [CLUSTER, { ...NEXT_ONE, ...change }] });

test('a run that was as it must be breaks none', () => {
  expect(broken({})).toEqual([]);
});

test.each<[FleetInvariant, string, Partial<FleetFacts>]>([
  ['versions', 'a pair that is forbidden', { offences: ['kubelet v1.37.2 is newer than kube-apiserver v1.36.3'] }],
  ['soak', 'a stage a second too early', withLast({ startedMs: 120_000 })],
  ['approval', 'a change before the approval', { approval: { givenMs: 2, firstChangeMs: 1 } }],
  ['acts', 'a node acted upon twice', withLast({ acts: { 'lin-1': 2 } })],
  ['acts', 'a node that its plan does not have', withLast({ acts: { 'lin-1': 1, 'lin-2': 1 } })],
  ['end', 'an old version', withLast({ versions: ['v1.36.3', 'v1.37.2'] })],
  ['end', 'a node that is still cordoned', withLast({ marked: ['lin-1'] })],
  ['end', 'no report', withLast({ outcomes: [] })],
  ['end', 'two reports', withLast({ outcomes: ['done', 'done'] })],
])('%s: %s', (invariant, _what, change) => {
  expect(broken(change)).toEqual([invariant]);
});

/** Which pods are broken, and which of them an upgrade has to explain. */

import { expect, test } from '@jest/globals';
import { brokenPods, newlyBroken, type SeenPod } from './after-checks.ts';

const pod = (change: Partial<SeenPod>): SeenPod => ({
  namespace: 'default',
  name: 'web-7d4b9c6f5-x2x2x',
  owner: { kind: 'ReplicaSet', name: 'web-7d4b9c6f5' },
  phase: 'Running',
  waiting: [],
  isReady: true,
  isUnschedulable: false,
  isTerminating: false,
  ...change,
});
const stateOf = (change: Partial<SeenPod>) => brokenPods([pod(change)]).map(({ state }) => state);

test.each([
  ['a pod that is Ready', {}, []],
  ['a pod that has ended well', { phase: 'Succeeded', isReady: false }, []],
  ['a pod that is being deleted', { isTerminating: true, isReady: false }, []],
  ['a pod that crashes', { waiting: ['CrashLoopBackOff'], isReady: false }, ['CrashLoopBackOff']],
  [
    'a pod without its image',
    { phase: 'Pending', waiting: ['ImagePullBackOff'], isReady: false },
    ['ImagePullBackOff'],
  ],
  ['a pod that starts', { phase: 'Pending', waiting: ['ContainerCreating'], isReady: false }, ['NotReady']],
  ['a pod without a node', { phase: 'Pending', isUnschedulable: true, isReady: false }, ['Unschedulable']],
  ['a pod that failed', { phase: 'Failed', isReady: false }, ['Failed']],
] as const)('M45: %s', (_, change, states) => {
  expect(stateOf(change)).toEqual(states);
});

test('M45: pods of one workload in one state are one finding, by the name that people know', () => {
  const crashing = { waiting: ['CrashLoopBackOff'], isReady: false };
  const found = brokenPods([
    pod(crashing),
    pod({ ...crashing, name: 'web-7d4b9c6f5-y3y3y' }),
    pod({ ...crashing, name: 'ndt-1', owner: { kind: 'DaemonSet', name: 'ndt' } }),
    pod({ ...crashing, name: 'alone', owner: null }),
  ]);
  expect(found.map(({ workload }) => workload)).toEqual(['daemonset/ndt', 'deployment/web', 'pod/alone']);
});

test('M45: what was broken before is explained, and so is what a line allows until its day', () => {
  const web = { namespace: 'default', workload: 'deployment/web', state: 'CrashLoopBackOff' };
  const api = { ...web, workload: 'deployment/api' };
  const allowed = [{ ...api, reason: 'known', untilMs: 100 }];
  const left = (nowMs: number) =>
    newlyBroken([web, api, { ...web, state: 'Failed' }], { before: [web], allowed, nowMs });
  expect(left(99)).toEqual([{ ...web, state: 'Failed' }]);
  expect(left(100)).toEqual([api, { ...web, state: 'Failed' }]);
});

/** Which healing pods are suspected and which are stray. */

import { expect, test } from '@jest/globals';

import type { HealingStatus } from '../../contracts/healing/heal-node.ts';
import { isStray, type SweptPod, suspiciousPods } from './pod-decision.ts';

const INTERVAL_MS = 30_000;
const NOW_MS = 1_000_000;

function pod(changes: Partial<SweptPod> & { ageMs?: number } = {}): SweptPod {
  const { ageMs = INTERVAL_MS + 1, ...fields } = changes;
  return {
    name: 'healer-7',
    uid: 'pod-7',
    nodeName: 'win-1',
    nodeUid: 'node-1',
    attempt: 7,
    createdMs: NOW_MS - ageMs,
    heldBy: [],
    ...fields,
  };
}

function suspects(pods: readonly SweptPod[], nodesWithHeal: readonly string[]): string[] {
  const view = { pods, nodesWithHeal: new Set(nodesWithHeal), intervalMs: INTERVAL_MS, nowMs: NOW_MS };
  return suspiciousPods(view).map((suspect) => suspect.uid);
}

test.each([
  [INTERVAL_MS, []],
  [INTERVAL_MS + 1, ['pod-7']],
])('H15: a pod without a heal is suspected when it is older than an interval: %d ms', (ageMs, expected) => {
  expect(suspects([pod({ ageMs })], [])).toEqual(expected);
});

test.each([
  [INTERVAL_MS + 1, []],
  [2 * INTERVAL_MS, []],
  [2 * INTERVAL_MS + 1, ['pod-7']],
])('H15: the only pod of a running heal is suspected after two intervals: %d ms', (ageMs, expected) => {
  expect(suspects([pod({ ageMs })], ['win-1'])).toEqual(expected);
});

test('H15: where a node has two pods, the one older than an interval is suspected', () => {
  const younger = pod({ uid: 'pod-8', ageMs: INTERVAL_MS });
  const other = pod({ uid: 'pod-1', nodeName: 'win-2' });
  expect(suspects([younger, pod(), other], ['win-1', 'win-2'])).toEqual(['pod-7']);
});

test('H15: the oldest suspect comes first', () => {
  expect(suspects([pod({ uid: 'young' }), pod({ uid: 'old', ageMs: 10 * INTERVAL_MS })], [])).toEqual(['old', 'young']);
});

const STATUS: HealingStatus = {
  cluster: 'c',
  node: 'win-1',
  nodeUid: 'node-1',
  state: 'healing',
  attempts: 7,
  attemptsInWindow: 7,
  podsProven: 6,
  provenPodsMin: 3,
  rejectedInARow: 0,
  errorBudget: 10,
  lastError: null,
  lastEvidence: null,
  windowStartMs: 0,
  windowEndMs: 1,
  nextAttemptMs: null,
  retryAtMs: null,
  pod: { name: 'healer-7', uid: 'pod-7', attempt: 7 },
};

test.each([
  ['the pod that the heal knows', pod(), false],
  ['an attempt before', pod({ uid: 'pod-6', attempt: 6 }), true],
  ['another pod of the same attempt', pod({ uid: 'other' }), true],
  ['the attempt under way', pod({ uid: 'pod-8', attempt: 8 }), false],
  ['an attempt too far ahead, of an earlier heal', pod({ uid: 'pod-9', attempt: 9 }), true],
  ['the next attempt of another node of that name', pod({ uid: 'pod-8', attempt: 8, nodeUid: 'node-0' }), true],
  ['a pod without a number', pod({ uid: 'odd', attempt: -1 }), true],
])('H15: %s', (_, candidate, stray) => {
  expect(isStray(candidate, STATUS)).toBe(stray);
});

test('H15: an attempt under way of a heal that does not know its node yet is kept', () => {
  expect(isStray(pod({ uid: 'pod-8', attempt: 8 }), { ...STATUS, nodeUid: null, pod: null })).toBe(false);
});

test('H15: a deleted pod that finalizers hold is no suspect, nor a sibling that makes another one suspect', () => {
  const held = pod({ uid: 'held', ageMs: 10 * INTERVAL_MS, heldBy: ['example.com/keep'] });
  expect(suspects([held], [])).toEqual([]);
  expect(suspects([held, pod()], ['win-1'])).toEqual([]);
  expect(suspects([pod({ uid: 'other', ageMs: 10 * INTERVAL_MS }), pod()], ['win-1'])).toEqual(['other', 'pod-7']);
});

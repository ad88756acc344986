/** When the time of a startup taint is over (E29). */

import { expect, test } from '@jest/globals';
import { type TaintAction, type TaintMoment, taintPlan } from './startup-taint.ts';

const CREATED_MS = 1_000_000;
const CAP = { capMs: 480_000, onTimeout: 'remove' } as const;
const DUE_MS = CREATED_MS + CAP.capMs;

test.each<[string, Partial<TaintMoment>, TaintAction]>([
  ['is waited for from the creation of the node on', { nowMs: CREATED_MS }, { kind: 'wait', untilMs: DUE_MS }],
  ['is waited for a moment before', { nowMs: DUE_MS - 1 }, { kind: 'wait', untilMs: DUE_MS }],
  ['is over at that moment', { nowMs: DUE_MS }, { kind: 'cap-taint' }],
  ['is over at once where a heal starts later', { nowMs: DUE_MS + 3_600_000 }, { kind: 'cap-taint' }],
  ['is over once for each node', { nowMs: DUE_MS, isCapped: true }, { kind: 'none' }],
  ['is not known before the node is', { nowMs: DUE_MS, createdMs: undefined }, { kind: 'none' }],
])('E29: the time of the taint %s', (_, moment, action) => {
  expect(taintPlan({ cap: CAP, createdMs: CREATED_MS, isCapped: false, nowMs: CREATED_MS, ...moment })).toEqual(action);
});

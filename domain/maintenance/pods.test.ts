/** Which pods a drain evicts, leaves, or finds in its way. */

import { expect, test } from '@jest/globals';
import { podFacts } from '../../tests/fixtures/maintenance.ts';
import type { EvictionVerdict } from './eviction.ts';
import type { Purpose } from './facts.ts';
import { type DrainPolicy, describeEnding, evictionOrder, isDeleted, type PodFacts, placeOf } from './pods.ts';

const EVICT: DrainPolicy = { orphans: 'evict', emptyDir: 'evict', respectSafeToEvict: true, force: [] };
const KEEP: DrainPolicy = { ...EVICT, orphans: 'keep', emptyDir: 'keep' };

test.each<[string, Partial<PodFacts>, DrainPolicy, string]>([
  ['a pod of a Deployment', {}, KEEP, 'evict'],
  ['a pod of a DaemonSet', { controller: 'DaemonSet' }, EVICT, 'left'],
  ['a mirror pod', { controller: 'Node', isMirror: true }, EVICT, 'left'],
  ['a pod that its node owns, such as one that heals', { controller: 'Node' }, KEEP, 'left'],
  ['a pod that has ended', { controller: null, hasEnded: true }, KEEP, 'left'],
  ['a pod of a maintenance', { controller: null, isOurs: true }, KEEP, 'left'],
  ['a pod without a controller', { controller: null }, EVICT, 'evict'],
  ['a pod without a controller, kept', { controller: null }, KEEP, 'in-the-way'],
  ['an emptyDir', { hasEmptyDir: true }, EVICT, 'evict'],
  ['an emptyDir, kept', { hasEmptyDir: true }, KEEP, 'in-the-way'],
  ['a pod that is not safe to evict', { isUnsafeToEvict: true }, EVICT, 'in-the-way'],
  ['one whose word does not count', { isUnsafeToEvict: true }, { ...EVICT, respectSafeToEvict: false }, 'evict'],
  ['an ending pod that would be in the way', { controller: null, ending: { sinceMs: 0, graceMs: 1 } }, KEEP, 'ending'],
])('M13: %s', (_name, pod, policy, kind) => {
  expect(placeOf(podFacts(pod), policy, 0).kind).toBe(kind);
});

test.each([
  [40_000, false],
  [40_001, true],
])('an ending pod with ten seconds of grace is overdue after %i ms: %s', (nowMs, isOverdue) => {
  const ending = { sinceMs: 0, graceMs: 10_000 };
  expect(placeOf(podFacts({ ending }), EVICT, nowMs)).toEqual({ kind: 'ending', isOverdue });
});

const FORCE: DrainPolicy['force'] = [
  [{ kind: 'in', key: 'app', values: ['batch'] }],
  [{ kind: 'exists', key: 'expendable' }],
];

test.each<[EvictionVerdict['kind'], Purpose, Record<string, string>, DrainPolicy['force'], boolean]>([
  ['budget', 'by-hand', { app: 'batch' }, FORCE, true],
  ['not-now', 'reboot', { expendable: '' }, FORCE, true],
  ['never', 'by-hand', { app: 'batch' }, FORCE, true],
  ['budget', 'upgrade', { app: 'batch' }, FORCE, false],
  ['budget', 'by-hand', { app: 'web' }, FORCE, false],
  ['budget', 'by-hand', { app: 'batch' }, [], false],
  ['passing', 'by-hand', { app: 'batch' }, FORCE, false],
  ['forbidden', 'by-hand', { app: 'batch' }, FORCE, false],
  ['accepted', 'by-hand', { app: 'batch' }, FORCE, false],
  ['gone', 'by-hand', { app: 'batch' }, FORCE, false],
])('M13: eviction %s, for %s, with %j and %j: deleted %s', (kind, purpose, labels, force, deleted) => {
  const verdict = { kind, detail: '', againInMs: 0 } as EvictionVerdict;
  expect(isDeleted(podFacts({ labels }), verdict, { force, purpose })).toBe(deleted);
});

test('the lowest priority goes first, then the name', () => {
  const pods = [podFacts({ name: 'b', priority: 1 }), podFacts({ name: 'c' }), podFacts({ name: 'a', priority: 1 })];
  expect(evictionOrder(pods).map(({ name }) => name)).toEqual(['c', 'a', 'b']);
});

test('a pod that does not end is named with its finalizers', () => {
  expect(describeEnding(podFacts({ finalizers: ['example.org/keep'] }))).toBe(
    'default/web is still ending, held by example.org/keep',
  );
});

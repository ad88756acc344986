/** What a request waits for: each rule of the budget alone. */

import { expect, test } from '@jest/globals';
import { countedNode, type SeenNode, type SurveyRules, slotRequest, survey } from '../../tests/fixtures/maintenance.ts';
import { CLOSED_BREAKER } from './breaker.ts';
import type { CountedNode } from './budget.ts';
import { reasonsToWait } from './grant.ts';
import { type Ledger, newLedger, type Slot, type SlotRequest } from './slots.ts';

const HALF = { percent: 50, count: null };
const RULES: SurveyRules = {
  cluster: { percent: 100, count: null },
  groups: [
    { name: 'workers', max: HALF },
    { name: 'control-plane', max: { percent: null, count: 1 } },
  ],
  unavailable: { percent: 100, count: null },
};

function fleet(count: number, changes: Readonly<Record<string, Partial<CountedNode>>> = {}): SeenNode[] {
  return Array.from({ length: count }, (_, index) => countedNode(`n-${index}`, changes[`n-${index}`] ?? {}));
}

function slot(name: string, changes: Partial<Slot> = {}): Slot {
  const { node, workflow, group, purpose } = slotRequest(name);
  return { node, workflow, group, purpose, zone: 'a', controlPlane: false, sinceMs: 0, held: false, ...changes };
}

interface Scene {
  readonly nodes: readonly SeenNode[];
  readonly slots?: readonly Slot[];
  readonly ledger?: Partial<Ledger>;
  readonly rules?: Partial<SurveyRules>;
  readonly request?: Partial<SlotRequest>;
}

/** Kinds of the reasons why `n-0` waits. */
function kinds({ nodes, slots = [], ledger = {}, rules = {}, request = {} }: Scene): string {
  const found = reasonsToWait(slotRequest('n-0', request), {
    ledger: { ...newLedger(0), slots, ...ledger },
    survey: survey(
      nodes,
      { ...RULES, ...rules },
      slots.map(({ node }) => node.name),
    ),
    nowMs: 1_000,
  });
  return found.map(({ kind }) => kind).join(' ');
}

const DOWN = { unschedulable: true };
const PAUSE = { by: 'anna', reason: 'storm', untilMs: 1_001 };
const BROKEN = { ...CLOSED_BREAKER, failures: { sinceMs: 0, detail: 'failed' } };
const CONTROL = { group: 'control-plane', controlPlane: true } as const;

test.each<[string, Scene, string]>([
  ['M25: room for two of four', { nodes: fleet(4), slots: [slot('n-1')] }, ''],
  ['M25: two of four are in work', { nodes: fleet(4), slots: [slot('n-1'), slot('n-2')] }, 'group-budget'],
  ['M25: one in work, one down', { nodes: fleet(4, { 'n-2': DOWN }), slots: [slot('n-1')] }, 'group-budget'],
  ['M25: the one that asks was cordoned by others', { nodes: fleet(4, { 'n-0': DOWN }), slots: [slot('n-1')] }, ''],
  [
    'M25: the budget of the cluster',
    { nodes: fleet(4), slots: [slot('n-1')], rules: { cluster: { percent: null, count: 1 } } },
    'cluster-budget',
  ],
  [
    'M25: 0 is never',
    { nodes: fleet(4), rules: { groups: [{ name: 'workers', max: { percent: null, count: 0 } }] } },
    'group-budget',
  ],
  ['M25: it is ignored', { nodes: fleet(4, { 'n-0': { ignored: true } }) }, 'ignored'],
  ['M25: it is in no group', { nodes: fleet(4, { 'n-0': { group: 'others' } }) }, 'unknown'],
  ['M20: another node has its name', { nodes: [{ ...countedNode('n-0'), uid: 'other' }] }, 'unknown'],
  [
    'M28: another zone is in work',
    { nodes: fleet(6, { 'n-1': { zone: 'b' } }), slots: [slot('n-1', { zone: 'b' })], rules: { oneZoneAtATime: true } },
    'zone',
  ],
  [
    'M28: a node without a zone is in work',
    { nodes: fleet(6), slots: [slot('n-1', { zone: null })], rules: { oneZoneAtATime: true } },
    'zone',
  ],
  ['M28: the same zone is in work', { nodes: fleet(6), slots: [slot('n-1')], rules: { oneZoneAtATime: true } }, ''],
  ['M28: zones do not count', { nodes: fleet(6), slots: [slot('n-1', { zone: 'b' })] }, ''],
  ['M31: a pause', { nodes: fleet(4), ledger: { pause: PAUSE } }, 'paused'],
  ['M31: a pause that is over', { nodes: fleet(4), ledger: { pause: { ...PAUSE, untilMs: 1_000 } } }, ''],
  [
    'M31: a pause before the act',
    { nodes: fleet(4), slots: [slot('n-0')], ledger: { pause: PAUSE }, request: { stage: 'act' } },
    'paused',
  ],
  ['M29: the breaker is open', { nodes: fleet(4), ledger: { breaker: BROKEN } }, 'breaker'],
  [
    'M29: the breaker is open before the act',
    { nodes: fleet(4), slots: [slot('n-0')], ledger: { breaker: BROKEN }, request: { stage: 'act' } },
    'breaker',
  ],
  [
    'M31: a freeze',
    { nodes: fleet(4).map((node) => ({ ...node, gate: { isOpen: false, reasons: ['frozen'] } })) },
    'gate',
  ],
  [
    'M36: a window that closed does not stop the act',
    {
      nodes: fleet(4).map((node) => ({ ...node, gate: { isOpen: false, reasons: ['closed'] } })),
      slots: [slot('n-0')],
      request: { stage: 'act' },
    },
    '',
  ],
  [
    'M25: before the act another node went down',
    { nodes: fleet(2, { 'n-1': DOWN }), slots: [slot('n-0')], request: { stage: 'act' } },
    'group-budget',
  ],
  [
    'M22: the last node that takes pods',
    {
      nodes: fleet(3, { 'n-1': DOWN, 'n-2': DOWN }),
      rules: { groups: [{ name: 'workers', max: { percent: 100, count: null } }] },
    },
    'last-node',
  ],
  ['M22: the only node', { nodes: fleet(1) }, 'last-node'],
  ['M22: the only node, accepted', { nodes: fleet(1), rules: { lastNode: 'accept' } }, ''],
  ['M22: the only node, which is not drained', { nodes: fleet(1), request: { drains: false } }, ''],
  ['M24: it is not Ready', { nodes: fleet(4, { 'n-0': { ready: false } }) }, 'not-ready'],
  [
    'M27: another control-plane node is down',
    { nodes: fleet(5, { 'n-0': CONTROL, 'n-1': CONTROL, 'n-2': { ...CONTROL, ...DOWN } }) },
    'group-budget control-plane',
  ],
  [
    'M27: one of five control-plane nodes is down, though four keep a majority without one',
    {
      nodes: fleet(9, {
        'n-0': CONTROL,
        'n-1': CONTROL,
        'n-2': CONTROL,
        'n-3': CONTROL,
        'n-4': { ...CONTROL, ...DOWN },
      }),
      rules: { groups: [{ name: 'control-plane', max: { percent: null, count: 3 } }] },
    },
    'control-plane',
  ],
  ['M27: two control-plane nodes', { nodes: fleet(4, { 'n-0': CONTROL, 'n-1': CONTROL }) }, 'control-plane'],
  ['M27: three control-plane nodes', { nodes: fleet(5, { 'n-0': CONTROL, 'n-1': CONTROL, 'n-2': CONTROL }) }, ''],
  ['M33: a single control-plane node', { nodes: fleet(4, { 'n-0': CONTROL }), rules: { lastNode: 'accept' } }, ''],
])('%s', (_name, scene, expected) => {
  expect(kinds(scene)).toBe(expected);
});

test('M22: a slot that was given since the look has taken its node out of the count', () => {
  const nodes = fleet(2);
  const found = reasonsToWait(slotRequest('n-0'), {
    ledger: { ...newLedger(0), slots: [slot('n-1')] },
    survey: survey(nodes, { ...RULES, groups: [{ name: 'workers', max: { percent: 100, count: null } }] }),
    nowMs: 0,
  });
  expect(found.map(({ kind }) => kind)).toEqual(['last-node']);
});

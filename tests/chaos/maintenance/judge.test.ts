/** The judge of maintenance: each invariant on a run that keeps it, and on one that breaks it. */

import { expect, test } from '@jest/globals';
import type { NodeStep } from '../../../sandbox/machines/maintenance-audit.ts';
import { type EndState, judgeMaintenance, type MaintenanceFacts, type MaintenanceInvariant } from './judge.ts';

const steps = (node: string, text: string): NodeStep[] =>
  text.split(' ').map((step) => ({ node, step: step as NodeStep['step'] }));
const GOOD = 'mark-and-cordon evict evict act boot uncordon';
const FINE: EndState = { name: 'a', isCordoned: false, isMarked: false, isHeld: false, isTold: false };
const HELD: EndState = { name: 'b', isCordoned: true, isMarked: true, isHeld: true, isTold: true };

function facts(changes: Partial<MaintenanceFacts> = {}): MaintenanceFacts {
  return {
    steps: steps('a', GOOD),
    deletes: ['vigilante-maintenance/vigilante-act-a-1'],
    budget: 1,
    end: [FINE, HELD],
    ...changes,
  };
}

function broken(changes: Partial<MaintenanceFacts>): readonly MaintenanceInvariant[] {
  return judgeMaintenance(facts(changes))
    .filter(({ violations }) => violations.length > 0)
    .map(({ invariant }) => invariant);
}

test.each<[string, Partial<MaintenanceFacts>, readonly MaintenanceInvariant[]]>([
  ['a whole maintenance', {}, []],
  ['one that was undone before its act', { steps: steps('a', 'mark-and-cordon evict uncordon') }, []],
  ['one that is held', { steps: steps('a', 'mark-and-cordon act') }, []],
  ['one of a node that others had cordoned', { steps: steps('a', 'mark act boot unmark') }, []],
  [
    'two nodes at a time on a budget of one',
    { steps: [...steps('a', 'mark-and-cordon'), ...steps('b', GOOD)] },
    ['budget'],
  ],
  ['a second mark in a slot', { steps: steps('a', `mark-and-cordon ${GOOD}`) }, []],
  ['an eviction after the act', { steps: steps('a', 'mark-and-cordon act evict boot uncordon') }, ['order']],
  ['an act without a mark', { steps: steps('a', 'act boot') }, ['order']],
  ['a node given back before it booted', { steps: steps('a', 'mark-and-cordon act uncordon') }, ['order']],
  ['two acts in a slot', { steps: steps('a', 'mark-and-cordon act boot act boot uncordon') }, ['acts']],
  ['a pod of somebody else, deleted', { deletes: ['shop/web-1'] }, ['deletes']],
  ['a node that is cordoned and not held', { end: [{ ...HELD, isHeld: false }] }, ['end']],
  ['a node that is held, and nobody told', { end: [{ ...HELD, isTold: false }] }, ['end']],
  ['a node that is cordoned without a mark', { end: [{ ...FINE, isCordoned: true }] }, ['end']],
])('%s', (_name, changes, expected) => {
  expect(broken(changes)).toEqual(expected);
});

test('what was not looked at is said', () => {
  const found = judgeMaintenance(facts({ steps: [], deletes: [], end: [] }));
  expect(found.map(({ checked }) => checked)).toEqual([0, 0, 0, 0, 0]);
});

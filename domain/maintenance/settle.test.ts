/** Slots over looks, restarts and returns: never more than the budget, and none is lost. */

import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  countedNode,
  mark,
  type SeenNode,
  type SurveyRules,
  slotRequest,
  survey,
} from '../../tests/fixtures/maintenance.ts';
import { nodeName, nodeRef } from '../../tests/fixtures/nodes.ts';
import { settle } from './settle.ts';
import { type Ledger, newLedger, type SlotRequest, withRequest, withReturn } from './slots.ts';

const RULES: SurveyRules = {
  cluster: { percent: 100, count: null },
  groups: [{ name: 'workers', max: { percent: 50, count: null } }],
  unavailable: { percent: 100, count: null },
};
const NONE: ReadonlySet<never> = new Set();

function fleet(count: number): SeenNode[] {
  return Array.from({ length: count }, (_, index) => countedNode(`n-${index}`));
}

function asked(ledger: Ledger, ...requests: readonly SlotRequest[]): Ledger {
  return requests.reduce(
    (kept, { firstAskedMs: _set, reasons: _none, ...request }) => withRequest(kept, request),
    ledger,
  );
}

function look(ledger: Ledger, nodes: readonly SeenNode[], nowMs = 0) {
  const slots = ledger.slots.map(({ node }) => node.name);
  return settle(ledger, survey(nodes, RULES, slots), { nowMs, returned: NONE });
}

const namesOf = (list: readonly { readonly node: { readonly name: string } }[]) => list.map(({ node }) => node.name);

test('M30: who waits is told why, once for each kind of reason', () => {
  const first = look(asked(newLedger(0), slotRequest('n-0'), slotRequest('n-1'), slotRequest('n-2')), fleet(4));
  expect(namesOf(first.granted)).toEqual(['n-0', 'n-1']);
  expect(first.news.map(({ request, reasons }) => [request.node.name, reasons[0]?.detail])).toEqual([
    ['n-2', 'the budget of workers is used up: 2 in work, 0 down otherwise, at most 2 of 4'],
  ]);
  const second = look(first.ledger, fleet(4));
  expect(second.news).toEqual([]);
  expect(namesOf(second.ledger.requests)).toEqual(['n-2']);
  expect(look(asked(second.ledger, slotRequest('n-2')), fleet(4)).news).toHaveLength(1);
});

test('a request that is repeated after its grant is granted again, with one slot', () => {
  const first = look(asked(newLedger(0), slotRequest('n-0')), fleet(4));
  const second = look(asked(first.ledger, slotRequest('n-0')), fleet(4));
  expect(namesOf(second.granted)).toEqual(['n-0']);
  expect(second.ledger.slots).toHaveLength(1);
});

test('a request that is not repeated for 15 minutes is forgotten', () => {
  const closed = fleet(4).map((node) => ({ ...node, gate: { isOpen: false, reasons: ['closed'] } }));
  const { ledger } = look(asked(newLedger(0), slotRequest('n-0')), closed);
  expect(look(ledger, closed, 900_000).ledger.requests).toHaveLength(1);
  expect(look(ledger, closed, 900_001).ledger.requests).toHaveLength(0);
});

test('recovery comes first, then the control plane, then by purpose and time; who is not Ready is last (M24)', () => {
  const nodes: SeenNode[] = [
    { ...countedNode('n-0'), ready: false },
    countedNode('n-1'),
    countedNode('n-2'),
    countedNode('n-3'),
    { ...countedNode('n-4'), controlPlane: true, group: 'control-plane' },
    { ...countedNode('n-5'), mark: mark() },
  ];
  const requests = [
    slotRequest('n-0', { purpose: 'by-hand' }),
    slotRequest('n-1', { lastAskedMs: 2 }),
    slotRequest('n-2', { lastAskedMs: 1 }),
    slotRequest('n-3', { purpose: 'upgrade', lastAskedMs: 3 }),
    slotRequest('n-4', { lastAskedMs: 4 }),
    slotRequest('n-5', { lastAskedMs: 5 }),
  ];
  const rules = { ...RULES, groups: [...RULES.groups, { name: 'control-plane', max: { percent: 0, count: null } }] };
  const ledger = { ...asked(newLedger(0), ...requests), pause: { by: 'anna', reason: 'storm', untilMs: 10 } };
  const { granted, waiting } = settle(ledger, survey(nodes, rules), { nowMs: 5, returned: NONE });
  expect(namesOf(granted)).toEqual(['n-5']);
  expect(namesOf(waiting.map(({ request }) => request))).toEqual(['n-4', 'n-3', 'n-2', 'n-1', 'n-0']);
});

test('those of one queue are served in its order, in whichever they ask', () => {
  const requests = [
    slotRequest('n-0', { queuedMs: 3, lastAskedMs: 4 }),
    slotRequest('n-1', { queuedMs: 2, lastAskedMs: 5 }),
    slotRequest('n-2', { lastAskedMs: 6 }),
    slotRequest('n-3', { queuedMs: 7, lastAskedMs: 7 }),
  ];
  const { granted, waiting } = look(asked(newLedger(0), ...requests), fleet(4), 8);
  expect([...namesOf(granted), ...namesOf(waiting.map(({ request }) => request))]).toEqual([
    'n-1',
    'n-0',
    'n-2',
    'n-3',
  ]);
});

test('M31: a pause ends by itself', () => {
  const ledger = { ...newLedger(0), pause: { by: 'anna', reason: 'storm', untilMs: 10 } };
  expect(look(ledger, fleet(1), 9).ledger.pause).not.toBeNull();
  expect(look(ledger, fleet(1), 10).ledger.pause).toBeNull();
});

test('M26: a guard that starts anew knows the slots by the marks, and gives nothing before its time', () => {
  const nodes = fleet(4).map((node) => (node.name < 'n-2' ? { ...node, mark: mark() } : node));
  const fresh = asked(newLedger(20_000), slotRequest('n-2'));
  const early = look(fresh, nodes, 19_999);
  expect(namesOf(early.ledger.slots)).toEqual(['n-0', 'n-1']);
  expect(early.waiting[0]?.reasons[0]?.kind).toBe('unknown');
  const later = look(early.ledger, nodes, 20_000);
  expect(later.waiting[0]?.reasons[0]?.kind).toBe('group-budget');
});

test('M26: a mark that cannot be read takes a slot, and is not recovered', () => {
  const [first, ...others] = fleet(2);
  const nodes = [
    { ...(first ?? countedNode('n-0')), mark: 'unreadable' as const, workflow: 'closed' as const },
    ...others,
  ];
  const { ledger, abandoned } = look(newLedger(0), nodes);
  expect(namesOf(ledger.slots)).toEqual(['n-0']);
  expect(abandoned).toEqual([]);
});

test.each<[string, Partial<SeenNode>, boolean]>([
  ['its workflow runs', {}, true],
  ['its workflow runs on another node of that name', { uid: 'other' }, true],
  ['its workflow is closed and no mark is left', { workflow: 'closed' }, false],
  ['its workflow is closed and the node is another one', { workflow: 'closed', uid: 'other', mark: mark() }, false],
  ['its workflow is closed and its mark is there', { workflow: 'closed', mark: mark() }, true],
  ['nobody knows of its workflow', { workflow: 'unknown' }, true],
])('M19, M20: a slot where %s stays, or not', (_name, changes, stays) => {
  const { ledger } = look(asked(newLedger(0), slotRequest('n-0')), fleet(4));
  const after = look(ledger, [{ ...countedNode('n-0'), ...changes }], Number.MAX_SAFE_INTEGER);
  const own = after.ledger.slots.filter(({ node }) => node.uid === nodeRef('n-0').uid);
  expect(own).toHaveLength(stays ? 1 : 0);
});

test('M21: a mark without a running workflow is abandoned, unless its slot came back during the look', () => {
  const nodes = [{ ...countedNode('n-0'), mark: mark(), workflow: 'closed' as const }];
  expect(look(newLedger(0), nodes).abandoned.map(({ name }) => name)).toEqual(['n-0']);
  const returned = new Set([nodeName('n-0')]);
  const seen = settle(newLedger(0), survey(nodes, RULES), { nowMs: 0, returned });
  expect(seen).toMatchObject({ abandoned: [], ledger: { slots: [] } });
});

test('M19: a node that is held keeps its slot until it is given back', () => {
  const { ledger } = look(asked(newLedger(0), slotRequest('n-0')), fleet(4));
  const held = withReturn(ledger, { node: nodeRef('n-0'), outcome: 'unproven', held: true });
  expect(held.slots).toMatchObject([{ held: true }]);
  expect(withReturn(held, { node: nodeRef('n-0'), outcome: 'done', held: false }).slots).toEqual([]);
});

const NODES = 8;
type Move = {
  readonly kind: 'ask' | 'return' | 'mark' | 'down' | 'up' | 'restart' | 'close' | 'look';
  readonly node: number;
};
const move: fc.Arbitrary<Move> = fc.record({
  kind: fc.constantFrom('ask', 'return', 'mark', 'down', 'up', 'restart', 'close', 'look'),
  node: fc.integer({ min: 0, max: NODES - 1 }),
});

test('M26: over any sequence no slot is given beyond the budget, and none is lost with the guard', () => {
  fc.assert(
    fc.property(
      fc.array(move, { maxLength: 60 }),
      fc.integer({ min: 0, max: 100 }),
      fc.boolean(),
      (moves, percent, oneZoneAtATime) => {
        const rules = { ...RULES, oneZoneAtATime, groups: [{ name: 'workers', max: { percent, count: null } }] };
        let nodes: SeenNode[] = fleet(NODES).map((node, index) => ({ ...node, zone: index % 2 === 0 ? 'a' : 'b' }));
        let ledger = newLedger(0);
        const change = (index: number, changes: Partial<SeenNode>) => {
          nodes = nodes.map((node, at) => (at === index ? { ...node, ...changes } : node));
        };
        for (const { kind, node: index } of moves) {
          const name = `n-${index}`;
          const hasSlot = ledger.slots.some(({ node }) => node.name === name);
          if (kind === 'ask') ledger = asked(ledger, slotRequest(name));
          if (kind === 'mark' && hasSlot) change(index, { mark: mark(), unschedulable: true });
          if (kind === 'down') change(index, { ready: false, readyChangedMs: null });
          if (kind === 'up') change(index, { ready: true });
          if (kind === 'close') change(index, { workflow: 'closed' });
          if (kind === 'return' && hasSlot) {
            change(index, { mark: null, unschedulable: false });
            ledger = withReturn(ledger, { node: nodeRef(name), outcome: 'done', held: false });
          }
          // Only what has become a mark outlives the guard: the others lose their slot before they cordon.
          if (kind === 'restart') ledger = newLedger(0);
          const before = new Set(namesOf(ledger.slots));
          const seen = survey(nodes, rules, [...before]);
          const settled = settle(ledger, seen, { nowMs: 0, returned: NONE });
          ({ ledger } = settled);
          const [group] = seen.groups;
          const isNew = namesOf(settled.granted).some((granted) => !before.has(granted));
          if (isNew) expect(ledger.slots.length + (group?.down ?? 0)).toBeLessThanOrEqual(group?.max ?? 0);
          if (isNew && oneZoneAtATime) expect(new Set(ledger.slots.map(({ zone }) => zone)).size).toBe(1);
          for (const node of nodes) {
            if ((node.mark ?? null) !== null) expect(namesOf(ledger.slots)).toContain(node.name);
          }
        }
      },
    ),
    { numRuns: 500 },
  );
});

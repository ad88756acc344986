/** When a heal is overdue: below, at and above the limit, and what makes the count begin again. */

import { expect, test } from '@jest/globals';

import type { NodeFacts } from '../../domain/node/facts.ts';
import { nodeName, windowsNode } from '../../tests/fixtures/nodes.ts';
import { createOverdueHeals, WINDOWS_MAX } from './overdue-heals.ts';

const WINDOW_MS = 1_000;
const LIMIT_MS = WINDOWS_MAX * WINDOW_MS;

interface Look {
  readonly atMs: number;
  readonly node?: NodeFacts | null;
  /** State of the heal; null where none runs. */
  readonly state: string | null;
}

/** The count after the last look. */
function countAfter(...looks: readonly Look[]): number {
  const overdue = createOverdueHeals(WINDOW_MS);
  return looks
    .map(({ atMs, node = windowsNode('win-1'), state }) =>
      overdue.count({
        nodes: node === null ? [] : [node],
        openHeals: new Map(state === null ? [] : [[nodeName('win-1'), { state }]]),
        nowMs: atMs,
      }),
    )
    .reduce((_, count) => count, 0);
}

test.each([
  [LIMIT_MS - 1, 0],
  [LIMIT_MS, 0],
  [LIMIT_MS + 1, 1],
])('a heal that was under way for %i ms counts: %i', (ageMs, count) => {
  const begun = 500;
  expect(countAfter({ atMs: begun, state: 'healing' }, { atMs: begun + ageMs, state: 'healing' })).toBe(count);
});

test.each([
  ['a node whose heal does not even start', [null, null], 1],
  ['a heal whose state is unknown', [{ state: null }, { state: null }], 1],
])('counts %s', (_, heals, count) => {
  const overdue = createOverdueHeals(WINDOW_MS);
  const counts = heals.map((heal, index) =>
    overdue.count({
      nodes: [windowsNode('win-1')],
      openHeals: new Map(heal === null ? [] : [[nodeName('win-1'), heal]]),
      nowMs: index * (LIMIT_MS + 1),
    }),
  );
  expect(counts).toEqual([0, count]);
});

test('the time before the heal was started counts as well', () => {
  expect(countAfter({ atMs: 0, state: null }, { atMs: LIMIT_MS + 1, state: 'healing' })).toBe(1);
});

test.each(['stalled', 'unproven', 'waiting-for-ready'])(
  'a heal that is %s is not overdue, and back in its window begins to count again',
  (state) => {
    expect(countAfter({ atMs: 0, state }, { atMs: LIMIT_MS + 1, state })).toBe(0);
    const back = { atMs: LIMIT_MS + 1, state: 'healing' };
    expect(countAfter({ atMs: 0, state: 'healing' }, { atMs: 1, state }, back)).toBe(0);
  },
);

test('healed, switched off and not Ready nodes are not waited for', () => {
  for (const change of [{ healed: true }, { disabled: true }, { ready: false }]) {
    const node = windowsNode('win-1', change);
    expect(countAfter({ atMs: 0, node, state: null }, { atMs: LIMIT_MS + 1, node, state: null })).toBe(0);
  }
});

test('another node of the same name is counted from its own start, and one that is gone is forgotten', () => {
  const other = { ...windowsNode('win-1'), uid: windowsNode('win-2').uid };
  expect(countAfter({ atMs: 0, state: 'healing' }, { atMs: LIMIT_MS + 1, node: other, state: 'healing' })).toBe(0);
  const gone = { atMs: 1, node: null, state: null };
  expect(countAfter({ atMs: 0, state: 'healing' }, gone, { atMs: LIMIT_MS + 1, state: 'healing' })).toBe(0);
});

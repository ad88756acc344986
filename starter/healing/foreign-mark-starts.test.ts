/** How often a foreign mark may start a heal. */

import { expect, test } from '@jest/globals';
import { windowsNode } from '../../tests/fixtures/nodes.ts';
import { createForeignMarkStarts } from './foreign-mark-starts.ts';

const HOUR_MS = 3_600_000;
const marked = windowsNode('a', { mark: 'other-boot' });

function world() {
  const clock = { nowMs: 0 };
  return { clock, starts: createForeignMarkStarts({ pauseMs: HOUR_MS, nowMs: () => clock.nowMs }) };
}

test('H10: a foreign mark starts a heal at once, the next time after the pause, then after twice as long', () => {
  const { clock, starts } = world();
  for (const pauseMs of [0, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS, 8 * HOUR_MS, 16 * HOUR_MS, 24 * HOUR_MS, 24 * HOUR_MS]) {
    clock.nowMs += Math.max(0, pauseMs - 1);
    expect(starts.allows(marked)).toBe(pauseMs === 0);
    if (pauseMs > 0) clock.nowMs += 1;
    expect(starts.allows(marked)).toBe(true);
    starts.started(marked);
  }
});

test('H10: another node of that name, and a node without a foreign mark, are not held back', () => {
  const { starts } = world();
  starts.started(marked);
  expect(starts.allows(marked)).toBe(false);
  const { uid } = windowsNode('b');
  expect(starts.allows({ ...marked, uid })).toBe(true);
  const unmarked = windowsNode('a');
  expect(starts.allows(unmarked)).toBe(true);
});

test('H10: a start for another reason than a foreign mark is not counted', () => {
  const { starts } = world();
  starts.started(windowsNode('a'));
  expect(starts.allows(marked)).toBe(true);
});

test('H10: a start is forgotten after two days', () => {
  const { clock, starts } = world();
  starts.started(marked);
  starts.started(marked);
  clock.nowMs = 48 * HOUR_MS;
  starts.forget();
  starts.started(marked);
  clock.nowMs += HOUR_MS;
  expect(starts.allows(marked)).toBe(true);
});

/** What the demo shows and how it ends. */

import { expect, test } from '@jest/globals';
import type { HealingStatus } from '../../contracts/healing/heal-node.ts';
import { conclude } from './conclusion.ts';
import { HEAL_ROWS, healTable } from './heal-table.ts';
import type { HealView } from './heal-views.ts';
import { createScreen } from './screen.ts';
import { createStandstill } from './standstill.ts';

const STATUS: HealingStatus = {
  cluster: 'sandbox',
  node: 'win-1',
  nodeUid: 'uid',
  state: 'healing',
  attempts: 7,
  attemptsInWindow: 7,
  podsProven: 6,
  provenPodsMin: 3,
  rejectedInARow: 0,
  errorBudget: 10,
  lastError: null,
  lastEvidence: { level: 2, detail: 'sandbox ready', podName: 'healer-7', atMs: 0 },
  windowStartMs: 0,
  windowEndMs: 90_000,
  nextAttemptMs: null,
  retryAtMs: null,
  pod: null,
};
const HEALING: HealView = { node: 'win-1', healed: false, ended: false, status: STATUS, problem: null };
const HEALED: HealView = { ...HEALING, healed: true, ended: true };
const FAILED: HealView = {
  node: 'win-2',
  healed: false,
  ended: true,
  problem: null,
  status: {
    ...STATUS,
    state: 'unproven',
    podsProven: 0,
    lastEvidence: { level: 0, detail: 'FailedCreatePodSandBox: HNS failed', podName: 'healer-9', atMs: 0 },
  },
};

test('the table shows what is left of the window, and nothing left once it has ended', () => {
  expect(healTable([HEALING], 25_000)[1]).toMatch(/^win-1 +healing +7 +6\/3 +level 2: sandbox ready +1:05$/);
  expect(healTable([HEALED], 25_000)[1]).toMatch(/^win-1 +healed +7 +6\/3 +level 2: sandbox ready$/);
});

test('the end names the evidence of each healed node', () => {
  const { lines, allHealed } = conclude([HEALED]);
  expect(allHealed).toBe(true);
  expect(lines).toEqual([
    'win-1: healed, 6 pods proven in 7 attempts (3 needed), newest: healer-7 level 2: sandbox ready',
    'all 1 nodes are healed',
  ]);
});

test('the end names each node that is not healed, and the reason', () => {
  const { lines, allHealed } = conclude([HEALED, FAILED]);
  expect(allHealed).toBe(false);
  expect(lines[1]).toContain('win-2: NOT healed: unproven after 7 attempts');
  expect(lines[1]).toContain('FailedCreatePodSandBox: HNS failed');
  expect(lines[2]).toBe('not healed: win-2 (1 of 2)');
});

test('a node counts as healed only with its annotation, whatever its heal says', () => {
  const claimed: HealView = { ...HEALING, status: { ...STATUS, state: 'healed' } };
  expect(conclude([claimed]).allHealed).toBe(false);
});

test('without any node the demo does not count as healed', () => {
  expect(conclude([]).allHealed).toBe(false);
});

test('outside a terminal a line is written only when something changed', () => {
  const written: string[] = [];
  const screen = createScreen({ write: (text) => written.push(text) }, [], HEAL_ROWS);
  screen.show([HEALING], 'connectivity: a');
  screen.show([HEALING], 'connectivity: a');
  screen.show([HEALED], 'connectivity: b');
  expect(written).toEqual([
    'win-1: healing, 7 attempts, 6/3 pods proven, level 2: sandbox ready\n',
    'connectivity: a\n',
    'win-1: healed, 7 attempts, 6/3 pods proven, level 2: sandbox ready\n',
    'connectivity: b\n',
  ]);
});

test('a low terminal hides nodes, not the connectivity and the notes', () => {
  const written: string[] = [];
  const screen = createScreen(
    { isTTY: true, columns: 80, rows: 10, write: (text) => written.push(text) },
    ['a note'],
    HEAL_ROWS,
  );
  const views = Array.from({ length: 30 }, (_, index) => ({ ...HEALING, node: `win-${index}` }));
  screen.show(views, 'connectivity: a');
  expect(written.join('')).toContain('a note');
  expect(written.join('')).toContain('connectivity: a');
  expect(written.join('').split('\n').length).toBeLessThanOrEqual(10);
  expect(written.join('')).toContain('more');
});

test.each([
  ['below the limit', 9_999, false],
  ['at the limit', 10_000, true],
])('a display that has not changed is at a standstill %s', (_, afterMs, reached) => {
  const standstill = createStandstill(10_000);
  standstill.reached('a', 0);
  standstill.reached('b', 5_000);
  expect(standstill.reached('b', 5_000 + afterMs)).toBe(reached);
});

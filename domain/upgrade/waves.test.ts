/** Which workers come next: canaries, waves, and what is left. */

import { expect, test } from '@jest/globals';
import { UPGRADE_RULES, workerStep } from '../../tests/fixtures/cluster-upgrade.ts';
import { nextWave, soakBefore, type WaveScene } from './waves.ts';

const names = (count: number, prefix = 'w') => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
const scene = (left: readonly string[], change: Partial<WaveScene> = {}): WaveScene => ({
  stage: 0,
  todo: left.map((name) => workerStep(name)),
  counts: [{ group: 'workers', workers: 40 }],
  doneGroups: [],
  rules: UPGRADE_RULES,
  ...change,
});
const taken = (found: WaveScene) => {
  const { stage, steps } = nextWave(found);
  return { stage, count: steps.length };
};

test('one canary of each group goes first', () => {
  const todo = [workerStep('a-1', 'a'), workerStep('a-2', 'a'), workerStep('b-1', 'b')];
  const counts = [
    { group: 'a', workers: 2 },
    { group: 'b', workers: 1 },
  ];
  const { stage, steps } = nextWave(scene([], { todo, counts }));
  expect({ stage, nodes: steps.map(({ node }) => node?.name) }).toEqual({ stage: 0, nodes: ['a-1', 'b-1'] });
});

test.each([
  ['the canary has to be tried again', 0, 40, [], { stage: 0, count: 1 }],
  ['the canary is done: 10 % of 40 are 4, with it', 0, 39, ['workers'], { stage: 1, count: 3 }],
  ['the first wave is done', 1, 36, ['workers'], { stage: 2, count: 36 }],
  ['an interrupted wave goes on with what is left of it', 1, 38, ['workers'], { stage: 1, count: 2 }],
  ['who joins after the last wave is taken at once', 3, 2, ['workers'], { stage: 3, count: 2 }],
] as const)('M5, M47: %s', (_, stage, left, doneGroups, expected) => {
  expect(taken(scene(names(left), { stage, doneGroups }))).toEqual(expected);
});

test('what the last wave leaves comes after it', () => {
  const rules = { ...UPGRADE_RULES, waves: [{ percent: 50, count: null }] };
  expect(taken(scene(names(20), { rules, stage: 1, doneGroups: ['workers'] }))).toEqual({ stage: 2, count: 20 });
});

test('a wave of a thousand nodes is taken in parts', () => {
  const counts = [{ group: 'workers', workers: 1_000 }];
  expect(taken(scene(names(1_000), { stage: 2, counts }))).toEqual({ stage: 2, count: 200 });
});

test('the canary soaks for longer than a wave, and nothing soaks within a stage', () => {
  expect([soakBefore(1, UPGRADE_RULES, 0), soakBefore(2, UPGRADE_RULES, 1), soakBefore(1, UPGRADE_RULES, 1)]).toEqual([
    1_800_000, 300_000, 0,
  ]);
});

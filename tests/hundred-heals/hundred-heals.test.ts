/** The plan of the hundred heals, their arguments, and that the broken builds can be made. */

import { expect, test } from '@jest/globals';
import { CURE_WAYS } from '../../sandbox/real-nodes/translation.ts';
import { occurrences } from '../mutations/mutation.ts';
import { readRepositoryFile } from '../tidy/repository-files.ts';
import { BREAK_NAMES, BREAKS } from './breaks.ts';
import { healPlans } from './heal-plans.ts';
import { healsCommand } from './options.ts';

const HUNDRED = { seed: 57, heals: 100, windowMs: 60_000 };

test('E57: a hundred cures come after 1 to 24 s, every fourth so long after the window, in each of the ways', () => {
  const plans = healPlans(HUNDRED);
  expect(plans.map(({ number }) => number)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  expect(new Set(plans.map(({ how }) => how))).toEqual(new Set(CURE_WAYS));
  for (const { number, cureAfterMs } of plans) {
    const earliestMs = number % 4 === 0 ? 61_000 : 1_000;
    expect(cureAfterMs).toBeGreaterThanOrEqual(earliestMs);
    expect(cureAfterMs).toBeLessThanOrEqual(earliestMs + 23_000);
  }
});

test('a seed gives the same cures again, also from the middle, and another seed gives others', () => {
  expect(healPlans({ ...HUNDRED, from: 41, heals: 10 })).toEqual(healPlans(HUNDRED).slice(40, 50));
  expect(healPlans({ ...HUNDRED, seed: 58 })).not.toEqual(healPlans(HUNDRED));
});

test('each change of a broken build replaces text that occurs exactly once', () => {
  const changes = BREAK_NAMES.flatMap((name) => BREAKS[name].changes);
  expect(changes.filter(({ file, find }) => occurrences(readRepositoryFile(file), find) !== 1)).toEqual([]);
});

test.each([
  { args: [], problem: /--seed: expected a number/ },
  { args: ['--seed', '-1'], problem: /--seed/ },
  { args: ['--seed', '1', '--heals', '0'], problem: /--heals 0: expected a whole number from 1/ },
  { args: ['--seed', '1', '--from', 'x'], problem: /--from x: expected a whole number from 1/ },
  { args: ['--seed', '1', '--finish', 'early'], problem: /--finish early: expected one of window, proven/ },
  { args: ['--seed', '1', '--window', '10'], problem: /--window 10: expected a whole number from 24/ },
  { args: ['--seed', '1', '--break', 'trusts-header'], problem: /--break trusts-header: expected --prove/ },
  { args: ['--prove', '--break', 'all'], problem: /--break all: expected --prove and one of marks-by-sandbox/ },
  { args: ['--sed', '1'], problem: /--sed/ },
])('the arguments $args are refused', ({ args, problem }) => {
  expect(healsCommand(args)).toEqual({ kind: 'wrong', problem: expect.stringMatching(problem) });
});

test('a seed alone makes a hundred heals with a window of a minute', () => {
  expect(healsCommand(['--seed', '57'])).toEqual({
    kind: 'run',
    seed: 57,
    heals: 100,
    from: 1,
    windowMs: 60_000,
    finish: 'window',
  });
});

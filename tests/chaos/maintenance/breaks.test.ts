/** The broken builds of the maintainer: the text that they replace is there, and every invariant has one. */

import { expect, test } from '@jest/globals';
import { occurrences } from '../../mutations/mutation.ts';
import { readRepositoryFile } from '../../tidy/repository-files.ts';
import { chaosCommand } from '../options.ts';
import { MAINTENANCE_BREAK_NAMES, MAINTENANCE_BREAKS } from './breaks.ts';
import { MAINTENANCE_INVARIANTS } from './judge.ts';

test('each change replaces text that occurs exactly once', () => {
  const changes = MAINTENANCE_BREAK_NAMES.map((name) => MAINTENANCE_BREAKS[name].change);
  expect(changes.filter(({ file, find }) => occurrences(readRepositoryFile(file), find) !== 1)).toEqual([]);
});

test('each invariant is broken by one of them', () => {
  const broken = new Set(MAINTENANCE_BREAK_NAMES.map((name) => MAINTENANCE_BREAKS[name].invariant));
  expect([...broken].toSorted()).toEqual(Object.keys(MAINTENANCE_INVARIANTS).toSorted());
});

test('steps of maintenance are those of the maintainer', () => {
  expect(chaosCommand(['--maintenance', '--steps'])).toEqual({ kind: 'maintenance-steps' });
});

test('of upgrades there are a seed or steps, and nothing else', () => {
  expect(chaosCommand(['--upgrade', '--steps'])).toEqual({ kind: 'upgrade-steps' });
  const wrong = { kind: 'wrong', problem: '--upgrade: takes --seed or --steps, and nothing else' };
  expect(chaosCommand(['--upgrade', '--seed', '1'])).toEqual({ kind: 'upgrade', seed: 1 });
  expect(chaosCommand(['--upgrade', '--maintenance', '--steps'])).toEqual(wrong);
});

test('a proof of maintenance is of all its broken builds, or of one', () => {
  const all = { kind: 'prove-maintenance', only: MAINTENANCE_BREAK_NAMES };
  expect(chaosCommand(['--maintenance', '--prove'])).toEqual(all);
  const one = { kind: 'prove-maintenance', only: ['second-act'] };
  expect(chaosCommand(['--maintenance', '--prove', '--break', 'second-act'])).toEqual(one);
});

test.each([
  { args: ['--maintenance', '--prove', '--break', 'double-pods'], problem: /expected one of overdrawn-budget/ },
  {
    args: ['--maintenance', '--break', 'second-act', '--seed', '1'],
    problem: /--break second-act: of --maintenance only with --prove/,
  },
  { args: ['--maintenance', '--evidence', 'sandbox', '--seed', '1'], problem: /takes --seed/ },
  { args: ['--prove', '--break', 'second-act'], problem: /expected one of premature-annotation/ },
])('the arguments $args are refused', ({ args, problem }) => {
  expect(chaosCommand(args)).toEqual({ kind: 'wrong', problem: expect.stringMatching(problem) });
});

/** The broken builds: the text that they replace is there, and every invariant has one. */

import { expect, test } from '@jest/globals';
import { occurrences } from '../mutations/mutation.ts';
import { readRepositoryFile } from '../tidy/repository-files.ts';
import { BREAK_NAMES, BREAKS, NEXT_VERSION } from './breaks.ts';
import { INVARIANTS } from './finding.ts';
import { chaosCommand } from './options.ts';

test('each change replaces text that occurs exactly once', () => {
  const changes = [
    ...Object.values(NEXT_VERSION).flat(),
    ...BREAK_NAMES.flatMap((name) => [...BREAKS[name].changes, ...(BREAKS[name].nextChanges ?? [])]),
  ];
  const wrong = changes.filter(({ file, find }) => occurrences(readRepositoryFile(file), find) !== 1);
  expect(wrong).toEqual([]);
});

test('each invariant is broken by one of them', () => {
  expect(BREAK_NAMES.map((name) => BREAKS[name].invariant)).toEqual(Object.keys(INVARIANTS));
});

test.each([
  { args: [], problem: /--seed: expected a number/ },
  { args: ['--seed', 'x'], problem: /--seed x: expected a whole number from 0/ },
  { args: ['--seed', '1', '--minutes', '0.1'], problem: /--minutes 0.1: expected a number from 0.2/ },
  { args: ['--seed', '1', '--nodes', '1.5'], problem: /--nodes 1.5: expected a whole number from 1/ },
  { args: ['--seed', '1', '--break', 'all'], problem: /--break all: expected one of premature-annotation/ },
  { args: ['--seed', '1', '--evidence', 'x'], problem: /--evidence x: expected one of sandbox, source-address/ },
  { args: ['--sed', '1'], problem: /--sed/ },
  { args: ['--upgrade'], problem: /--seed: expected a number/ },
  { args: ['--upgrade', '--seed', '1', '--steps'], problem: /--upgrade: takes --seed or --steps/ },
  { args: ['--upgrade', '--seed', '1', '--maintenance'], problem: /--upgrade: takes --seed or --steps/ },
])('the arguments $args are refused', ({ args, problem }) => {
  expect(chaosCommand(args)).toEqual({ kind: 'wrong', problem: expect.stringMatching(problem) });
});

test('a seed alone runs six minutes with twenty-four nodes', () => {
  expect(chaosCommand(['--seed', '7'])).toEqual({
    kind: 'run',
    seed: 7,
    evidence: 'sandbox',
    minutes: 6,
    nodes: 24,
    breakName: null,
    from: null,
  });
});

test.each([
  { args: ['--seed', '7', '--evidence', 'source-address'], evidence: 'source-address' },
  { args: ['--seed', '7', '--break', 'one-proof'], evidence: 'source-address' },
  { args: ['--seed', '7', '--break', 'double-pods'], evidence: 'sandbox' },
])('the arguments $args run with the evidence $evidence', ({ args, evidence }) => {
  expect(chaosCommand(args)).toMatchObject({ kind: 'run', evidence });
});

test('a proof with an evidence is of its broken builds', () => {
  const only = ['one-proof', 'hasty-deletion', 'silent-relapse', 'early-untaint'];
  expect(chaosCommand(['--prove', '--evidence', 'source-address'])).toEqual({ kind: 'prove', only });
  expect(chaosCommand(['--prove'])).toEqual({ kind: 'prove', only: BREAK_NAMES });
});

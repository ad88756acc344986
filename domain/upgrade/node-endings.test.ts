/** What the end of a node, and a decision about it, make of an upgrade. */

import { expect, test } from '@jest/globals';
import { controlStep, ready, record, TARGET, view, workerStep } from '../../tests/fixtures/cluster-upgrade.ts';
import { upgradeAction } from './cluster-plan.ts';
import type { Decision } from './cluster-state.ts';
import {
  afterHeldLook,
  afterNode,
  afterRetry,
  afterSkip,
  outcomeCounts,
  retryProblem,
  skipProblem,
} from './node-endings.ts';

const STEPS = ['w-1', 'w-2'].map((name) => workerStep(name));
const decision = (kind: Decision['kind']): Decision => ({ kind, node: 'w-1', by: 'anna', reason: 'seen', atMs: 1 });

test.each([
  ['undrained', 1],
  ['act-failed', 1],
  ['aborted', 1],
  ['done', 0],
  ['node-gone', 0],
  ['node-replaced', 0],
  ['not-ready-before', 0],
  ['left-cordoned', 0],
] as const)('M19, M24: a worker that ends as %s leaves %d problems', (outcome, problems) => {
  expect(afterNode(ready(STEPS), record('w-1', outcome)).problems).toHaveLength(problems);
});

test('a node of the control plane that could not be taken halts the run', () => {
  const state = ready([controlStep('cp-1')]);
  const ended = afterNode(state, record('cp-1', 'not-ready-before', { isWorker: false }));
  expect(ended.problems).toMatchObject([{ node: 'cp-1', kind: 'not-ready-before' }]);
});

test('M38: nothing begins while somebody has to decide, and a skip or a retry is in the record', () => {
  const halted = afterNode(ready(STEPS), record('w-1', 'undrained'));
  expect(upgradeAction(halted, 'upgrade', 0)).toEqual({ kind: 'wait', untilMs: null });
  const skipped = afterSkip(halted, { node: 'w-1', isBegun: true }, decision('skip'));
  expect(skipped).toMatchObject({ problems: [], passedOver: ['w-1'], decisions: [{ kind: 'skip', by: 'anna' }] });
  const retried = afterRetry(skipped, 'w-1', decision('retry'));
  expect(retried).toMatchObject({ problems: [], passedOver: [], decisions: [{ kind: 'skip' }, { kind: 'retry' }] });
});

test('M19: a node that comes back late is no problem any more', () => {
  const held = afterHeldLook(ready(STEPS), [{ node: 'w-1', detail: 'not Ready' }], 5);
  expect(held.problems).toEqual([{ node: 'w-1', kind: 'held', detail: 'not Ready', sinceMs: 5 }]);
  expect(afterHeldLook(held, [{ node: 'w-1', detail: 'not Ready' }], 9).problems).toMatchObject([{ sinceMs: 5 }]);
  expect(afterNode(held, record('w-1', 'done')).problems).toEqual([]);
});

test('M38: after an abort no end of a node halts anything', () => {
  const aborted = { ...ready(STEPS), isAborted: true };
  expect(afterNode(aborted, record('w-1', 'aborted')).problems).toEqual([]);
});

test('M38: only a node of the run that is not done can be skipped, and only one with a problem retried', () => {
  const state = { ...ready(STEPS.slice(1)), records: [record('w-1', 'done')] };
  expect(skipProblem(state, 'w-1')).toContain('done');
  // Also while its wave goes on, and nobody has looked again.
  expect(skipProblem({ ...state, view: view(STEPS) }, 'w-1')).toContain('done');
  expect(skipProblem(state, 'w-2')).toBeNull();
  expect(skipProblem(state, 'x')).toContain('nothing to do');
  expect(skipProblem({ ...state, view: null }, 'w-2')).toContain('no plan');
  expect(retryProblem(state, 'w-2')).toContain('neither');
  const skipped = afterSkip(state, { node: 'w-2', isBegun: true }, decision('skip'));
  expect(skipProblem(skipped, 'w-2')).toContain('already');
  expect(retryProblem(skipped, 'w-2')).toBeNull();
});

test('M38, M46: a node that is skipped before it was begun has a record, and the run is not done without it', () => {
  const done = { ...ready(STEPS), records: [record('w-2', 'done')] };
  const skipped = afterSkip(done, { node: 'w-1', isBegun: false }, { ...decision('skip'), atMs: 7 });
  expect(skipped.records.at(-1)).toMatchObject({ node: 'w-1', outcome: 'skipped', to: TARGET, fromMs: 7, toMs: 7 });
  expect(outcomeCounts(skipped)).toEqual({ done: 1, skipped: 1 });
  const after = { sinceMs: 0, calmSinceMs: 0, broken: [], isOver: true };
  expect(upgradeAction({ ...skipped, view: view([]), after }, 'upgrade', 0)).toEqual({
    kind: 'end',
    finish: { outcome: 'partial', detail: 'not upgraded: w-1' },
  });
  // Where it has begun the end of its maintenance says what became of it.
  expect(afterSkip(done, { node: 'w-1', isBegun: true }, decision('skip')).records).toEqual(done.records);
});

test('M46: the last word about each node counts, and older records are left out by number', () => {
  const twice = [record('w-1', 'undrained'), record('w-1', 'done'), record('w-2', 'done')];
  expect(outcomeCounts({ ...ready([]), records: twice })).toEqual({ done: 2 });
  const full = { ...ready([]), records: Array.from({ length: 1_000 }, (_, index) => record(`n-${index}`, 'done')) };
  const over = afterNode(full, record('last', 'done'));
  expect([over.records.length, over.recordsLost, over.records.at(-1)?.node]).toEqual([1_000, 1, 'last']);
});

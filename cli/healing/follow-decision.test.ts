/** When a wait ends, and what is shown until then. */

import { expect, test } from '@jest/globals';
import type { HealingStatus } from '../../contracts/healing/heal-node.ts';
import type { HealRecord } from '../../temporal/healing/heal-record.ts';
import { type FollowStart, followVerdict, progressLine } from './follow-decision.ts';

const STATUS: HealingStatus = {
  cluster: 'prod',
  node: 'win-1',
  nodeUid: 'uid-1',
  state: 'healing',
  attempts: 7,
  attemptsInWindow: 7,
  podsProven: 5,
  provenPodsMin: 3,
  rejectedInARow: 0,
  errorBudget: 10,
  lastError: null,
  lastEvidence: { level: 2, detail: 'sandbox ready', podName: 'pod-6', atMs: 95_000 },
  windowStartMs: 60_000,
  windowEndMs: 160_000,
  nextAttemptMs: 110_000,
  retryAtMs: null,
  pod: null,
};

const RECORD: HealRecord = {
  node: 'win-1',
  workflowId: 'heal-node/prod/win-1',
  runId: 'run-1',
  execution: 'running',
  startedMs: 0,
  closedMs: null,
  stateAttribute: null,
  pending: null,
  status: STATUS,
  result: null,
};

const result = (outcome: 'healed' | 'healed-elsewhere' | 'node-gone') =>
  ({ outcome, attempts: 9, podsProven: 8, detail: 'why' }) as const;
const stalled: HealRecord = {
  ...RECORD,
  status: { ...STATUS, state: 'stalled', lastError: '403 exceeded quota', rejectedInARow: 10 },
};

test.each([
  { case: 'healing', record: RECORD, kind: 'going-on', message: '' },
  { case: 'no answer', record: { ...RECORD, status: null }, kind: 'going-on', message: '' },
  { case: 'stalled', record: stalled, kind: 'not-healed', message: 'stalled: 403 exceeded quota' },
  {
    case: 'unproven',
    record: { ...RECORD, status: { ...STATUS, state: 'unproven', podsProven: 1 } },
    kind: 'not-healed',
    message: '1 of 3 needed pods proved their network (last: sandbox ready)',
  },
  {
    case: 'healed',
    record: { ...RECORD, execution: 'completed', result: result('healed') },
    kind: 'healed',
    message: 'why',
  },
  {
    case: 'marked, and watched',
    record: {
      ...RECORD,
      status: {
        ...STATUS,
        state: 'watching',
        watch: { markedMs: 0, untilMs: null, detail: 'marked', attempts: 0, refutedInARow: 0, isBraked: false },
      },
    },
    kind: 'healed',
    message: 'is healed: marked',
  },
  {
    case: 'healed elsewhere',
    record: { ...RECORD, execution: 'completed', result: result('healed-elsewhere') },
    kind: 'not-healed',
    message: 'healed-elsewhere: why',
  },
  {
    case: 'cancelled',
    record: { ...RECORD, execution: 'cancelled' },
    kind: 'not-healed',
    message: 'ended as cancelled',
  },
  { case: 'failed', record: { ...RECORD, execution: 'failed' }, kind: 'not-healed', message: 'ended as failed' },
] as const)('a heal that is $case: $kind', ({ record, kind, message }) => {
  const verdict = followVerdict(record, null);
  expect(verdict.kind).toBe(kind);
  expect(verdict.kind === 'going-on' ? '' : verdict.message).toContain(message);
});

test('a state from before the restart does not end the wait, the same state in a later window does', () => {
  const before: FollowStart = { runId: 'run-1', running: true, windowStartMs: 60_000 };
  expect(followVerdict(stalled, before).kind).toBe('going-on');
  const later: HealRecord = { ...stalled, status: { ...STATUS, state: 'stalled', windowStartMs: 100_000 } };
  expect(followVerdict(later, before).kind).toBe('not-healed');
  const done: HealRecord = { ...RECORD, execution: 'completed', result: result('healed') };
  expect(followVerdict(done, before).kind).toBe('healed');
});

test('a closed run that was restarted is waited for under its new run id', () => {
  const before: FollowStart = { runId: 'run-1', running: false, windowStartMs: null };
  const done: HealRecord = { ...RECORD, execution: 'completed', result: result('node-gone') };
  expect(followVerdict(done, before).kind).toBe('going-on');
  expect(followVerdict({ ...done, runId: 'run-2' }, before).kind).toBe('not-healed');
});

test('the progress line has times for a person, and none where each change is a line', () => {
  expect(progressLine(RECORD, { nowMs: 100_000, clock: true })).toBe(
    'win-1  healing  attempt 7  5 proven (3 needed)  evidence 2: sandbox ready, 5s ago  1m00s left',
  );
  expect(progressLine(RECORD, { nowMs: 100_000, clock: false })).toBe(
    'win-1  healing  attempt 7  5 proven (3 needed)  evidence 2: sandbox ready',
  );
  expect(progressLine({ ...RECORD, status: null }, { nowMs: 0, clock: true })).toContain('no answer');
  expect(progressLine(stalled, { nowMs: 0, clock: false })).toContain('10 of 10 errors in a row');
});

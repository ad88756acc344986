/** When the breaker opens, and what closes it. */

import { expect, test } from '@jest/globals';
import { afterEnding, afterTally, type Breaker, breakerReason, CLOSED_BREAKER, resumed } from './breaker.ts';
import type { GroupTally } from './budget.ts';
import { NODE_OUTCOMES, type NodeOutcomeKind } from './outcome.ts';

const MINUTE_MS = 60_000;

function ended(breaker: Breaker, outcome: NodeOutcomeKind, failuresMax = 1): Breaker {
  return afterEnding(breaker, { node: 'lin-1', outcome }, { failuresMax, nowMs: 1 });
}

function looked(breaker: Breaker, down: number, nowMs: number): Breaker {
  const group: GroupTally = {
    name: 'workers',
    denominator: 8,
    max: 1,
    down,
    unavailableMax: 2,
    downNames: [],
    schedulable: 8,
  };
  return afterTally(breaker, [group], { closeAfterMs: 10 * MINUTE_MS, nowMs });
}

test.each(NODE_OUTCOMES.map((outcome) => [outcome, outcome === 'unproven' || outcome === 'act-failed'] as const))(
  'M29: %s opens the breaker: %s',
  (outcome, opens) => {
    expect(breakerReason(ended(CLOSED_BREAKER, outcome)) !== null).toBe(opens);
  },
);

test('M29: only failures in a row count, until a person resumes', () => {
  const one = ended(CLOSED_BREAKER, 'act-failed', 2);
  expect(breakerReason(one)).toBeNull();
  expect(breakerReason(ended(ended(one, 'done', 2), 'unproven', 2))).toBeNull();
  // An act that was never begun says nothing.
  const open = ended(ended(one, 'undrained', 2), 'unproven', 2);
  expect(breakerReason(open)).toBe('2 acts in a row failed, the last one on lin-1: unproven');
  expect(breakerReason(ended(open, 'done', 2))).not.toBeNull();
  expect(resumed(open)).toEqual(CLOSED_BREAKER);
});

test('M29: opened by nodes that are down it closes ten minutes after they are up, by itself only', () => {
  expect(breakerReason(looked(CLOSED_BREAKER, 2, 0))).toBeNull();
  const open = looked(CLOSED_BREAKER, 3, 0);
  expect(breakerReason(open)).toBe('3 of 8 nodes of workers are down, more than 2');
  expect(breakerReason(resumed(open))).not.toBeNull();
  const over = looked(open, 2, MINUTE_MS);
  expect(breakerReason(looked(over, 2, 11 * MINUTE_MS - 1))).not.toBeNull();
  expect(looked(over, 2, 11 * MINUTE_MS)).toEqual(CLOSED_BREAKER);
  // Down again in between: the ten minutes begin again.
  const again = looked(looked(over, 3, 2 * MINUTE_MS), 0, 3 * MINUTE_MS);
  expect(breakerReason(looked(again, 0, 11 * MINUTE_MS))).not.toBeNull();
});

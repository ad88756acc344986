/** The plan of a heal: tables with the value below, at and above each limit. */

import { expect, test } from '@jest/globals';
import { HEALING_RULES, nodeToHeal } from '../../tests/fixtures/healing.ts';
import { nodeUid } from '../../tests/fixtures/nodes.ts';
import type { NodeFacts } from '../node/facts.ts';
import { giveUp } from './giving-up.ts';
import { healingPlan, isProven } from './plan.ts';
import { beginState, catchUpState, type HealingState, observe, openWindow, recordAttempt } from './state.ts';
import type { HealingWindow } from './window.ts';

const rules = HEALING_RULES;
const START_MS = 1_000_000;
const END_MS = START_MS + rules.windowMs;
const LIMIT_MS = START_MS + 2 * rules.windowMs;

function state(change: { facts?: Partial<NodeFacts>; window?: Partial<HealingWindow> } = {}): HealingState {
  const node = { kind: 'present', facts: nodeToHeal(change.facts) } as const;
  const begun = beginState({ node, attempts: 0, rules, nowMs: START_MS });
  return { ...begun, window: { ...begun.window, ...change.window } };
}

const plan = (of: HealingState, nowMs: number, bounded = true) =>
  healingPlan(of, { nodeUid: 'uid-1', rules, nowMs, bounded });

test('the first attempt is due at once, the next when its time has come', () => {
  expect(plan(state(), START_MS)).toEqual({ kind: 'attempt' });
  const next = state({ window: { nextAttemptMs: START_MS + 30_000 } });
  expect(plan(next, START_MS + 29_999)).toEqual({ kind: 'wait', untilMs: START_MS + 30_000 });
  expect(plan(next, START_MS + 30_000)).toEqual({ kind: 'attempt' });
});

test('H6: a proven node is concluded when its window has passed, not a millisecond earlier', () => {
  const proven = { podsProven: 3, lastProofMs: END_MS - 30_000, nextAttemptMs: END_MS + 1 };
  expect(plan(state({ window: proven }), END_MS - 1)).toEqual({ kind: 'wait', untilMs: END_MS });
  expect(plan(state({ window: proven }), END_MS)).toEqual({ kind: 'conclude' });
});

test.each([
  [2, END_MS, false],
  [3, END_MS, true],
  [4, END_MS, true],
  [3, END_MS - 59_999, true],
  [3, END_MS - 60_000, true],
  [3, END_MS - 60_001, false],
  [3, null, false],
])('H6: %i proven pods, the newest at %s: proven is %s', (podsProven, lastProofMs, expected) => {
  expect(isProven(state({ window: { podsProven, lastProofMs } }), rules, END_MS)).toBe(expected);
});

test('H6: without enough proof the window extends up to twice its length, then it is concluded', () => {
  const unproven = state({ window: { podsProven: 2, lastProofMs: END_MS, nextAttemptMs: LIMIT_MS } });
  expect(plan(unproven, END_MS)).toEqual({ kind: 'wait', untilMs: LIMIT_MS });
  expect(plan(unproven, LIMIT_MS - 1)).toEqual({ kind: 'wait', untilMs: LIMIT_MS });
  expect(plan(unproven, LIMIT_MS)).toEqual({ kind: 'conclude' });
});

test.each([
  [9, 'attempt'],
  [10, 'stall'],
  [11, 'stall'],
])('H11: %i rejected attempts in a row lead to %s', (rejectedInARow, kind) => {
  expect(plan(state({ window: { rejectedInARow } }), START_MS).kind).toBe(kind);
});

test('H8: no attempt on a node that is not Ready; Ready again opens a new window', () => {
  const at = { rules, nowMs: START_MS + 60_000 };
  const away = observe(state(), { kind: 'present', facts: nodeToHeal({ ready: false }) }, at);
  expect(away.phase).toBe('waiting-for-ready');
  expect(plan(away, at.nowMs)).toEqual({ kind: 'wait', untilMs: at.nowMs + 30_000 });
  expect(plan(away, at.nowMs + 30_000)).toEqual({ kind: 'look' });
  const back = observe(away, { kind: 'present', facts: nodeToHeal({ readyChangedMs: 6 }) }, at);
  expect(plan(back, at.nowMs)).toEqual({ kind: 'open-window' });
});

test('H8: a NotReady that was missed shows in the time of the last change, and opens a new window', () => {
  const flapped = observe(
    state(),
    { kind: 'present', facts: nodeToHeal({ readyChangedMs: 6 }) },
    { rules, nowMs: START_MS },
  );
  expect(plan(flapped, START_MS)).toEqual({ kind: 'open-window' });
});

test.each([
  ['gone', 'node-gone'],
  [{ healed: true }, 'healed-elsewhere'],
  [{ disabled: true }, 'disabled'],
  [{ windows: false }, 'not-windows'],
] as const)('H9, H10: a node that is %j is left as %s, also when the heal had stalled', (change, outcome) => {
  const node = change === 'gone' ? { kind: change } : { kind: 'present' as const, facts: nodeToHeal(change) };
  const at = { rules, nowMs: START_MS };
  expect(plan(observe(state(), node, at), START_MS)).toEqual({ kind: 'leave', outcome });
  expect(plan(observe(giveUp(state(), 'stalled', at), node, at), START_MS)).toEqual({ kind: 'leave', outcome });
});

test('H9: another uid under the same name is another node', () => {
  expect(plan(state({ facts: { uid: nodeUid('uid-2') } }), START_MS)).toEqual({ kind: 'adopt-node' });
});

test('H12: stalled and unproven heals wait for the slow retry, and a change of the node brings them back', () => {
  for (const phase of ['stalled', 'unproven'] as const) {
    const given = giveUp(state(), phase, { rules, nowMs: START_MS });
    const retryMs = START_MS + rules.retryAfterMs;
    expect(plan(given, retryMs - 1)).toEqual({ kind: 'wait', untilMs: retryMs });
    expect(plan(given, retryMs)).toEqual({ kind: 'open-window' });
    const changed = observe(
      given,
      { kind: 'present', facts: nodeToHeal({ readyChangedMs: 9 }) },
      { rules, nowMs: START_MS },
    );
    expect(plan(changed, START_MS)).toEqual({ kind: 'open-window' });
  }
});

test.each([
  [30_000, 0],
  [30_001, 30_001],
  [300_000, 300_000],
])('H11: an attempt %i ms late moves the window by %i ms', (lateMs, movedMs) => {
  const late = catchUpState(state(), rules, START_MS + lateMs);
  expect(late.window.endMs - END_MS).toBe(movedMs);
  expect(late.window.limitMs - LIMIT_MS).toBe(movedMs);
});

test('rejected attempts in a row are counted, and a created pod clears the count', () => {
  const at = { rules, nowMs: START_MS, spread: 0 };
  const rejected = { judgement: null, outcome: { kind: 'rejected', message: 'quota' } } as const;
  const twice = recordAttempt(recordAttempt(state(), rejected, at), rejected, at);
  expect([twice.window.rejectedInARow, twice.lastError, twice.attempts]).toEqual([2, 'quota', 2]);
  const pod = { name: 'p', uid: 'u', attempt: 3 };
  const created = recordAttempt(twice, { judgement: null, outcome: { kind: 'created', pod } }, at);
  expect([created.window.rejectedInARow, created.lastError, created.pod]).toEqual([0, null, pod]);
});

test('H11: a pod whose DELETE was refused is kept, to be deleted by the next attempt', () => {
  const at = { rules, nowMs: START_MS, spread: 0 };
  const pod = { name: 'p', uid: 'u', attempt: 1 };
  const refused = { judgement: null, outcome: { kind: 'rejected', message: 'forbidden', pod } } as const;
  expect(recordAttempt({ ...state(), pod, attempts: 1 }, refused, at).pod).toEqual(pod);
  const { pod: _, ...gone } = refused.outcome;
  expect(recordAttempt({ ...state(), pod, attempts: 1 }, { judgement: null, outcome: gone }, at).pod).toBeNull();
});

test('a pod made before the window opened proves nothing in it', () => {
  const at = { rules, nowMs: START_MS, spread: 0 };
  const pod = { name: 'p', uid: 'u', attempt: 7 };
  const begun = openWindow({ ...state(), pod, attempts: 7 }, rules, START_MS);
  const judgement = { podName: 'p', level: 2, detail: 'sandbox ready' } as const;
  const outcome = { kind: 'created', pod: { name: 'q', uid: 'v', attempt: 8 } } as const;
  const first = recordAttempt(begun, { judgement, outcome }, at);
  expect([first.attempts, first.window.podsProven]).toEqual([8, 0]);
  expect(recordAttempt(first, { judgement, outcome }, at).window.podsProven).toBe(1);
});

test.each([
  [0, 30_000],
  [0.5, 37_500],
  [0.999, 44_985],
])('H16: the first attempt is not delayed, the second one is spread: %f gives %i ms', (spread, afterMs) => {
  const pod = { name: 'p', uid: 'u', attempt: 1 };
  const news = { judgement: null, outcome: { kind: 'created', pod } } as const;
  const first = recordAttempt(state(), news, { rules, nowMs: START_MS, spread });
  expect(first.window.nextAttemptMs - START_MS).toBe(afterMs);
  const second = recordAttempt(first, news, { rules, nowMs: START_MS + afterMs, spread });
  expect(second.window.nextAttemptMs - first.window.nextAttemptMs).toBe(rules.intervalMs);
});

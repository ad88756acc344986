/** A hint asks for an attempt at once, and is no evidence (E21). */

import { expect, test } from '@jest/globals';
import { nodeToHeal, ONBOARDING_POLICY, probeJudgement } from '../../tests/fixtures/healing.ts';
import { type NodeFacts, type NodeObservation, nodeFingerprint } from '../node/facts.ts';
import { exhaust, giveUp } from './giving-up.ts';
import { healingPlan } from './plan.ts';
import { recordProbe } from './probe.ts';
import { beginState, type HealingState, observe } from './state.ts';
import type { HealingRules } from './window.ts';

const EARLY = { proofsInARow: 2, proofsOverMs: 10_000, intervalFirstMs: 5_000 };
const rules: HealingRules = { ...ONBOARDING_POLICY, early: EARLY };
const START_MS = 1_000_000;
/** Old enough that its pauses are long. */
const LATE_MS = START_MS + 600_000;

const seen = (change: Partial<NodeFacts> = {}): NodeObservation => ({ kind: 'present', facts: nodeToHeal(change) });

/** A heal whose node was refuted at `LATE_MS`, and that pauses. */
function pausing(of = rules): HealingState {
  const begun = beginState({ node: seen({ hint: '1' }), attempts: 0, rules: of, nowMs: START_MS });
  const due = { ...begun, window: { ...begun.window, nextAttemptMs: LATE_MS } };
  return recordProbe(
    due,
    { kind: 'judged', judgement: probeJudgement('refuted') },
    { rules: of, nowMs: LATE_MS, spread: 0 },
  );
}

const plan = (state: HealingState, nowMs: number, of = rules) =>
  healingPlan(state, { nodeUid: 'uid-1', rules: of, nowMs, bounded: true });

const HINT_MS = LATE_MS + 2_000;

test('E21: a changed hint makes an attempt at once, and the pauses after it are short again', () => {
  expect(plan(pausing(), HINT_MS)).toEqual({ kind: 'wait', untilMs: LATE_MS + 30_000 });
  const hinted = observe(pausing(), seen({ hint: '2' }), { rules, nowMs: HINT_MS });
  expect(plan(hinted, HINT_MS)).toEqual({ kind: 'attempt' });
  const at = { rules, nowMs: HINT_MS + 1_000, spread: 0 };
  const after = recordProbe(hinted, { kind: 'judged', judgement: probeJudgement('refuted') }, at);
  expect(plan(after, at.nowMs)).toEqual({ kind: 'wait', untilMs: at.nowMs + EARLY.intervalFirstMs });
});

test('E21: a hint that comes while a pod is under way makes the next one at once', () => {
  const due = pausing();
  const attemptMs = due.window.nextAttemptMs;
  const hinted = observe(due, seen({ hint: '2' }), { rules, nowMs: attemptMs + 1_000 });
  const at = { rules, nowMs: attemptMs + 3_000, spread: 0 };
  const after = recordProbe(hinted, { kind: 'judged', judgement: probeJudgement('refuted') }, at);
  expect(plan(after, at.nowMs)).toEqual({ kind: 'attempt' });
});

test.each<[string, NodeObservation]>([
  ['the same hint', seen({ hint: '1' })],
  ['a hint that is removed', seen()],
])('E21: %s changes nothing', (_title, node) => {
  const before = pausing();
  expect(observe(before, node, { rules, nowMs: HINT_MS })).toBe(before);
});

test('E21: a hint is no evidence', () => {
  const before = pausing();
  const { window } = observe(before, seen({ hint: '2' }), { rules, nowMs: HINT_MS });
  const { pacedFromMs: _, nextAttemptMs: __, ...rest } = window;
  const { nextAttemptMs: ___, ...unchanged } = before.window;
  expect(rest).toEqual(unchanged);
});

test('E21: a hint counts for a heal only that ends by its proofs', () => {
  const of: HealingRules = ONBOARDING_POLICY;
  const before = pausing(of);
  const after = observe(before, seen({ hint: '2' }), { rules: of, nowMs: HINT_MS });
  expect([after.window, plan(after, HINT_MS, of).kind]).toEqual([before.window, 'wait']);
});

test('E21: a hint wakes a heal that gave up, unless its window was opened too often', () => {
  const at = { rules, nowMs: LATE_MS };
  const hint = seen({ hint: '2' });
  const woken = observe(giveUp(pausing(), 'unproven', at), hint, { rules, nowMs: HINT_MS });
  expect(plan(woken, HINT_MS)).toEqual({ kind: 'open-window' });
  const exhausted = observe(exhaust(pausing(), at), hint, { rules, nowMs: HINT_MS });
  expect(plan(exhausted, HINT_MS)).toMatchObject({ kind: 'wait' });
});

test('E21: a heal that waits for its node goes on waiting', () => {
  const waiting = observe(pausing(), seen({ ready: false, hint: '1' }), { rules, nowMs: LATE_MS });
  const hinted = observe(waiting, seen({ ready: false, hint: '2' }), { rules, nowMs: HINT_MS });
  expect(plan(hinted, HINT_MS)).toEqual(plan(waiting, HINT_MS));
});

test('E21: the fingerprint of a node does not know hints: heals that take none hear nothing of them', () => {
  expect(nodeFingerprint(seen({ hint: '2' }))).toBe(nodeFingerprint(seen()));
});

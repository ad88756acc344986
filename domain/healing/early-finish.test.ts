/** When a heal ends early, and when its pods are made until then (E16, E19). */

import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { nodeToHeal, ONBOARDING_POLICY, probeJudgement } from '../../tests/fixtures/healing.ts';
import { type EarlyFinish, isRowComplete, nextInRowMs, type ProofRow, pauseMs, rowAfter } from './early-finish.ts';
import { healingPlan, isProven } from './plan.ts';
import type { SourceFinding, Verdict } from './pod-evidence.ts';
import { type ProbeNews, recordProbe } from './probe.ts';
import { beginState, type HealingState } from './state.ts';
import type { HealingRules } from './window.ts';

const EARLY: EarlyFinish = { proofsInARow: 2, proofsOverMs: 10_000, intervalFirstMs: 5_000 };
const rules: HealingRules = { ...ONBOARDING_POLICY, early: EARLY };
const { windowMs, intervalMs } = rules;
const START_MS = 1_000_000;
const TURN_AROUND_MS = 2_000;

function begun(of: HealingRules = rules): HealingState {
  const node = { kind: 'present', facts: nodeToHeal() } as const;
  return beginState({ node, attempts: 0, rules: of, nowMs: START_MS });
}

const finding = (verdict: Verdict, createdMs: number): SourceFinding => ({
  verdict,
  by: null,
  address: null,
  endpoint: null,
  createdMs,
});

interface Trial {
  readonly verdict: Verdict | 'rejected' | 'vanished' | 'echo-down';
}

/** Plays attempts as the workflow does, each as long as a pod takes; ends with the first that is no attempt or wait. */
function play(
  trials: Iterable<Trial['verdict']>,
  of: HealingRules = rules,
): { readonly state: HealingState; readonly endMs: number; readonly createdMs: readonly number[] } {
  let state = begun(of);
  let nowMs = START_MS;
  const createdMs: number[] = [];
  for (const verdict of trials) {
    for (;;) {
      const action = healingPlan(state, { nodeUid: 'uid-1', rules: of, nowMs, bounded: true });
      if (action.kind === 'attempt') break;
      if (action.kind !== 'wait') return { state, endMs: nowMs, createdMs };
      nowMs = action.untilMs;
    }
    createdMs.push(nowMs);
    const news = newsOf(verdict, nowMs);
    nowMs += TURN_AROUND_MS;
    state = recordProbe(state, news, { rules: of, nowMs, spread: 0 });
  }
  return { state, endMs: nowMs, createdMs };
}

function newsOf(verdict: Trial['verdict'], createdMs: number): ProbeNews {
  switch (verdict) {
    case 'rejected':
      return { kind: 'rejected', message: 'quota' };
    case 'vanished':
      return { kind: 'vanished' };
    case 'echo-down': {
      const { source: _, ...judgement } = probeJudgement('silent', { level: 2 });
      return { kind: 'echo-down', judgement };
    }
    default:
      return { kind: 'judged', judgement: probeJudgement(verdict, { createdMs }) };
  }
}

const actionOf = (state: HealingState, nowMs: number, of = rules) =>
  healingPlan(state, { nodeUid: 'uid-1', rules: of, nowMs, bounded: true });

test.each<[Verdict[], boolean]>([
  [['proven', 'proven'], true],
  [['refuted', 'refuted', 'proven', 'proven'], true],
  [['proven', 'refuted', 'proven'], false],
  [['proven', 'silent', 'proven'], false],
  [['proven'], false],
  [['refuted', 'silent'], false],
])('E16: after %j the heal is concluded at once: %s', (verdicts, expected) => {
  const { state, endMs } = play(verdicts);
  expect([actionOf(state, endMs).kind === 'conclude', isProven(state, rules, endMs)]).toEqual([expected, expected]);
});

test('E16: a pod that was not judged leaves the row as it was', () => {
  for (const between of ['rejected', 'vanished', 'echo-down'] as const) {
    const { state, endMs } = play(['proven', between, 'proven']);
    expect([between, actionOf(state, endMs).kind]).toEqual([between, 'conclude']);
  }
});

test('E16: the last of the row is made as long after the first as it must be, and not later', () => {
  const { createdMs } = play(['proven', 'proven']);
  expect((createdMs[1] ?? 0) - (createdMs[0] ?? 0)).toBe(EARLY.proofsOverMs);
  const three: HealingRules = { ...rules, early: { ...EARLY, proofsInARow: 3 } };
  const ofThree = play(['proven', 'proven', 'proven'], three);
  expect(ofThree.createdMs.map((ms) => ms - START_MS)).toEqual([0, 5_000, 10_000]);
  expect(actionOf(ofThree.state, ofThree.endMs, three).kind).toBe('conclude');
});

test('E16: one proof is enough where one is asked for', () => {
  const one: HealingRules = { ...rules, early: { ...EARLY, proofsInARow: 1, proofsOverMs: 0 } };
  const { state, endMs } = play(['refuted', 'proven'], one);
  expect(actionOf(state, endMs, one)).toEqual({ kind: 'conclude' });
});

test('E16: proofs of earlier windows do not count', () => {
  const { state, endMs } = play(['proven']);
  const reopened: HealingState = { ...state, window: { ...begun().window, startMs: endMs, attemptsBefore: 1 } };
  const second = recordProbe(reopened, newsOf('proven', endMs + 60_000), { rules, nowMs: endMs + 62_000, spread: 0 });
  expect(isProven(second, rules, endMs + 62_000)).toBe(false);
});

test('E16: a window without a row is extended to its limit and is then unproven, however many pods were proven', () => {
  function* alternating(): Generator<Verdict> {
    for (;;) yield* ['proven', 'refuted'] as const;
  }
  const { state, endMs } = play(alternating());
  expect(state.window.podsProven).toBeGreaterThan(rules.provenPodsMin);
  expect(endMs).toBeGreaterThanOrEqual(START_MS + 2 * windowMs);
  expect([actionOf(state, endMs), isProven(state, rules, endMs)]).toEqual([{ kind: 'conclude' }, false]);
});

test('E14, E16: with the fall-back a window in which no endpoint ever answered ends as without early finish', () => {
  const fallback: HealingRules = { ...rules, fallback: 'sandbox' };
  function* down(): Generator<'echo-down'> {
    for (;;) yield 'echo-down';
  }
  const { state, endMs } = play(down(), fallback);
  expect(endMs).toBeGreaterThanOrEqual(START_MS + windowMs);
  expect(isProven(state, fallback, endMs)).toBe(true);
  expect(isProven(state, rules, endMs)).toBe(false);
});

test('E19: pauses begin short and grow with the age of the window, to the interval', () => {
  function* refused(): Generator<'refuted'> {
    for (;;) yield 'refuted';
  }
  const { createdMs } = play(refused());
  const pauses = createdMs.slice(1).map((ms, index) => ms - (createdMs[index] ?? 0) - TURN_AROUND_MS);
  expect(pauses[0]).toBe(EARLY.intervalFirstMs);
  expect(pauses).toEqual(pauses.toSorted((one, other) => one - other));
  expect(pauses.at(-1)).toBe(intervalMs);
});

test('E19: pods that are rejected are tried at the interval, for which the budget of errors is meant', () => {
  const { createdMs } = play(['rejected', 'rejected', 'rejected']);
  expect(createdMs.map((ms) => ms - START_MS)).toEqual([0, intervalMs, 2 * intervalMs]);
});

test('E19: before the second attempt lies up to half a first interval of spread', () => {
  const first = newsOf('refuted', START_MS);
  const dueMs = (spread: number) =>
    recordProbe(begun(), first, { rules, nowMs: START_MS, spread }).window.nextAttemptMs - START_MS;
  expect([dueMs(0), dueMs(0.5), dueMs(1)]).toEqual([5_000, 6_250, 7_500]);
});

test('E16: the clock of the API server may be ahead or behind: no wait is longer than one gap', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 1, max: 100 }), (aheadMs, proofsInARow) => {
      const early = { ...EARLY, proofsInARow };
      const row: ProofRow = { proofs: 1, firstCreatedMs: START_MS + aheadMs, lastCreatedMs: START_MS + aheadMs };
      const dueMs = nextInRowMs(row, early, START_MS);
      expect(dueMs).toBeGreaterThanOrEqual(START_MS);
      expect(dueMs).toBeLessThanOrEqual(START_MS + EARLY.proofsOverMs);
    }),
  );
});

test('E17: a row is complete only with that many proofs in a row over that time, in any order of verdicts', () => {
  const verdicts = fc.array(fc.tuple(fc.constantFrom<Verdict>('proven', 'refuted', 'silent'), fc.nat(20_000)));
  fc.assert(
    fc.property(verdicts, fc.integer({ min: 1, max: 5 }), (pods, proofsInARow) => {
      const early = { ...EARLY, proofsInARow };
      let nowMs = START_MS;
      let row: ProofRow | undefined;
      const created: { readonly verdict: Verdict; readonly ms: number }[] = [];
      for (const [verdict, passedMs] of pods) {
        nowMs += passedMs;
        row = rowAfter(row, finding(verdict, nowMs));
        created.push({ verdict, ms: nowMs });
        const ofRow = created.slice(created.findLastIndex((pod) => pod.verdict !== 'proven') + 1);
        const overMs = (ofRow.at(-1)?.ms ?? 0) - (ofRow[0]?.ms ?? 0);
        const expected = ofRow.length >= proofsInARow && overMs >= EARLY.proofsOverMs;
        expect(isRowComplete(row, early)).toBe(expected);
      }
    }),
  );
});

test('E19: a pause is 5 % of the age, between its two bounds', () => {
  const at = (ageMs: number) => pauseMs(ageMs, EARLY, 30_000);
  expect([at(0), at(100_000), at(200_000), at(600_000), at(1_800_000)]).toEqual([5_000, 5_000, 10_000, 30_000, 30_000]);
});

/** What a probe changes in the state of a heal: which pods count, and what moves the window (E13 to E15, H11). */

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nodeToHeal, ONBOARDING_POLICY, probeJudgement } from '../../tests/fixtures/healing.ts';
import { healingPlan, isProven, windowProof } from './plan.ts';
import type { EvidenceLevel, Verdict } from './pod-evidence.ts';
import { type ProbeNews, recordProbe } from './probe.ts';
import { beginState, type HealingState, TEXT_LENGTH_MAX } from './state.ts';
import type { EchoFallback, HealingRules, HealingWindow } from './window.ts';

const rules = ONBOARDING_POLICY;
const { windowMs, intervalMs, patienceMs } = rules;
const START_MS = 1_000_000;
const END_MS = START_MS + windowMs;
const LIMIT_MS = START_MS + 2 * windowMs;

function state(window: Partial<HealingWindow> = {}): HealingState {
  const node = { kind: 'present', facts: nodeToHeal() } as const;
  const begun = beginState({ node, attempts: 0, rules, nowMs: START_MS });
  return { ...begun, window: { ...begun.window, ...window } };
}

const judged = (verdict: Verdict, level?: EvidenceLevel): ProbeNews => ({
  kind: 'judged',
  judgement: probeJudgement(verdict, level === undefined ? {} : { level }),
});
const echoDown = (level: EvidenceLevel = 2): ProbeNews => {
  const { source: _, ...judgement } = probeJudgement('silent', { level });
  return { kind: 'echo-down', judgement };
};
const rejected: ProbeNews = { kind: 'rejected', message: 'quota' };
const at = (nowMs: number, spread = 0) => ({ rules, nowMs, spread });

/** Each probe ends when it is due. */
function after(news: readonly ProbeNews[], from = state()): HealingState {
  return news.reduce((before, one) => recordProbe(before, one, at(before.window.nextAttemptMs)), from);
}

test('E15: a proven pod counts, with the time of its proof; a refuted or silent one does not', () => {
  const { window } = after([judged('proven'), judged('refuted'), judged('silent')]);
  expect([window.podsProven, window.lastProofMs, window.attempts]).toEqual([1, START_MS, 3]);
});

test.each<[Verdict[], boolean]>([
  [['proven', 'proven', 'proven'], true],
  [['refuted', 'proven', 'proven', 'proven'], true],
  [['proven', 'refuted', 'proven', 'proven'], true],
  [['proven', 'proven', 'proven', 'silent'], true],
  [['proven', 'proven', 'refuted'], false],
  [['proven', 'proven', 'proven', 'refuted'], false],
  [['proven', 'proven', 'proven', 'refuted', 'silent'], false],
  [['proven', 'proven', 'silent'], false],
])('E15: after %j at the end of the window the node is proven: %s', (verdicts, expected) => {
  const state = after(verdicts.map((verdict) => judged(verdict)));
  expect(isProven(state, rules, state.window.lastProofMs ?? 0)).toBe(expected);
});

test('E15: pods that were refuted last extend the window to its limit, and then it is concluded', () => {
  const refuted = state({ podsProven: 9, lastProofMs: END_MS, lastVerdict: 'refuted', nextAttemptMs: LIMIT_MS });
  const plan = (nowMs: number) => healingPlan(refuted, { nodeUid: 'uid-1', rules, nowMs, bounded: true });
  expect(plan(END_MS)).toEqual({ kind: 'wait', untilMs: LIMIT_MS });
  expect(plan(LIMIT_MS)).toEqual({ kind: 'conclude' });
});

test('E15: a pod that asked nobody leaves the last verdict as it was', () => {
  const { source: _, ...unasked } = probeJudgement('silent');
  const { window } = after([judged('refuted'), { kind: 'judged', judgement: unasked }]);
  expect(window.lastVerdict).toBe('refuted');
});

test('E15: a state keeps its newest refutation, also when pods are proven after it', () => {
  const first: ProbeNews = { kind: 'judged', judgement: probeJudgement('refuted', { createdMs: 1 }) };
  const second: ProbeNews = { kind: 'judged', judgement: probeJudgement('refuted', { createdMs: 2 }) };
  expect(after([judged('proven')]).lastRefuted).toBeUndefined();
  expect(after([first, second, judged('proven'), judged('silent')]).lastRefuted).toMatchObject({ createdMs: 2 });
});

const verdicts = fc.array(fc.constantFrom<Verdict>('proven', 'refuted', 'silent'), { maxLength: 40 });

test('E15: whatever came before, a refuted pod after all proofs never lets the window end as proven', () => {
  fc.assert(
    fc.property(
      verdicts,
      fc.array(fc.constantFrom('silent', 'vanished', 'echo-down', 'rejected'), { maxLength: 5 }),
      (before, later) => {
        const kinds: Readonly<Record<string, ProbeNews>> = {
          silent: judged('silent'),
          vanished: { kind: 'vanished' },
          'echo-down': echoDown(),
          rejected,
        };
        const rest = later.flatMap((kind) => kinds[kind] ?? []);
        const ended = after([...before.map((verdict) => judged(verdict)), judged('refuted'), ...rest]);
        const { lastProofMs, endMs } = ended.window;
        // The first is when the proofs are as new as they can be.
        for (const nowMs of [lastProofMs ?? START_MS, endMs]) expect(isProven(ended, rules, nowMs)).toBe(false);
        const { kind } = healingPlan(ended, { nodeUid: 'uid-1', rules, nowMs: endMs, bounded: true });
        expect(kind).not.toBe('conclude');
      },
    ),
  );
});

test('H3: the next probe is due an interval after this one was, and never in the past', () => {
  const first = recordProbe(state(), judged('proven'), at(START_MS + 1_000));
  expect(first.window.nextAttemptMs).toBe(START_MS + intervalMs);
  const second = recordProbe(first, judged('proven'), at(START_MS + intervalMs + intervalMs + 1));
  expect(second.window.nextAttemptMs).toBe(START_MS + 2 * intervalMs + 1);
});

test.each([
  [0, intervalMs],
  [0.5, 1.25 * intervalMs],
])('H16: the second probe is spread: %f puts it %i ms after the first', (spread, afterMs) => {
  const { window } = recordProbe(state(), judged('proven'), at(START_MS, spread));
  expect(window.nextAttemptMs - START_MS).toBe(afterMs);
});

test.each([
  [0, 0],
  [intervalMs, 0],
  [patienceMs + intervalMs, 0],
  [patienceMs + intervalMs + 1, intervalMs + 1],
  [patienceMs + 600_000, 600_000],
])(
  'H11: a probe that ends %i ms after it was due moves the window by %i ms: its patience is no outage',
  (tookMs, movedMs) => {
    const { window } = recordProbe(state(), judged('proven'), at(START_MS + tookMs));
    expect([window.endMs - END_MS, window.limitMs - LIMIT_MS]).toEqual([movedMs, movedMs]);
    expect(window.nextAttemptMs).toBeGreaterThanOrEqual(START_MS + tookMs);
  },
);

test('H11: without a patience the tolerance is the interval', () => {
  const { patienceMs: _, ...plain } = rules;
  const late = recordProbe(state(), judged('proven'), { rules: plain, nowMs: START_MS + intervalMs + 1, spread: 0 });
  expect(late.window.endMs - END_MS).toBe(intervalMs + 1);
});

test('H11: only a rejected pod uses up the budget, in a row', () => {
  const twice = after([judged('proven'), rejected, rejected]);
  expect([twice.window.rejectedInARow, twice.lastError, twice.attempts]).toEqual([2, 'quota', 3]);
  for (const news of [judged('silent'), echoDown(), { kind: 'vanished' } as const]) {
    const next = after([news], twice);
    expect([next.window.rejectedInARow, next.lastError, next.attempts]).toEqual([0, null, 4]);
  }
});

test('H9: a probe that was skipped is no attempt, and is due again an interval later', () => {
  const skipped = recordProbe(after([judged('proven')]), { kind: 'skipped' }, at(START_MS + intervalMs + 7));
  expect([skipped.attempts, skipped.window.attempts, skipped.window.podsProven]).toEqual([1, 1, 1]);
  expect(skipped.window.nextAttemptMs).toBe(START_MS + 2 * intervalMs + 7);
});

test('E10: a pod that vanished is an attempt without a verdict', () => {
  const { window, lastEvidence } = after([judged('refuted'), { kind: 'vanished' }]);
  expect([window.attempts, window.lastVerdict, lastEvidence?.detail]).toEqual([2, 'refuted', 'refuted']);
});

test('E13: an attempt while every echo is down is not judged, and moves the window by the time that it took', () => {
  const before = after([judged('proven'), judged('refuted')]);
  const next = recordProbe(before, echoDown(), at(before.window.nextAttemptMs + 1_000));
  expect(next.window).toMatchObject({
    podsProven: 1,
    lastVerdict: 'refuted',
    endMs: END_MS + intervalMs,
    limitMs: LIMIT_MS + intervalMs,
    echoDown: { attempts: 1, movedMs: intervalMs, sandboxes: 1 },
  });
  expect(next.lastEvidence).toMatchObject({ level: 2, atMs: before.window.nextAttemptMs + 1_000 });
});

test('E13: a long outage moves the window by its own length and not further', () => {
  const attempts = Math.ceil((3 * windowMs) / intervalMs);
  const { window } = after(Array.from({ length: attempts }, () => echoDown()));
  expect([window.endMs - END_MS, window.limitMs - LIMIT_MS]).toEqual([windowMs, windowMs]);
  expect(window.echoDown).toMatchObject({ attempts, movedMs: windowMs });
});

const news = fc.constantFrom<ProbeNews>(
  judged('proven'),
  judged('refuted'),
  judged('silent'),
  echoDown(0),
  echoDown(2),
  { kind: 'vanished' },
  rejected,
);

test('E13: whatever comes, echoes that are down move a window by its own length at most, and everything is counted', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(news, fc.nat({ max: patienceMs })), { maxLength: 150 }), (probes) => {
      const ended = probes.reduce(
        (before, [one, tookMs]) => recordProbe(before, one, at(before.window.nextAttemptMs + tookMs)),
        state(),
      );
      const { window } = ended;
      const movedMs = window.endMs - END_MS;
      expect(movedMs).toBe(window.limitMs - LIMIT_MS);
      expect(movedMs).toBe(window.echoDown?.movedMs ?? 0);
      expect(movedMs).toBeLessThanOrEqual(windowMs);
      expect(window.attempts).toBe(probes.length);
      expect(window.echoDown?.attempts ?? 0).toBe(probes.filter(([{ kind }]) => kind === 'echo-down').length);
    }),
  );
});

const falling = (fallback: EchoFallback): HealingRules => ({ ...rules, fallback });

test.each<[string, boolean, EchoFallback, readonly ProbeNews[]]>([
  ['every attempt was without an echo', true, 'sandbox', [echoDown(), echoDown(), echoDown()]],
  ['the file asks for no fall-back', false, 'none', [echoDown(), echoDown(), echoDown()]],
  ['too few sandboxes were ready', false, 'sandbox', [echoDown(), echoDown(1), echoDown(0), echoDown()]],
  ['one echo answered once', false, 'sandbox', [judged('silent'), echoDown(), echoDown(), echoDown()]],
  ['one attempt was refuted', false, 'sandbox', [judged('refuted'), echoDown(), echoDown(), echoDown()]],
  ['one attempt was rejected', false, 'sandbox', [rejected, echoDown(), echoDown(), echoDown()]],
])('E14: where %s, that the sandboxes prove the node is %s', (_where, expected, fallback, all) => {
  const ended = after(all);
  expect(isProven(ended, falling(fallback), ended.lastEvidence?.atMs ?? 0)).toBe(expected);
});

test('E14: a sandbox counts for as long as a proof does', () => {
  const ended = after([echoDown(), echoDown(), echoDown(), echoDown(0)]);
  const lastMs = START_MS + 2 * intervalMs;
  expect(ended.window.echoDown?.lastSandboxMs).toBe(lastMs);
  expect(isProven(ended, falling('sandbox'), lastMs + 2 * intervalMs)).toBe(true);
  expect(isProven(ended, falling('sandbox'), lastMs + 2 * intervalMs + 1)).toBe(false);
});

test('E14: a mark by the fall-back says so, and counts sandboxes', () => {
  const ended = after([echoDown(), echoDown(0), echoDown()]);
  expect(windowProof(ended.window, falling('sandbox'))).toEqual({
    evidence: 'sandbox (no endpoint answered)',
    pods: 2,
    lastMs: START_MS + 2 * intervalMs,
  });
  expect(windowProof(ended.window, falling('none'))).toEqual({ evidence: 'source-address', pods: 0, lastMs: null });
  const { window } = after([judged('proven')], ended);
  expect(windowProof(window, falling('sandbox'))).toMatchObject({ evidence: 'source-address', pods: 1 });
});

test('texts of any length are cut before they are kept', () => {
  const detail = 'x'.repeat(5_000);
  const { source: _, ...judgement } = { ...probeJudgement('silent'), detail };
  for (const kind of ['judged', 'echo-down'] as const) {
    expect(after([{ kind, judgement }]).lastEvidence?.detail.length).toBeLessThanOrEqual(TEXT_LENGTH_MAX);
  }
  expect(after([{ kind: 'rejected', message: detail }]).lastError?.length).toBeLessThanOrEqual(TEXT_LENGTH_MAX);
});

/** A marked node is watched: when its attempts are due, what makes it relapse, and what never does (E22 to E25). */

import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { nodeToHeal, ONBOARDING_POLICY, probeJudgement } from '../../tests/fixtures/healing.ts';
import { nodeUid } from '../../tests/fixtures/nodes.ts';
import type { NodeFacts, NodeObservation } from '../node/facts.ts';
import { describeHealing, describeRelapse } from './messages.ts';
import { healingPlan } from './plan.ts';
import type { ProbeNews } from './probe.ts';
import { mayRelapse, type RelapseRules } from './relapse.ts';
import { beginState, type HealingState, observe } from './state.ts';
import { beginWatch, keptMark, recordWatch, relapsed, resumeWatch, withMark } from './watch.ts';
import type { HealingRules } from './window.ts';

const MINUTE_MS = 60_000;
const RELAPSE: RelapseRules = { watch: 'window', intervalMs: 300_000, intervalLaterMs: 3_600_000, refutedInARow: 2 };
const EARLY = { proofsInARow: 2, proofsOverMs: 10_000, intervalFirstMs: 5_000 };
const rules: HealingRules = { ...ONBOARDING_POLICY, early: EARLY, relapse: RELAPSE };
const always: HealingRules = { ...rules, relapse: { ...RELAPSE, watch: 'always' } };
const START_MS = 1_000_000;
const MARKED_MS = START_MS + MINUTE_MS;
const END_MS = START_MS + rules.windowMs;

const seen = (change: Partial<NodeFacts> = {}): NodeObservation => ({ kind: 'present', facts: nodeToHeal(change) });

function begun(change: Partial<NodeFacts> = {}, of = rules): HealingState {
  return beginState({ node: seen(change), attempts: 0, rules: of, nowMs: START_MS });
}

function watched(of = rules): HealingState {
  const state = beginWatch(withMark(begun({}, of)), { rules: of, nowMs: MARKED_MS }, 'proven');
  if (state === null) throw new Error('the node is not watched');
  return state;
}

const plan = (state: HealingState, nowMs: number, of = rules) =>
  healingPlan(state, { nodeUid: 'uid-1', rules: of, nowMs, bounded: true });

const byNode = probeJudgement('refuted');
const byOther = probeJudgement('refuted', { by: 'other' });
const news = {
  node: { kind: 'judged', judgement: byNode },
  other: { kind: 'judged', judgement: byOther },
  proven: { kind: 'judged', judgement: probeJudgement('proven') },
  silent: { kind: 'judged', judgement: probeJudgement('silent') },
  invalid: { kind: 'judged', judgement: probeJudgement('silent'), silence: 'invalid' },
  late: { kind: 'judged', judgement: probeJudgement('silent'), silence: 'late' },
  'echo-down': { kind: 'echo-down', judgement: { podName: 'p', level: 2, detail: 'down' } },
  vanished: { kind: 'vanished' },
  rejected: { kind: 'rejected', message: 'quota' },
  skipped: { kind: 'skipped' },
} as const satisfies Record<string, ProbeNews>;
type What = keyof typeof news;

/** Plays these attempts, each when it is due. */
function play(whats: readonly What[], of = rules): { readonly state: HealingState; readonly nowMs: number } {
  let state = watched(of);
  let nowMs = MARKED_MS;
  for (const what of whats) {
    nowMs = state.watch?.nextAttemptMs ?? nowMs;
    state = recordWatch(state, news[what], { rules: of, nowMs });
  }
  return { state, nowMs };
}

test.each<[string, HealingRules]>([
  ['off', { ...rules, relapse: { ...RELAPSE, watch: 'off' } }],
  ['not asked for', { ...ONBOARDING_POLICY, early: EARLY }],
  ['of a heal that ends with its window', { ...ONBOARDING_POLICY, relapse: RELAPSE }],
])('E22: a watch that is %s is not begun: the heal ends with the mark', (_title, of) => {
  expect(beginWatch(begun(), { rules: of, nowMs: MARKED_MS }, 'proven')).toBeNull();
});

test('E22: an attempt is due each interval after the mark, and the watch ends with the window', () => {
  const state = watched();
  expect(state).toMatchObject({ phase: 'watching', watch: { markedMs: MARKED_MS, attempts: 0 } });
  expect(plan(state, MARKED_MS)).toEqual({ kind: 'wait', untilMs: MARKED_MS + RELAPSE.intervalMs });
  expect(plan(state, MARKED_MS + RELAPSE.intervalMs)).toEqual({ kind: 'attempt' });
  const { state: later, nowMs } = play(['proven', 'proven', 'proven', 'proven', 'proven']);
  expect(plan(later, nowMs)).toEqual({ kind: 'wait', untilMs: END_MS });
  expect(plan(later, END_MS - 1)).toEqual({ kind: 'wait', untilMs: END_MS });
  expect(plan(later, END_MS)).toEqual({ kind: 'end-watch' });
});

test('E22: a node that is marked when its window is over is not watched until its end', () => {
  const at = { rules, nowMs: END_MS };
  expect(beginWatch(begun(), at, 'proven')).toBeNull();
  expect(beginWatch(begun(), { ...at, nowMs: END_MS - 1 }, 'proven')).not.toBeNull();
  expect(beginWatch(begun({}, always), { rules: always, nowMs: END_MS }, 'proven')).toMatchObject({
    watch: { nextAttemptMs: END_MS + RELAPSE.intervalLaterMs },
  });
});

test('E22: a watch without end goes on after the window, more seldom', () => {
  const { state, nowMs } = play(['proven', 'proven', 'proven', 'proven', 'proven', 'proven'], always);
  expect(nowMs).toBeGreaterThanOrEqual(END_MS);
  expect(plan(state, nowMs, always)).toEqual({ kind: 'wait', untilMs: nowMs + RELAPSE.intervalLaterMs });
});

test('E22: a watch that is missing is begun for a proven mark, as long as it is asked for without end', () => {
  const at = { nowMs: START_MS, spread: 0.5 };
  const marked = { healed: true, mark: 'proven', markedMs: 7 } as const;
  const state = resumeWatch(begun(marked, always), { ...at, rules: always });
  expect(state).toMatchObject({
    phase: 'watching',
    watch: { markedMs: 7, nextAttemptMs: START_MS + RELAPSE.intervalMs / 2 },
    window: { endMs: 7 + rules.windowMs },
  });
  expect(resumeWatch(begun(marked), { ...at, rules })).toBeNull();
  expect(resumeWatch(begun({ ...marked, mark: 'no-proof' }, always), { ...at, rules: always })).toBeNull();
  expect(resumeWatch(begun({}, always), { ...at, rules: always })).toBeNull();
});

test('E23: as many pods in a row as the rules say, refuted by the node, are a relapse', () => {
  expect(plan(play(['node']).state, MARKED_MS)).toMatchObject({ kind: 'wait' });
  expect(plan(play(['node', 'proven', 'node']).state, MARKED_MS)).toMatchObject({ kind: 'wait' });
  const { state, nowMs } = play(['node', 'node']);
  expect(plan(state, nowMs)).toEqual({ kind: 'relapse' });
  expect(plan(play(['proven', 'node', 'node']).state, nowMs)).toEqual({ kind: 'relapse' });
});

test('E23: after a relapse a new window begins at once, with the counts of a heal that was just started', () => {
  const { state, nowMs } = play(['node', 'node']);
  const after = relapsed({ ...state, reopenings: 3 }, seen(), { rules, nowMs });
  expect(after).toMatchObject({ phase: 'healing', relapses: 1, attempts: 2, lastRefuted: byNode.source });
  expect(after.window).toMatchObject({ startMs: nowMs, nextAttemptMs: nowMs, attempts: 0, attemptsBefore: 2 });
  expect([after.watch, after.reopenings]).toEqual([undefined, undefined]);
  expect(plan(after, nowMs)).toEqual({ kind: 'attempt' });
  expect(relapsed(after, seen(), { rules, nowMs }).relapses).toBe(2);
  expect(relapsed(state, seen({ ready: false }), { rules, nowMs }).phase).toBe('waiting-for-ready');
});

test('E24: nothing but pods in a row that the node refuted is a relapse, in any number and order', () => {
  const harmless = fc.constantFrom<What>(
    'proven',
    'silent',
    'other',
    'invalid',
    'late',
    'echo-down',
    'vanished',
    'rejected',
    'skipped',
  );
  fc.assert(
    fc.property(fc.array(harmless, { maxLength: 60 }), (whats) => {
      const { state, nowMs } = play(whats, always);
      expect(plan(state, nowMs, always).kind).not.toBe('relapse');
    }),
  );
  // One refutation by the node each, with something judged between them.
  for (const between of ['silent', 'other', 'invalid', 'late', 'proven'] as const) {
    expect([between, plan(play(['node', between, 'node', between]).state, MARKED_MS).kind]).toEqual([between, 'wait']);
  }
});

test('E24: what was not judged leaves the row as it was', () => {
  for (const between of ['echo-down', 'vanished', 'rejected', 'skipped'] as const) {
    expect([between, plan(play(['node', between, 'node']).state, MARKED_MS).kind]).toEqual([between, 'relapse']);
    expect([between, plan(play(['node', between]).state, MARKED_MS).kind]).toEqual([between, 'wait']);
  }
});

test('E25: a mark that the brake kept is tried again after the next attempt that shows a relapse, not before', () => {
  const { state, nowMs } = play(['node', 'node']);
  const kept = keptMark(state, true);
  expect(plan(kept, nowMs)).toMatchObject({ kind: 'wait' });
  const next = (what: What) => recordWatch(kept, news[what], { rules, nowMs: nowMs + RELAPSE.intervalMs });
  expect(plan(next('node'), nowMs + RELAPSE.intervalMs)).toEqual({ kind: 'relapse' });
  expect(plan(next('echo-down'), nowMs + RELAPSE.intervalMs)).toMatchObject({ kind: 'wait' });
  expect(next('node').watch?.isBraked).toBe(true);
  expect(next('silent').watch?.isBraked).toBe(false);
});

test('E25: a node whose mark the brake kept is watched beyond its window, until its pods show otherwise', () => {
  const kept = keptMark(play(['node', 'node']).state, true);
  const late = recordWatch(kept, news.node, { rules, nowMs: END_MS });
  expect(plan(keptMark(late, true), END_MS)).toEqual({ kind: 'wait', untilMs: END_MS + RELAPSE.intervalMs });
  expect(plan(recordWatch(kept, news.proven, { rules, nowMs: END_MS }), END_MS)).toEqual({ kind: 'end-watch' });
});

test.each([
  [20, 2, true],
  [20, 3, false],
  [100, 9, true],
  [100, 10, false],
  [1, 2, true],
])('E25: of %i nodes, %i of which relapsed of late, one more may: %s', (nodes, relapses, expected) => {
  expect(mayRelapse({ nodes, relapses }, { relapsesMax: 0.1, relapsesMin: 3, relapsesPerMs: 600_000 })).toBe(expected);
});

test.each<[string, NodeObservation, object]>([
  ['is gone', { kind: 'gone' }, { kind: 'leave', outcome: 'node-gone' }],
  ['is another one', seen({ healed: true, uid: nodeUid('uid-2') }), { kind: 'adopt-node' }],
  ['was switched off', seen({ healed: true, disabled: true }), { kind: 'leave', outcome: 'disabled' }],
  ['is left out', seen({ healed: true, windows: false }), { kind: 'leave', outcome: 'not-windows' }],
  ['lost its mark', seen({ healed: false }), { kind: 'begin-again' }],
  [
    'lost its mark and is not Ready',
    seen({ healed: false, ready: false }),
    { kind: 'wait', untilMs: MARKED_MS + RELAPSE.intervalMs },
  ],
  ['is not Ready', seen({ healed: true, ready: false }), { kind: 'wait', untilMs: MARKED_MS + RELAPSE.intervalMs }],
])('E27: what a heal does that watches a node which %s', (_title, node, expected) => {
  expect(plan(observe(watched(), node, { rules, nowMs: MARKED_MS }), MARKED_MS)).toEqual(expected);
});

test('E26: a change of the machine that ends the mark begins a new window, at most once an interval', () => {
  const rebooted = observe(watched(), seen({ healed: false, mark: 'other-boot' }), { rules, nowMs: MARKED_MS + 1 });
  const settledMs = MARKED_MS + RELAPSE.intervalMs;
  expect(plan(rebooted, settledMs - 1)).toEqual({ kind: 'wait', untilMs: settledMs });
  expect(plan(rebooted, settledMs)).toEqual({ kind: 'begin-again' });
  // The end of the watch comes first: a mark that does not count is not left behind.
  const short = { ...rules, relapse: { ...RELAPSE, intervalMs: 2 * rules.windowMs } };
  const late = observe(watched(short), seen({ healed: false, mark: 'other-boot' }), {
    rules: short,
    nowMs: END_MS - 2,
  });
  expect(plan(late, END_MS - 1, short)).toEqual({ kind: 'wait', untilMs: END_MS });
  expect(plan(late, END_MS, short)).toEqual({ kind: 'begin-again' });
});

test('E21: a changed hint makes a watched node be probed at once', () => {
  const state = observe(watched(), seen({ healed: true, hint: '2' }), { rules, nowMs: MARKED_MS + 1_000 });
  expect(plan(state, MARKED_MS + 1_000)).toEqual({ kind: 'attempt' });
});

test('E47: the text of a watch says what it is, since when and until when', () => {
  const describe = (state: HealingState, of = rules) =>
    describeHealing(state, { node: 'win-1', rules: of, nowMs: MARKED_MS });
  expect(describe(watched())).toBe(
    "Watching node win-1: marked at 1970-01-01 00:17:40 UTC, watching until 1970-01-01 00:46:40 UTC. 0 pods since, 0 pods in a row were refuted by the node's address (2 needed for a relapse).",
  );
  expect(describe(watched(always), always)).toContain('watching without end');
  expect(describe(keptMark(play(['node', 'node']).state, true))).toContain('The mark is kept, because too many nodes');
  expect(describeRelapse(play(['node', 'node']).state, 'win-1')).toBe(
    "2 pods in a row on node win-1 had the node's address again after it was marked at 1970-01-01 00:17:40 UTC",
  );
});

/** The course of a run over several clusters: what is begun when, and what holds it up. */

import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { abortFleet, type Decided, decideStage, retryCluster, skipCluster } from './fleet-decisions.ts';
import { type FleetAction, fleetPlan, isApprovalAwaited } from './fleet-plan.ts';
import { afterBegin, afterReach, afterSoakReport, afterSurvey, afterUpgrade } from './fleet-progress.ts';
import type { FleetRules, FleetStage } from './fleet-stage.ts';
import { clusterOf, type FleetState, newFleet, outcomeOf, type SoakSeen } from './fleet-state.ts';

const NOW_MS = Date.UTC(2026, 10, 29);
const HOUR_MS = 3_600_000;
const SOAK = { forMs: 168 * HOUR_MS, resetsMax: 3, deadlineMs: 504 * HOUR_MS };
const WHO = { by: 'anna', reason: 'CHG-1' };

const stage = (name: string, clusters: readonly string[], change: Partial<FleetStage> = {}): FleetStage => ({
  name,
  clusters,
  parallelMax: 1,
  soak: null,
  approval: 'none',
  notBeforeMs: null,
  ...change,
});
const rulesOf = (stages: readonly FleetStage[], change: Partial<FleetRules> = {}): FleetRules => ({
  stages,
  onUnreachable: 'halt',
  clusterFailuresMax: 0,
  ...change,
});
const THREE = rulesOf([stage('sandbox', ['a']), stage('staging', ['b', 'c']), stage('production', ['d'])]);

/** Begins everything that can begin, and says what. */
function run(
  state: FleetState,
  rules: FleetRules,
  nowMs = NOW_MS,
): { state: FleetState; begun: string[]; next: FleetAction } {
  const begun: string[] = [];
  let now = state;
  for (;;) {
    const action = fleetPlan(now, rules, nowMs);
    if (action.kind === 'wait' || action.kind === 'finish') return { state: now, begun, next: action };
    begun.push('cluster' in action ? `${action.kind} ${action.cluster}` : action.kind);
    now = afterBegin(now, action, nowMs);
  }
}

function surveyed(rules: FleetRules): FleetState {
  const { state } = run(newFleet(rules, NOW_MS), rules);
  return state.clusters.reduce((now, { cluster }) => afterSurvey(now, cluster, { kind: 'clear', detail: '' }), state);
}

const done = (state: FleetState, cluster: string) =>
  afterUpgrade(state, cluster, { outcome: 'done', detail: '' }, NOW_MS);
const failed = (state: FleetState, cluster: string) =>
  afterUpgrade(state, cluster, { outcome: 'failed', detail: 'n-3 is held' }, NOW_MS);
const soak = (change: Partial<SoakSeen> = {}): SoakSeen => ({
  state: 'proven',
  detail: '',
  provenMs: SOAK.forMs,
  resets: 0,
  lookedMs: NOW_MS,
  intervalMs: 600_000,
  ...change,
});
function stateOf(decided: Decided): FleetState {
  if (decided.kind === 'refused') throw new Error(decided.why);
  return decided.state;
}
const why = (decided: Decided) => (decided.kind === 'refused' ? decided.why : null);

test('M9: all clusters are surveyed before the first is touched, and what blocks one holds up nothing', () => {
  const first = run(newFleet(THREE, NOW_MS), THREE);
  expect(first.begun).toEqual(['survey a', 'survey b', 'survey c', 'survey d']);
  expect(first.next).toMatchObject({ kind: 'wait', isHalted: false });
  const three = ['a', 'b', 'c'].reduce((now, one) => afterSurvey(now, one, { kind: 'clear', detail: '' }), first.state);
  expect(run(three, THREE)).toMatchObject({ begun: [], next: { reasons: ['the survey of d'] } });
  const all = afterSurvey(three, 'd', { kind: 'blocked', detail: 'budgets' });
  expect(run(all, THREE).begun).toEqual(['upgrade a']);
  expect(clusterOf(all, 'd')?.survey).toEqual({ kind: 'blocked', detail: 'budgets' });
});

test('M40: a stage begins when all clusters of the one before are done, parallelMax at a time', () => {
  const first = run(surveyed(THREE), THREE);
  expect(first.begun).toEqual(['upgrade a']);
  const second = run(done(first.state, 'a'), THREE);
  expect(second.begun).toEqual(['next-stage', 'upgrade b']);
  const third = run(done(second.state, 'b'), THREE);
  expect(third.begun).toEqual(['upgrade c']);
  const fourth = run(done(third.state, 'c'), THREE);
  expect(fourth.begun).toEqual(['next-stage', 'upgrade d']);
  expect(run(done(fourth.state, 'd'), THREE).next).toEqual({
    kind: 'finish',
    outcome: 'done',
    detail: '4 clusters are done',
  });
  const wide = rulesOf([stage('one', ['a', 'b', 'c'], { parallelMax: 2 })]);
  expect(run(surveyed(wide), wide).begun).toEqual(['upgrade a', 'upgrade b']);
});

const SOAKING = rulesOf([stage('staging', ['a', 'b'], { parallelMax: 2, soak: SOAK }), stage('production', ['c'])]);
function soaking(): FleetState {
  const { state } = run(surveyed(SOAKING), SOAKING);
  const both = run(done(done(state, 'a'), 'b'), SOAKING);
  expect(both.begun).toEqual(['soak a', 'soak b']);
  return both.state;
}

test.each<[string, Partial<SoakSeen>, boolean]>([
  ['both are proven at this moment', {}, true],
  ['one is not there yet', { state: 'soaking', provenMs: SOAK.forMs - 1 }, false],
  ['one was looked at two intervals ago', { lookedMs: NOW_MS - 1_200_000 }, true],
  ['one was looked at longer ago', { lookedMs: NOW_MS - 1_200_001 }, false],
])('M40: the next stage begins only when the soak is over at one moment: %s', (_what, change, begins) => {
  const state = afterSoakReport(afterSoakReport(soaking(), 'a', soak()), 'b', soak(change));
  const next = run(state, SOAKING);
  expect(next.begun).toEqual(begins ? ['end-soak', 'cancel a', 'cancel b', 'next-stage', 'upgrade c'] : []);
});

test('M40: a soak that failed halts the run, until its cluster is skipped or tried again', () => {
  const state = afterSoakReport(
    afterSoakReport(soaking(), 'a', soak({ state: 'failed', detail: '3 resets' })),
    'b',
    soak(),
  );
  expect(run(state, SOAKING).next).toMatchObject({ isHalted: true, reasons: ['the soak of a failed: 3 resets'] });
  const again = run(stateOf(retryCluster(state, { cluster: 'a', ...WHO }, NOW_MS)), SOAKING);
  expect(again.begun).toEqual(['cancel a', 'upgrade a']);
  const without = run(stateOf(skipCluster(state, { cluster: 'a', ...WHO }, NOW_MS)), SOAKING);
  expect(without.begun).toEqual(['cancel a', 'end-soak', 'cancel b', 'next-stage', 'upgrade c']);
});

test('a stage waits for its approval, its time and the end of a pause', () => {
  const rules = rulesOf([stage('production', ['a'], { approval: 'before', notBeforeMs: NOW_MS + HOUR_MS })]);
  const start = surveyed(rules);
  expect(run(start, rules).next).toMatchObject({
    isHalted: false,
    untilMs: NOW_MS + HOUR_MS,
    reasons: ['the approval of stage production', 'stage production begins at 2026-11-29 01:00:00 UTC'],
  });
  const approved = stateOf(
    decideStage(start, { stage: 'production', decision: 'approve', ...WHO }, { ...rules, nowMs: NOW_MS }),
  );
  expect([start, approved].map((state) => isApprovalAwaited(state, rules))).toEqual([true, false]);
  expect(run(approved, rules).next).toMatchObject({ untilMs: NOW_MS + HOUR_MS });
  const paused = { ...approved, pause: { ...WHO, untilMs: NOW_MS + 3 * HOUR_MS } };
  expect(run(paused, rules, NOW_MS + 2 * HOUR_MS).next).toMatchObject({ untilMs: NOW_MS + 3 * HOUR_MS });
  expect(run(paused, rules, NOW_MS + 3 * HOUR_MS).begun).toEqual(['upgrade a']);
  expect(why(decideStage(start, { stage: 'other', decision: 'approve', ...WHO }, { ...rules, nowMs: NOW_MS }))).toBe(
    'the run has no stage other',
  );
});

test('a rejected stage ends the run when it is due; what is before it is finished', () => {
  const { state } = run(surveyed(THREE), THREE);
  const rejected = stateOf(
    decideStage(state, { stage: 'staging', decision: 'reject', ...WHO }, { ...THREE, nowMs: NOW_MS }),
  );
  expect(run(rejected, THREE).next).toMatchObject({ kind: 'wait' });
  const end = run(done(rejected, 'a'), THREE);
  expect(end.next).toEqual({
    kind: 'finish',
    outcome: 'rejected',
    detail: 'stage staging was rejected by anna: CHG-1',
  });
  expect(end.state.clusters.map(outcomeOf)).toEqual(['done', 'not-begun', 'not-begun', 'not-begun']);
  const begun = { stage: 'sandbox', decision: 'reject', ...WHO } as const;
  expect(why(decideStage(state, begun, { ...THREE, nowMs: NOW_MS }))).toBe(
    'stage sandbox has begun: abort the run instead',
  );
});

test.each([
  [0, true],
  [1, false],
])('M42: with clusterFailuresMax %i the failure of one halts: %s', (clusterFailuresMax, halts) => {
  const rules = { ...THREE, clusterFailuresMax };
  const next = run(failed(run(surveyed(rules), rules).state, 'a'), rules);
  expect(next.begun).toEqual(halts ? [] : ['next-stage', 'upgrade b']);
  if (halts) {
    expect(next.next).toMatchObject({
      isHalted: true,
      reasons: ['1 clusters of stage sandbox failed, allowed are 0', 'a failed: n-3 is held'],
    });
  }
});

test('M42: what failed or was skipped is tried again in the same run, also when its stage is over', () => {
  const rules = { ...THREE, clusterFailuresMax: 1 };
  const second = run(failed(run(surveyed(rules), rules).state, 'a'), rules);
  const again = run(stateOf(retryCluster(second.state, { cluster: 'a', ...WHO }, NOW_MS)), rules);
  // One at a time, and before the rest of the stage.
  expect(again.begun).toEqual([]);
  const third = run(done(again.state, 'b'), rules);
  expect(third.begun).toEqual(['upgrade a']);
  expect(run(done(third.state, 'a'), rules).begun).toEqual(['upgrade c']);
  expect(why(retryCluster(third.state, { cluster: 'b', ...WHO }, NOW_MS))).toMatch(/^b is upgraded: only what failed/);
  expect(why(retryCluster(third.state, { cluster: 'z', ...WHO }, NOW_MS))).toBe('the run has no cluster z');
});

test('M38: a cluster that is skipped in its upgrade is cancelled, and not begun again before that has ended', () => {
  const { state } = run(surveyed(THREE), THREE);
  const skipped = run(stateOf(skipCluster(state, { cluster: 'a', ...WHO }, NOW_MS)), THREE);
  expect(skipped.begun).toEqual(['cancel a', 'next-stage', 'upgrade b']);
  const again = run(stateOf(retryCluster(skipped.state, { cluster: 'a', ...WHO }, NOW_MS)), THREE);
  const alone = run(failed(again.state, 'b'), { ...THREE, clusterFailuresMax: 1 });
  expect(alone.next).toMatchObject({
    kind: 'wait',
    reasons: expect.arrayContaining(['the end of what ran in a before']),
  });
  // What ran in it before has ended, and counts for nothing; the other one of the stage is in work.
  const ended = run(done(failed(alone.state, 'a'), 'c'), { ...THREE, clusterFailuresMax: 1 });
  expect(ended.begun).toEqual(['upgrade a']);
  expect(skipped.state.decisions).toEqual([{ atMs: NOW_MS, what: 'skip of a', ...WHO }]);
  expect(why(skipCluster(skipped.state, { cluster: 'a', ...WHO }, NOW_MS))).toBe('a is skipped already');
});

test('M38: an abort begins nothing more, ends what runs at its border, and waits for that', () => {
  const { state } = run(surveyed(THREE), THREE);
  const stopping = run(stateOf(abortFleet(state, WHO, NOW_MS)), THREE);
  expect(stopping).toMatchObject({
    begun: ['cancel a'],
    next: { kind: 'wait', reasons: ['the end of what runs in a'] },
  });
  const end = run(failed(stopping.state, 'a'), THREE);
  expect(end.next).toEqual({ kind: 'finish', outcome: 'aborted', detail: 'aborted by anna: CHG-1' });
  expect(why(abortFleet(stopping.state, WHO, NOW_MS))).toMatch(/^the run is aborted/);
});

test('M41: a cluster that takes no work is named and halts the run, until its maintainer is back', () => {
  const { state } = run(surveyed(THREE), THREE);
  const reach = (isUnreachable: boolean) => ({ cluster: 'a', isUnreachable });
  const away = afterReach(state, reach(true), { onUnreachable: 'halt', nowMs: NOW_MS });
  expect(run(away, THREE).next).toMatchObject({
    isHalted: true,
    reasons: ['a: its maintainer has taken no work for five minutes'],
  });
  const back = afterReach(away, reach(false), { onUnreachable: 'halt', nowMs: NOW_MS });
  expect(run(back, THREE).next).toMatchObject({ isHalted: false });
  // In the survey, too; and nobody waits for it when the run is stopped.
  const asked = afterReach(run(newFleet(THREE, NOW_MS), THREE).state, reach(true), {
    onUnreachable: 'halt',
    nowMs: NOW_MS,
  });
  expect(run(asked, THREE).next).toMatchObject({ isHalted: true });
  expect(run(stateOf(abortFleet(away, WHO, NOW_MS)), THREE)).toMatchObject({
    begun: ['cancel a'],
    next: { kind: 'finish' },
  });
});

test('M41: where the run says so it is skipped, and can be tried again', () => {
  const rules = { ...THREE, onUnreachable: 'skip' } as const;
  const { state } = run(surveyed(rules), rules);
  const away = run(afterReach(state, { cluster: 'a', isUnreachable: true }, { ...rules, nowMs: NOW_MS }), rules);
  expect(away.begun).toEqual(['cancel a', 'next-stage', 'upgrade b']);
  expect(away.state.clusters.map(outcomeOf)[0]).toBe('unreachable');
  const again = stateOf(retryCluster(away.state, { cluster: 'a', ...WHO }, NOW_MS));
  expect(clusterOf(again, 'a')).toMatchObject({ phase: 'waiting', stageIndex: 1 });
});

test('M40, M42: whatever becomes of the clusters, no stage begins before the one before is over, and the run ends', () => {
  const outcome = fc.constantFrom('done' as const, 'already-done' as const, 'failed' as const);
  const stages = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(
      stages,
      fc.integer({ min: 1, max: 3 }),
      fc.array(outcome, { minLength: 16, maxLength: 16 }),
      fc.array(fc.nat(100), { minLength: 200, maxLength: 200 }),
      (sizes, parallelMax, outcomes, choices) => {
        const rules = rulesOf(
          sizes.map((size, index) =>
            stage(
              `s${index}`,
              Array.from({ length: size }, (_, at) => `c${index}-${at}`),
              {
                parallelMax,
                soak: index % 2 === 0 ? SOAK : null,
              },
            ),
          ),
        );
        let state = newFleet(rules, NOW_MS);
        for (const choice of choices) {
          const next = run(state, rules);
          ({ state } = next);
          const working = state.clusters.filter(({ phase }) => phase === 'upgrading');
          expect(working.length).toBeLessThanOrEqual(parallelMax);
          if (working.length > 0) {
            expect(state.clusters.every(({ survey }) => survey?.kind !== 'asked')).toBe(true);
            const before = state.clusters.filter(({ stageIndex }) => stageIndex < state.stageIndex);
            expect(before.every(({ phase }) => ['upgraded', 'soaked', 'skipped'].includes(phase))).toBe(true);
          }
          if (next.next.kind === 'finish') {
            expect(next.next.outcome).toMatch(/^(done|partial)$/);
            return;
          }
          state = goOn(state, choice, outcomes);
        }
        throw new Error(`no end: ${JSON.stringify(run(state, rules).next)}`);
      },
    ),
    { numRuns: 150 },
  );
});

/** Something happens to one of the clusters that are waited for. */
function goOn(
  state: FleetState,
  choice: number,
  outcomes: readonly ('done' | 'already-done' | 'failed')[],
): FleetState {
  const busy = state.clusters.filter(
    ({ phase, survey }) => ['upgrading', 'failed', 'soaking'].includes(phase) || survey?.kind === 'asked',
  );
  const chosen = busy[choice % Math.max(1, busy.length)];
  if (chosen === undefined) return state;
  const { cluster, phase } = chosen;
  if (phase === 'waiting')
    return afterSurvey(state, cluster, { kind: choice % 2 === 0 ? 'clear' : 'blocked', detail: '' });
  if (phase === 'upgrading') {
    const outcome = outcomes[state.clusters.indexOf(chosen)] ?? 'done';
    return afterUpgrade(state, cluster, { outcome, detail: '' }, NOW_MS);
  }
  if (phase === 'failed') return stateOf(skipCluster(state, { cluster, ...WHO }, NOW_MS));
  return afterSoakReport(state, cluster, soak());
}

/** What an upgrade does next: before its first act, at its borders, and at its end. */

import { describe, expect, test } from '@jest/globals';
import { controlStep, ready, record, UPGRADE_RULES, view, workerStep } from '../../tests/fixtures/cluster-upgrade.ts';
import type { CheckResult } from './check.ts';
import { neededApprovalUntilMs, upgradeAction } from './cluster-plan.ts';
import {
  afterAfterCheck,
  afterApprovals,
  afterCheck,
  afterLook,
  afterSoakLook,
  atStage,
  atTaking,
} from './cluster-progress.ts';
import { newUpgrade, type UpgradeState } from './cluster-state.ts';
import { afterNode } from './node-endings.ts';

const planned = (steps: Parameters<typeof view>[0], digest = 'sha256:a') =>
  ({ kind: 'planned', digest, ...view(steps) }) as const;
const next = (state: UpgradeState, nowMs = 0) => upgradeAction(state, 'upgrade', nowMs);
const WORKERS = ['w-1', 'w-2', 'w-3'].map((name) => workerStep(name));

describe('before anything is done', () => {
  test('M2, M7, M37: it looks, checks, asks for approval and notes what is broken before the first step', () => {
    const steps = [controlStep('cp-1'), ...WORKERS];
    let state = newUpgrade(0);
    expect(next(state)).toEqual({ kind: 'look' });
    state = afterLook(state, planned(steps), 0);
    expect(next(state)).toEqual({ kind: 'check', moment: 'before-acts' });
    state = afterCheck(state, [], 0);
    expect(next(state)).toEqual({ kind: 'look-at-approvals', part: 'control-plane' });
    state = afterApprovals(state, { answer: { kind: 'not-needed' }, part: 'control-plane', nowMs: 0 });
    expect(next(state)).toEqual({ kind: 'note-broken' });
    expect(next({ ...state, brokenBefore: [] })).toEqual({ kind: 'take', steps: [steps[0]] });
  });

  test('M5: where nothing is left to do it ends without a check', () => {
    const state = afterLook(newUpgrade(0), planned([]), 0);
    expect(next(state)).toMatchObject({ kind: 'end', finish: { outcome: 'already-done' } });
  });

  test('M8: a survey looks, checks and ends', () => {
    const state = afterLook(newUpgrade(0), planned(WORKERS), 0);
    expect(upgradeAction(state, 'survey', 0)).toEqual({ kind: 'check', moment: 'survey' });
    const checked = afterCheck(state, [], 0);
    expect(upgradeAction(checked, 'survey', 0)).toMatchObject({ kind: 'end', finish: { outcome: 'done' } });
  });

  const blocking: CheckResult = {
    check: 'etcd-members',
    answer: 'unknown',
    objects: ['cp-2'],
    detail: 'no answer',
    accepted: null,
  };
  test('M7: a check that blocks ends the run and names the object, whatever else is unknown', () => {
    const known: CheckResult = {
      ...blocking,
      check: 'webhooks',
      answer: 'block',
      objects: ['a'],
      detail: 'no endpoint',
    };
    const detail = 'etcd-members: unknown: no answer (cp-2); webhooks: block: no endpoint (a)';
    expect(afterCheck(ready(WORKERS), [blocking, known], 0).finish).toEqual({ outcome: 'blocked', detail });
  });

  const HOUR_MS = 3_600_000;
  const unknownVersion = { kind: 'unknown', reasons: ['kubelet of w-1: "" is no version'] } as const;
  test.each([
    {
      what: 'M7: an unknown check',
      after: (state: UpgradeState, nowMs: number) => afterCheck(state, [blocking], nowMs),
      detail: 'etcd-members: unknown: no answer (cp-2)',
    },
    {
      what: 'M4: an unknown version',
      after: (state: UpgradeState, nowMs: number) => afterLook(state, unknownVersion, nowMs),
      detail: 'kubelet of w-1: "" is no version',
    },
  ])('$what is looked at again for two hours, and then ends the run; a survey ends at once', ({ after, detail }) => {
    const waiting = after(ready(WORKERS), 0);
    expect(waiting).toMatchObject({ finish: null, halt: { reasons: [detail] } });
    expect(next(waiting)).toEqual({ kind: 'wait', untilMs: 10_000 });
    expect(next(waiting, 10_000)).toEqual({ kind: 'look' });
    expect(after(waiting, 2 * HOUR_MS - 1).finish).toBeNull();
    const finish = { outcome: 'blocked', detail };
    expect(after(waiting, 2 * HOUR_MS).finish).toEqual(finish);
    expect(upgradeAction(waiting, 'survey', 0)).toEqual({ kind: 'end', finish });
  });

  test('M7, M46: answers of checks that are made once stay beside those that are made again', () => {
    const made = (check: CheckResult['check'], detail: string): CheckResult => {
      return { check, answer: 'ok', objects: [], detail, accepted: null };
    };
    const first = afterCheck(ready(WORKERS), [made('certificates', 'first'), made('nodes', 'first')], 0);
    const again = afterCheck(first, [made('nodes', 'again')], 0);
    expect(again.preflight.map(({ check, detail }) => `${check} ${detail}`)).toEqual([
      'certificates first',
      'nodes again',
    ]);
  });

  test('M1: a way that takes several runs ends it, with the runs', () => {
    const detail = 'from v1.35.4 to v1.37.2 takes 2 runs, one to each of v1.36, v1.37';
    expect(afterLook(newUpgrade(0), { kind: 'refused', detail }, 0).finish).toEqual({ outcome: 'blocked', detail });
  });
});

describe('once something was done', () => {
  const begun = afterNode(ready(WORKERS), record('w-1', 'done'));

  test('M2: the step to come is looked at and checked again', () => {
    expect(next(begun)).toEqual({ kind: 'look' });
    expect(next({ ...begun, isLooked: true, view: view(WORKERS.slice(1)) })).toEqual({
      kind: 'check',
      moment: 'before-wave',
    });
  });

  test('M4: an unknown version halts, and it looks again by itself', () => {
    const unknown = { kind: 'unknown', reasons: ['kubelet of w-2'] } as const;
    let state = afterLook(begun, unknown, 0);
    expect(next(state, 0)).toEqual({ kind: 'wait', untilMs: 10_000 });
    expect(next(state, 10_000)).toEqual({ kind: 'look' });
    state = afterLook(state, unknown, 10_000);
    expect(state.halt).toMatchObject({ sinceMs: 0, looks: 2, againMs: 30_000 });
    expect(afterLook(state, planned(WORKERS.slice(1)), 30_000).halt).toBeNull();
  });

  test('M6: another digest ends the run at this border', () => {
    const state = afterLook(begun, planned(WORKERS.slice(1), 'sha256:b'), 0);
    expect(next(state)).toEqual({ kind: 'finish' });
    expect(state.finish).toMatchObject({ outcome: 'partial', detail: expect.stringContaining('sha256:b') });
  });

  test('M37: another phase needs another look at approvals', () => {
    const state = ready(WORKERS, { approved: { part: 'control-plane', by: ['anna'] } });
    expect(next(state)).toEqual({ kind: 'look-at-approvals', part: 'workers' });
  });

  test('M37: after a wait for approval all is looked at again', () => {
    const waiting = afterApprovals(ready(WORKERS), {
      answer: { kind: 'waiting', detail: 'two' },
      part: 'workers',
      nowMs: 0,
    });
    expect(next(waiting, 0)).toMatchObject({ kind: 'wait' });
    const approved = { kind: 'approved', by: ['anna'] } as const;
    expect(next(afterApprovals(waiting, { answer: approved, part: 'workers', nowMs: 9e9 }), 9e9)).toEqual({
      kind: 'look',
    });
  });

  test('M37: the end of approvals matters while a part is to come that was not approved yet', () => {
    const waiting = {
      answer: { kind: 'waiting', detail: 'two', untilMs: 7 },
      part: 'control-plane',
      nowMs: 0,
    } as const;
    const approved = { ...waiting, answer: { kind: 'approved', by: ['anna'], untilMs: 9 } } as const;
    const steps = [controlStep('cp-1'), ...WORKERS];
    const until = (state: UpgradeState, left = steps) => neededApprovalUntilMs(state, left);
    const begun = { ...ready(steps), approved: null };
    expect(until(begun)).toBeNull();
    expect(until(afterApprovals(begun, waiting))).toBe(7);
    const state = afterApprovals(begun, approved);
    expect(until(state)).toBe(9);
    expect(until(state, steps.slice(0, 1))).toBeNull();
    expect(until(afterApprovals(state, { ...approved, part: 'workers' }), WORKERS)).toBeNull();
    expect(until(afterApprovals(state, { ...approved, answer: { kind: 'not-needed' } }))).toBeNull();
  });

  test('a step that was proven and is still to be taken is not taken twice', () => {
    const unchanged = planned(WORKERS);
    let state = afterLook(begun, unchanged, 100_000);
    expect(next(state, 100_000)).toMatchObject({ kind: 'wait' });
    state = afterLook(state, unchanged, 100_000 + UPGRADE_RULES.returnWithinMs);
    expect(state.problems).toMatchObject([{ node: 'w-1', kind: 'unproven' }]);
  });
});

describe('canaries and waves', () => {
  const canaried = ready(WORKERS.slice(1), {
    records: [record('w-1', 'done')],
    view: view(WORKERS.slice(1), { counts: [{ group: 'workers', workers: 3 }] }),
  });

  test('M35: the next stage begins after the soak, on another look', () => {
    expect(next(canaried)).toEqual({ kind: 'soak', needMs: 1_800_000 });
    const quiet = { answer: { kind: 'quiet' }, needMs: 1_800_000 } as const;
    let state = afterSoakLook(canaried, { ...quiet, nowMs: 0 });
    state = afterSoakLook(state, { ...quiet, nowMs: 1_799_999 });
    expect(next(state).kind).toBe('soak');
    state = afterSoakLook(state, { ...quiet, nowMs: 1_800_000 });
    // 10 % of three is one, which the canary was.
    expect(next(state)).toEqual({ kind: 'begin-stage', stage: 2 });
    expect(next(atStage(state, 2))).toEqual({ kind: 'look' });
  });

  test('M34, M35: an alert begins the soak again, unknown time adds nothing', () => {
    const at = (state: UpgradeState, kind: 'quiet' | 'alerting' | 'unknown', nowMs: number) =>
      afterSoakLook(state, {
        answer: kind === 'quiet' ? { kind } : { kind, detail: 'why' },
        needMs: 1_800_000,
        nowMs,
      });
    let state = at(at(canaried, 'quiet', 5_000), 'quiet', 5_100);
    expect(state.soak?.provenMs).toBe(100);
    state = at(state, 'unknown', 5_200);
    expect(state.soak).toMatchObject({ provenMs: 100, reason: 'why' });
    expect(at(state, 'alerting', 5_300).soak?.provenMs).toBe(0);
  });

  test('workers that came before the control plane were no canaries of what comes after it', () => {
    const records = [record('w-9', 'done'), record('cp-1', 'done', { isWorker: false })];
    expect(next({ ...canaried, records })).toMatchObject({ kind: 'take', steps: [{ node: { name: 'w-2' } }] });
    expect(atTaking({ ...canaried, stage: 2 }, [controlStep('cp-1')]).stage).toBe(0);
  });

  test('M3: workers before the next step of the control plane are taken without those after it', () => {
    const steps = [workerStep('old-1'), controlStep('cp-1'), ...WORKERS];
    const action = next(ready(steps));
    expect(action).toMatchObject({ kind: 'take', steps: [{ node: { name: 'old-1' } }] });
  });

  test('M3: kube-proxy is waited for, never acted upon', () => {
    expect(next(ready([controlStep('', 'kube-proxy'), ...WORKERS]))).toEqual({ kind: 'await-proxy' });
  });

  test('M31: a pause begins nothing until its end', () => {
    const state = ready(WORKERS, { pause: { by: 'anna', reason: 'fair', untilMs: 100 } });
    expect(next(state, 99)).toEqual({ kind: 'wait', untilMs: 100 });
    expect(next(state, 100).kind).toBe('take');
  });
});

describe('after the last step', () => {
  const done = ready([], { records: [record('w-1', 'done')] });
  const BROKEN = { namespace: 'default', workload: 'deployment/web', state: 'CrashLoopBackOff' };

  test('M45: it ends once nothing has been broken for settle', () => {
    expect(next(done)).toEqual({ kind: 'after-check' });
    let state = afterAfterCheck(done, [BROKEN], 0);
    state = afterAfterCheck(state, [], 10_000);
    expect(next(afterAfterCheck(state, [], 69_999)).kind).toBe('after-check');
    state = afterAfterCheck(state, [], 70_000);
    expect(next(state)).toEqual({ kind: 'look' });
    expect(next({ ...state, isLooked: true, view: view([]) })).toMatchObject({
      kind: 'end',
      finish: { outcome: 'done' },
    });
  });

  test('M45: what is broken until the deadline makes it partial, by name', () => {
    let state = afterAfterCheck(done, [BROKEN], 0);
    state = afterAfterCheck(state, [BROKEN], 600_000);
    expect(next({ ...state, isLooked: true, view: view([]) })).toEqual({
      kind: 'end',
      finish: { outcome: 'partial', detail: 'broken since: default/deployment/web (CrashLoopBackOff)' },
    });
  });

  test('M47: a node that has joined meanwhile is taken before the end', () => {
    const state = afterAfterCheck(afterAfterCheck(done, [], 0), [], 60_000);
    const joined = afterLook({ ...state, stage: 3 }, planned([workerStep('w-9')]), 60_000);
    const checked = { ...joined, isChecked: true, approved: { part: 'workers', by: [] } } as const;
    expect(next(checked, 60_000)).toMatchObject({ kind: 'take', steps: [{ node: { name: 'w-9' } }] });
    // Its own end is checked again.
    expect(next({ ...afterNode(checked, record('w-9', 'done')), isLooked: true, view: view([]) }, 60_000)).toEqual({
      kind: 'after-check',
    });
  });

  test('a node that was passed over makes it partial', () => {
    const state = {
      ...done,
      records: [...done.records, record('w-2', 'not-ready-before')],
      after: { sinceMs: 0, calmSinceMs: 0, broken: [], isOver: true },
    };
    expect(next(state)).toMatchObject({ kind: 'end', finish: { outcome: 'partial', detail: 'not upgraded: w-2' } });
  });
});

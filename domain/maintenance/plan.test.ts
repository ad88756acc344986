/** The plan of one maintenance, from S1 to S9, with all its ends. */

import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { facts, mark, REBOOT, RULES, version } from '../../tests/fixtures/maintenance.ts';
import { nodeUid } from '../../tests/fixtures/nodes.ts';
import {
  afterActRefusal,
  afterActStart,
  afterGiveBack,
  afterMarkActing,
  afterProof,
  afterReboot,
  afterResolution,
  afterUndo,
  afterUnproven,
  afterWatchSlice,
} from './act-progress.ts';
import type { NodeFactsForMaintenance } from './facts.ts';
import { HELD_SLICE_MS, maintenancePlan, SLICE_MS } from './plan.ts';
import {
  afterAnswer,
  afterAsking,
  afterDetach,
  afterDrainSlice,
  afterLoss,
  afterLostSlot,
  afterMark,
  afterNews,
  afterObservation,
} from './progress.ts';
import { type MaintenanceState, newMaintenance } from './state.ts';

const NODE = facts();
const REBOOTED = facts({ bootId: 'boot-2' });
const HANDLE = { executor: 'reboot-linux', id: 'act-1' };

const fresh = (changes: Partial<MaintenanceState> = {}): MaintenanceState => ({
  ...newMaintenance({ expect: REBOOT, drains: true, recovers: false }, 0),
  ...changes,
});
const seen = (node: NodeFactsForMaintenance = NODE, state = fresh()) =>
  afterObservation(state, { facts: node, rules: RULES }, 0);
const granted = (state: MaintenanceState) =>
  afterAnswer(state, { stage: state.step === 'slot' ? 'take' : 'act', isGranted: true, reasons: [] }, 0);
const marked = () => afterMark(granted(afterAsking(seen(), 0)), mark(), 0);
const LAST_POD = { evicted: 3, left: [], hadVolumes: false };
const drained = () => afterDrainSlice(marked(), LAST_POD, { isDrained: true, nowMs: 10 });
const looking = () => afterDetach(drained(), 'nothing was attached', 20);
const acting = () => afterMarkActing(granted(afterAsking(looking(), 20)), mark({ phase: 'acting', actingMs: 30 }), 30);
const proving = () => afterActStart(acting(), HANDLE, 40);
const watched = (node: NodeFactsForMaintenance, isOk: boolean | null, nowMs: number, state = proving()) =>
  afterWatchSlice(
    state,
    { facts: node, missing: ['missing'], ended: isOk === null ? null : { atMs: 100, isOk, detail: 'exit code 1' } },
    nowMs,
  );
const held = () => {
  const state = afterUnproven(watched(REBOOTED, true, 200), 2_000_000);
  return { ...state, holdReport: 'told' as const };
};
const again = () => afterMarkActing(afterResolution(held(), 'retry', 0), mark(), 0);
const finishOf = ({ finish, isOver }: MaintenanceState) => ({ outcome: finish?.outcome, isOver });

test('goes from S1 to S9 in this order and no other', () => {
  const states = [fresh(), seen(), granted(afterAsking(seen(), 0)), marked(), drained(), looking()];
  const kinds = states.map((state) => maintenancePlan(state, 30).kind);
  expect(kinds).toEqual(['observe', 'ask', 'mark', 'drain', 'detach', 'ask']);
  expect(maintenancePlan(granted(afterAsking(looking(), 20)), 30).kind).toBe('mark-acting');
  expect(maintenancePlan(acting(), 30).kind).toBe('start-act');
  expect(maintenancePlan(proving(), 50).kind).toBe('watch');
  const proven = afterProof(proving(), { facts: REBOOTED, ended: null }, 60);
  expect(maintenancePlan(proven, 60).kind).toBe('give-back');
  const over = afterGiveBack(proven, 'uncordoned', 70);
  expect(maintenancePlan(over, 70).kind).toBe('finish');
  expect(over.finish).toEqual({ outcome: 'done', detail: 'proven; uncordoned' });
  expect(over.steps.map(({ step }) => step).join(' ')).toBe(
    'observe slot mark drain detach last-look act prove give-back',
  );
});

test('a phase that does not drain leaves out S4 and S5', () => {
  expect(afterMark(granted(seen(NODE, fresh({ drains: false }))), mark(), 0).step).toBe('last-look');
});

describe('S1', () => {
  test.each<[string, Partial<NodeFactsForMaintenance>, Partial<MaintenanceState>, string | undefined]>([
    ['a node that needs the act', {}, {}, undefined],
    [
      'M5: a node that is as expected',
      { kubelet: version('v1.37.2') },
      { expect: { ...REBOOT, bootIdChanged: false, kubelet: version('v1.37.2') } },
      'already-done',
    ],
    ['an act without a change to be seen', {}, { expect: { ...REBOOT, bootIdChanged: false } }, undefined],
    ['M24: a node that is not Ready', { ready: false }, {}, 'not-ready-before'],
    ['a mark that cannot be read', { mark: 'unreadable' }, {}, 'skipped'],
    ['a recovery without a mark', {}, { recovers: true }, 'already-done'],
  ])('%s', (_name, node, state, outcome) => {
    expect(finishOf(seen(facts(node), fresh(state)))).toEqual({ outcome, isOver: outcome !== undefined });
  });

  test('M20: gone and replaced', () => {
    expect(finishOf(afterLoss(marked(), { kind: 'gone' }, 0))).toEqual({ outcome: 'node-gone', isOver: true });
    const replaced = { kind: 'replaced', uid: nodeUid('other') } as const;
    expect(finishOf(afterLoss(proving(), replaced, 0))).toEqual({ outcome: 'node-replaced', isOver: true });
  });
});

describe('a mark that another run left', () => {
  test('M21: from draining it is undone, and never acted upon', () => {
    const state = seen(facts({ mark: mark(), unschedulable: true }));
    expect(state).toMatchObject({ step: 'give-back', finish: { outcome: 'given-back' }, hasAsked: true });
  });

  test('M21: from acting it is proven by the expectation of the mark, against what the node was before', () => {
    const left = mark({ phase: 'acting', actingMs: 0, bootId: 'boot-0', expect: { ...REBOOT, sentinelGone: true } });
    const state = seen(facts({ mark: left }), fresh({ recovers: true }));
    expect(state).toMatchObject({ step: 'prove', baseline: { bootId: 'boot-0' }, expect: { sentinelGone: true } });
    expect(maintenancePlan(state, 0).kind).toBe('watch');
  });

  test('M19: one that is late is looked at once before it is held', () => {
    const late = 10_000_000;
    const state = afterObservation(
      fresh(),
      { facts: facts({ mark: mark({ phase: 'acting', actingMs: 0 }) }), rules: RULES },
      late,
    );
    expect(maintenancePlan(state, late)).toEqual({ kind: 'watch', forMs: 2 * RULES.settleMs });
    expect(maintenancePlan(state, late + 1).kind).toBe('hold');
  });
});

describe('asking', () => {
  test('is repeated with back-off, at most every ten minutes: the guard forgets after fifteen', () => {
    let state = seen();
    const pauses = Array.from({ length: 7 }, () => {
      state = afterAsking(state, 0);
      return state.asking.nextAskMs / 1_000;
    });
    expect(pauses).toEqual([30, 60, 120, 240, 480, 600, 600]);
    expect(maintenancePlan(state, 599_999)).toEqual({ kind: 'wait', untilMs: 600_000 });
    expect(maintenancePlan(afterNews(state), 1)).toEqual({ kind: 'ask', stage: 'take' });
    expect(maintenancePlan(state, 600_000)).toEqual({ kind: 'ask', stage: 'take' });
  });

  test('M30: who has waited for 15 minutes is reported once', () => {
    const state = afterNews(afterAsking(seen(), 0));
    expect(maintenancePlan(state, 899_999).kind).toBe('ask');
    expect(maintenancePlan(state, 900_000).kind).toBe('report-wait');
    const reported = { ...state, asking: { ...state.asking, isReported: true } };
    expect(maintenancePlan(reported, 900_000).kind).toBe('ask');
    const waiting = { ...state, asking: { ...state.asking, nextAskMs: 1_000_000 } };
    expect(maintenancePlan(waiting, 0)).toEqual({ kind: 'wait', untilMs: 900_000 });
  });

  test('an answer to another question changes nothing', () => {
    const state = afterAsking(looking(), 20);
    expect(afterAnswer(state, { stage: 'take', isGranted: true, reasons: [] }, 0)).toBe(state);
    expect(afterAnswer(marked(), { stage: 'take', isGranted: true, reasons: [] }, 0).asking.isGranted).toBe(false);
  });

  test('M10: a slot that the guard does not know is asked for again', () => {
    const state = afterLostSlot(granted(afterAsking(seen(), 0)), 0);
    expect(maintenancePlan(state, 0)).toEqual({ kind: 'ask', stage: 'take' });
  });
});

describe('the drain', () => {
  const blocked = afterDrainSlice(
    marked(),
    { evicted: 1, left: ['default/web: budget'], hadVolumes: true },
    { isDrained: false, nowMs: 5 },
  );

  test('M14: whoever is drained just in time, and waits for volumes, still has the time to get leave to act', () => {
    const lateMs = RULES.drainDeadlineMs - 1 + 120_000;
    const before = afterDrainSlice(marked(), LAST_POD, { isDrained: true, nowMs: RULES.drainDeadlineMs - 1 });
    const asked = afterAsking(afterDetach(before, 'still attached: data', lateMs), lateMs);
    expect(maintenancePlan(asked, lateMs + 29_999)).toEqual({ kind: 'wait', untilMs: lateMs + 30_000 });
    expect(maintenancePlan(asked, lateMs + 30_000)).toMatchObject({ kind: 'undo', outcome: 'undrained' });
  });

  test('M14: is undone at its deadline, naming what was in the way', () => {
    expect(maintenancePlan(blocked, RULES.drainDeadlineMs - 1)).toEqual({ kind: 'drain', forMs: 1 });
    expect(maintenancePlan(blocked, 0)).toEqual({ kind: 'drain', forMs: SLICE_MS });
    const action = maintenancePlan(blocked, RULES.drainDeadlineMs);
    expect(action).toMatchObject({ kind: 'undo', outcome: 'undrained' });
    expect(action).toHaveProperty('detail', 'not drained within the deadline: default/web: budget');
  });

  test('M16: without leave to act it is undone at the same deadline', () => {
    const asked = afterAnswer(afterAsking(looking(), 20), { stage: 'act', isGranted: false, reasons: ['paused'] }, 0);
    expect(maintenancePlan(asked, 800_000)).toMatchObject({ kind: 'ask' });
    const action = maintenancePlan(asked, RULES.drainDeadlineMs);
    expect(action).toMatchObject({ kind: 'undo', outcome: 'undrained' });
    expect(action).toHaveProperty('detail', 'no leave to act in time: paused');
    expect(maintenancePlan(granted(asked), RULES.drainDeadlineMs).kind).toBe('mark-acting');
  });

  test('counts its evictions over all slices', () => {
    expect(
      afterDrainSlice(blocked, { evicted: 2, left: [], hadVolumes: false }, { isDrained: true, nowMs: 9 }),
    ).toMatchObject({
      evicted: 3,
      hadVolumes: true,
      step: 'detach',
    });
  });
});

describe('the act', () => {
  test.each<[string, MaintenanceState, string | undefined]>([
    ['M18: succeeded, nothing changed (tuppr #575)', watched(NODE, true, 1_000_000), undefined],
    ['M18: failed, but the machine was started again (tuppr #213)', watched(REBOOTED, false, 1_000_000), undefined],
    ['failed, and nothing changed for two minutes', watched(NODE, false, 120_100), 'act-failed'],
    ['failed a moment ago', watched(NODE, false, 120_099), undefined],
    ['failed, and the node is not Ready', watched(facts({ ready: false }), false, 1_000_000), undefined],
    ['failed, with another kubelet', watched(facts({ kubelet: version('v1.37.2') }), false, 1_000_000), undefined],
    ['still running', watched(NODE, null, 1_000_000), undefined],
    ['failed while the node is held', watched(NODE, false, 9_000_000, held()), undefined],
  ])('%s', (_name, state, outcome) => {
    expect(finishOf(state)).toEqual({ outcome, isOver: false });
  });

  test('an act that is refused is judged like one that failed', () => {
    const state = afterActRefusal(acting(), 'no such template', 50);
    expect(finishOf(watched(NODE, null, 120_050, state)).outcome).toBe('act-failed');
  });

  test('the first word of the executor counts', () => {
    const state = watched(NODE, true, 200);
    expect(watched(NODE, false, 1_000_000, state).act?.ended?.isOk).toBe(true);
  });
});

describe('a node that does not come back', () => {
  test('M19: is held after returnWithin, from the end of the act or its deadline', () => {
    const ended = watched(REBOOTED, true, 200);
    expect(maintenancePlan(ended, 100 + RULES.returnWithinMs - 1).kind).toBe('watch');
    expect(maintenancePlan(ended, 100 + RULES.returnWithinMs).kind).toBe('hold');
    const silent = proving();
    const until = 30 + RULES.actDeadlineMs + RULES.returnWithinMs;
    expect(maintenancePlan(silent, until - 1).kind).toBe('watch');
    expect(maintenancePlan(silent, until).kind).toBe('hold');
  });

  test('M33: is held where its own API server has not answered for returnWithin, though no end of the act is known', () => {
    const away = (awayMs: number) =>
      afterWatchSlice(proving(), { facts: null, awayMs, missing: ['connection refused'], ended: null }, 1_000);
    expect(maintenancePlan(away(RULES.returnWithinMs - 1), 1_000).kind).toBe('watch');
    const late = away(RULES.returnWithinMs);
    expect(maintenancePlan(late, 1_000).kind).toBe('hold');
    // It answers again, or somebody has it acted upon once more: the time begins anew.
    expect(maintenancePlan(watched(NODE, null, 1_000, late), 1_000).kind).toBe('watch');
    const retried = afterResolution(afterUnproven(late, 1_000), 'retry', 1_000);
    expect(maintenancePlan(afterActStart(afterMarkActing(retried, mark(), 1_000), HANDLE, 1_000), 1_000).kind).toBe(
      'watch',
    );
  });

  test('M19: nothing expires, and late is not too late', () => {
    expect(maintenancePlan(held(), Number.MAX_SAFE_INTEGER)).toEqual({ kind: 'watch', forMs: HELD_SLICE_MS });
    expect(afterNews(held()).holdReport).toBe('again');
    expect(maintenancePlan(afterNews(held()), 0)).toEqual({ kind: 'report-hold' });
    expect(afterNews(afterUnproven(proving(), 0)).holdReport).toBe('due');
    expect(afterProof(held(), { facts: REBOOTED, ended: null }, 9_000_000).finish).toEqual({
      outcome: 'done',
      detail: 'proven, late',
    });
  });

  test('M38: a person decides', () => {
    const asked = (resolution: 'retry' | 'give-back' | 'leave-cordoned') => ({ ...held(), resolution });
    expect(maintenancePlan(asked('give-back'), 0)).toEqual({ kind: 'resolve', resolution: 'give-back' });
    expect(afterResolution(asked('give-back'), 'give-back', 0).finish?.outcome).toBe('given-back');
    expect(afterResolution(asked('leave-cordoned'), 'leave-cordoned', 0).finish?.outcome).toBe('left-cordoned');
    const retried = afterResolution(asked('retry'), 'retry', 0);
    expect(maintenancePlan(retried, Number.MAX_SAFE_INTEGER).kind).toBe('mark-acting');
    expect(afterMarkActing(retried, mark(), 0).act).toMatchObject({ attempt: 2, handle: null, ended: null });
  });
});

test('M23: pods of a machine that was started again prove their network again, which takes longer', () => {
  const due = afterReboot(proving(), { facts: REBOOTED, missing: ['not proven'], ended: null }, 50);
  expect(maintenancePlan(due, 50).kind).toBe('restart-healing');
  const asked: MaintenanceState = { ...due, reheal: 'asked' };
  expect(maintenancePlan(asked, 50).kind).toBe('watch');
  const until = 30 + RULES.actDeadlineMs + RULES.returnWithinMs + RULES.healingMs;
  expect(maintenancePlan(asked, until - 1).kind).toBe('watch');
  expect(maintenancePlan(asked, until).kind).toBe('hold');
  expect(afterMarkActing(afterResolution(asked, 'retry', 0), mark(), 0).reheal).toBe('not-asked');
});

describe('M17: a cancellation', () => {
  const cancelled = (state: MaintenanceState) => maintenancePlan({ ...state, isCancelled: true }, 50).kind;

  test.each([
    ['before it was seen', fresh(), 'undo'],
    ['while it waits', afterAsking(seen(), 0), 'undo'],
    ['while it drains', marked(), 'undo'],
    ['before the last look', looking(), 'undo'],
    ['before the executor begins', acting(), 'undo'],
    ['after it has begun', proving(), 'watch'],
    ['while the node is held', held(), 'watch'],
    ['before another act', afterResolution({ ...held(), resolution: null }, 'retry', 0), 'mark-acting'],
    ['before the executor begins again', again(), 'start-act'],
    ['while it is given back', afterProof(proving(), { facts: REBOOTED, ended: null }, 60), 'give-back'],
  ])('%s', (_name, state, kind) => {
    expect(cancelled(state)).toBe(kind);
  });

  test('gives back what was marked, and nothing else', () => {
    const finish = { outcome: 'aborted', detail: 'cancelled' } as const;
    expect(afterUndo(seen(), finish, 0)).toMatchObject({ isOver: true });
    expect(afterUndo(marked(), finish, 0)).toMatchObject({ isOver: false, step: 'give-back' });
  });
});

test('M16: whatever happens, an act is begun only after its mark, and no state is without a next action', () => {
  const moves: readonly ((state: MaintenanceState, nowMs: number) => MaintenanceState)[] = [
    (state) => ({ ...state, isCancelled: true }),
    (state) => granted(state),
    (state, nowMs) =>
      state.step === 'prove'
        ? afterWatchSlice(state, { facts: NODE, missing: [], ended: { atMs: nowMs, isOk: false, detail: '' } }, nowMs)
        : state,
    (state) => (state.step === 'hold' ? { ...state, resolution: 'retry' } : state),
  ];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -1, max: 3 }), fc.integer({ min: 0, max: 2_000_000 })), { maxLength: 40 }),
      (script) => {
        let state = fresh();
        let nowMs = 0;
        let isMarked = false;
        for (const [index, passedMs] of script) {
          nowMs += passedMs;
          state = moves[index]?.(state, nowMs) ?? state;
          const action = maintenancePlan(state, nowMs);
          if (action.kind === 'start-act') expect(isMarked).toBe(true);
          isMarked = action.kind === 'mark-acting' || (isMarked && action.kind !== 'start-act');
          state = perform(state, action, nowMs);
        }
      },
    ),
  );
});

/** All goes well. */
function perform(state: MaintenanceState, action: ReturnType<typeof maintenancePlan>, nowMs: number): MaintenanceState {
  switch (action.kind) {
    case 'observe':
      return afterObservation(state, { facts: NODE, rules: RULES }, nowMs);
    case 'ask':
      return afterAsking(state, nowMs);
    case 'mark':
      return afterMark(state, mark(), nowMs);
    case 'drain':
      return afterDrainSlice(state, { evicted: 0, left: [], hadVolumes: false }, { isDrained: true, nowMs });
    case 'detach':
      return afterDetach(state, '', nowMs);
    case 'mark-acting':
      return afterMarkActing(state, mark(), nowMs);
    case 'start-act':
      return afterActStart(state, HANDLE, nowMs);
    case 'hold':
      return afterUnproven(state, nowMs);
    case 'report-hold':
      return { ...state, holdReport: 'told' as const };
    case 'resolve':
      return afterResolution(state, action.resolution, nowMs);
    case 'undo':
      return afterUndo(state, action, nowMs);
    case 'give-back':
      return afterGiveBack(state, '', nowMs);
    default:
      return state;
  }
}

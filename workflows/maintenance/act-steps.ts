/** The steps of a maintenance from the drain to the giving back. */

import { workflowInfo } from '@temporalio/workflow';
import type { StartActResult } from '../../contracts/maintenance/activities.ts';
import {
  afterActRefusal,
  afterActStart,
  afterGiveBack,
  afterMarkActing,
  afterProof,
  afterReboot,
  afterUndo,
  afterWatchSlice,
} from '../../domain/maintenance/act-progress.ts';
import { afterDetach, afterDrainSlice, afterLoss } from '../../domain/maintenance/progress.ts';
import { toEnd } from '../../domain/maintenance/state.ts';
import { nowOf } from '../workflow-time.ts';
import { callOf, isTooLate } from './calls.ts';
import { reportEvent } from './reports.ts';
import { interruptible, type MaintenanceSession } from './session.ts';

const DETACH_MAX_MS = 120_000;

/** Why a drain ends before its deadline. */
const GIVEN_UP = {
  'in-the-way': 'it can never be drained',
  uncordoned: 'others uncordoned the node',
  forbidden: 'a right is missing',
} as const;

export async function drain(session: MaintenanceSession, forMs: number): Promise<void> {
  const { node, purpose } = session.input;
  const call = { summary: `S4: drain ${node.name}`, input: { node, forMs, purpose }, takesMs: forMs };
  const result = await interruptible(session, () => callOf('drainNode', call));
  if (result === null) return;
  const nowMs = nowOf(session);
  if (result.kind !== 'looked') {
    session.state = afterLoss(session.state, result, nowMs);
    return;
  }
  const { end, left } = result;
  session.state = afterDrainSlice(session.state, result, { isDrained: end === 'drained', nowMs });
  if (end === 'drained' || end === 'slice-over') return;
  const detail = [GIVEN_UP[end], ...left].join('; ');
  await reportEvent(session, 'DrainBlocked', detail);
  session.state = afterUndo(session.state, { outcome: 'undrained', detail }, nowOf(session));
}

export async function detach(session: MaintenanceSession): Promise<void> {
  const { node } = session.input;
  if (!session.state.hadVolumes) {
    session.state = afterDetach(session.state, 'no evicted pod had a volume', nowOf(session));
    return;
  }
  const input = { node, forMs: DETACH_MAX_MS };
  const call = { summary: 'S5: until volumes are detached', input, takesMs: DETACH_MAX_MS };
  const result = await interruptible(session, () => callOf('detachVolumes', call));
  if (result === null) return;
  const detail = result.left.length === 0 ? 'volumes are detached' : `still attached: ${result.left.join(', ')}`;
  session.state = afterDetach(session.state, detail, nowOf(session));
}

/** S6 and the beginning of S7: the node is looked at, and the mark says `acting` before anything happens to it. */
export async function markActing(session: MaintenanceSession): Promise<void> {
  const { node } = session.input;
  const { mark } = session.state;
  if (mark === null) throw new Error(`${node.name} has no mark before its act`);
  const result = await callOf('markActing', { summary: 'S7: the mark says acting', input: { node, mark } });
  const { state } = session;
  const nowMs = nowOf(session);
  switch (result.kind) {
    case 'marked':
      session.state = afterMarkActing(state, result.mark, nowMs);
      return;
    case 'uncordoned':
      session.state = afterUndo(state, { outcome: 'undrained', detail: 'others uncordoned the node' }, nowMs);
      return;
    case 'unmarked':
      session.state = toEnd(state, { outcome: 'undrained', detail: 'others took the mark away' }, nowMs);
      return;
    default:
      session.state = afterLoss(state, result, nowMs);
  }
}

export async function beginAct(session: MaintenanceSession): Promise<void> {
  const { node, run, phase, executor, versions } = session.input;
  const { act, expect, rules } = session.state;
  if (executor === null || act === null || rules === null) throw new Error(`${node.name} has nobody to act on it`);
  const given = versions === undefined ? {} : { versions };
  const input = { node, run, phase, executor, expect, key: actKey(act.attempt), ...given };
  // One that cannot be begun for so long, such as a pod that a webhook without its server keeps out, is as one that failed.
  const call = { summary: `S7: ${executor} acts`, input, withinMs: rules.actDeadlineMs };
  const result = await callOf('startAct', call).catch(refusalInTime);
  session.state =
    result.kind === 'started'
      ? afterActStart(session.state, result.handle, nowOf(session))
      : afterActRefusal(session.state, result.detail, nowOf(session));
}

function refusalInTime(error: unknown): StartActResult {
  if (!isTooLate(error)) throw error;
  const why = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return { kind: 'refused', detail: `it could not be begun in time${why}` };
}

/** The same for every retry of the activity, and over all runs of the chain. */
function actKey(attempt: number): string {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  return `${workflowId}/${firstExecutionRunId}/${attempt}`;
}

export async function watch(session: MaintenanceSession, forMs: number): Promise<void> {
  const { node } = session.input;
  const { rules, baseline, expect, act, step, reheal, awayMs = 0 } = session.state;
  if (rules === null || baseline === null) throw new Error(`${node.name} is proven before it was seen`);
  // An end that is known is not asked for again.
  const handle = act === null || act.ended !== null ? null : act.handle;
  const result = await interruptible(session, () =>
    callOf('watchNode', {
      summary: step === 'hold' ? 'held: until it is proven' : 'S8: until it is proven',
      input: {
        node,
        baseline,
        expect,
        settleMs: rules.settleMs,
        forMs,
        handle,
        failure: act?.ended?.isOk === false ? act.ended.detail : null,
        asksForHealing: reheal === 'not-asked',
        ...(step === 'hold' ? { awayMs: 0, awayMaxMs: forMs } : { awayMs, awayMaxMs: rules.returnWithinMs }),
      },
      takesMs: forMs,
    }),
  );
  if (result === null) return;
  const { state } = session;
  const nowMs = nowOf(session);
  if (result.kind === 'proven') session.state = afterProof(state, result, nowMs);
  else if (result.kind === 'to-heal') session.state = afterReboot(state, result, nowMs);
  else if (result.kind === 'slice-over') session.state = afterWatchSlice(state, result, nowMs);
  else session.state = afterLoss(state, result, nowMs);
}

/** A Windows node that was started again proves the network of its pods again (M23). */
export async function restartHealing(session: MaintenanceSession): Promise<void> {
  const { node, run, purpose } = session.input;
  const input = { node, reason: `started again by the maintenance (${purpose}, run ${run})` };
  await callOf('restartHealing', { summary: 'S8: its pods have to prove their network again', input });
  session.state = { ...session.state, reheal: 'asked' };
}

/** S9. A node that is left cordoned keeps the cordon, and loses the mark. */
export async function giveBack(session: MaintenanceSession): Promise<void> {
  const { node } = session.input;
  const { mark, finish } = session.state;
  if (mark === null) throw new Error(`${node.name} has no mark to take away`);
  const uncordons = finish?.outcome !== 'left-cordoned';
  const result = await callOf('giveBackNode', { summary: 'S9: give back', input: { node, mark, uncordons } });
  session.state =
    result.kind === 'given-back'
      ? afterGiveBack(session.state, result.detail, nowOf(session))
      : afterLoss(session.state, result, nowOf(session));
}

/** The steps of a maintenance: each performs one action of the plan and takes its answer into the state. */

import { condition, workflowInfo } from '@temporalio/workflow';
import { assertNever } from '../../domain/assert-never.ts';
import { clockTime } from '../../domain/clock-time.ts';
import { afterResolution, afterUndo, afterUnproven } from '../../domain/maintenance/act-progress.ts';
import type { MaintenanceAction } from '../../domain/maintenance/plan.ts';
import {
  afterAsking,
  afterLoss,
  afterLostSlot,
  afterMark,
  afterObservation,
  type NodeLoss,
} from '../../domain/maintenance/progress.ts';
import { hasControlPlane } from '../../domain/maintenance/prove.ts';
import type { AskStage } from '../../domain/maintenance/slots.ts';
import { type MaintenanceState, toEnd } from '../../domain/maintenance/state.ts';
import { nowOf, timerFired } from '../workflow-time.ts';
import { beginAct, detach, drain, giveBack, markActing, restartHealing, watch } from './act-steps.ts';
import { callOf } from './calls.ts';
import { reportEvent, returnSlot } from './reports.ts';
import type { MaintenanceSession } from './session.ts';

export async function perform(session: MaintenanceSession, action: MaintenanceAction): Promise<void> {
  switch (action.kind) {
    case 'observe':
      return observe(session);
    case 'ask':
      return ask(session, action.stage);
    case 'wait':
      return wait(session, action.untilMs);
    case 'report-wait':
      return reportWait(session);
    case 'mark':
      return mark(session);
    case 'drain':
      return drain(session, action.forMs);
    case 'detach':
      return detach(session);
    case 'mark-acting':
      return markActing(session);
    case 'start-act':
      return beginAct(session);
    case 'watch':
      return watch(session, action.forMs);
    case 'restart-healing':
      return restartHealing(session);
    case 'hold':
      session.state = afterUnproven(session.state, nowOf(session));
      return undefined;
    case 'report-hold':
      return reportHold(session);
    case 'resolve':
      session.state = afterResolution(session.state, action.resolution, nowOf(session));
      return undefined;
    case 'undo':
      if (action.outcome === 'undrained') await reportEvent(session, 'DrainBlocked', action.detail);
      session.state = afterUndo(session.state, action, nowOf(session));
      return undefined;
    case 'give-back':
      return giveBack(session);
    case 'finish':
      return finish(session);
    default:
      return assertNever(action);
  }
}

/** The state once the answer is in: signals may have changed it since the question. */
function answered(
  session: MaintenanceSession,
  next: (state: MaintenanceState, nowMs: number) => MaintenanceState,
): void {
  session.state = next(session.state, nowOf(session));
}

async function observe(session: MaintenanceSession): Promise<void> {
  const { node, executor, phase, expect } = session.input;
  const input = { node, executor, phase, ...(hasControlPlane(expect) ? { asksControlPlane: true } : {}) };
  const seen = await callOf('observeNode', { summary: `S1: what is ${node.name}?`, input });
  if (seen.kind !== 'present') return lose(session, seen);
  answered(session, (state, nowMs) => afterObservation(state, seen, nowMs));
}

async function ask(session: MaintenanceSession, stage: AskStage): Promise<void> {
  const { cluster, node, group, purpose, queuedMs } = session.input;
  const { workflowId: workflow } = workflowInfo();
  const { drains } = session.state;
  const place = queuedMs === undefined ? {} : { queuedMs };
  await callOf('askSlot', {
    summary: stage === 'take' ? 'S2: ask for a slot' : 'S6: ask for leave to act',
    input: { cluster, node, workflow, group, purpose, stage, drains, ...place },
  });
  answered(session, afterAsking);
}

async function wait(session: MaintenanceSession, untilMs: number): Promise<void> {
  const before = session.state;
  const isNews = () => session.state !== before || workflowInfo().continueAsNewSuggested;
  const forMs = Math.max(1, untilMs - nowOf(session));
  const isTimer = !(await condition(isNews, forMs, { summary: `until ${clockTime(untilMs)}, or the guard's answer` }));
  if (isTimer) timerFired(session, untilMs);
}

async function reportWait(session: MaintenanceSession): Promise<void> {
  await reportEvent(session, 'MaintenanceWaits', session.state.asking.reasons.join('; ') || 'no answer of the guard');
  answered(session, (state) => ({ ...state, asking: { ...state.asking, isReported: true } }));
}

async function mark(session: MaintenanceSession): Promise<void> {
  const { node, run, group, purpose } = session.input;
  const { expect, drains } = session.state;
  const { workflowId: workflow } = workflowInfo();
  const result = await callOf('markNode', {
    summary: drains ? 'S3: mark and cordon' : 'S3: mark',
    input: { node, mark: { run, workflow, group, purpose, expect }, cordons: drains },
  });
  switch (result.kind) {
    case 'marked':
      return answered(session, (state, nowMs) => afterMark(state, result.mark, nowMs));
    case 'no-slot':
      return answered(session, afterLostSlot);
    case 'not-ready':
      return end(session, { outcome: 'not-ready-before', detail: 'the node was not Ready when its slot came' });
    case 'marked-before':
      return end(session, { outcome: 'skipped', detail: 'the node bears another mark' });
    case 'dry-run':
      return end(session, { outcome: 'skipped', detail: 'a dry run: its slot came, and the node was left as it is' });
    default:
      return lose(session, result);
  }
}

async function reportHold(session: MaintenanceSession): Promise<void> {
  const { missing, holdReport } = session.state;
  const isNews = holdReport === 'due';
  if (isNews) await reportEvent(session, 'NodeHeld', missing.length === 0 ? 'not proven in time' : missing.join('; '));
  await returnSlot(session, { outcome: 'unproven', held: true, isNews });
  answered(session, (state) => ({ ...state, holdReport: 'told' }));
}

async function finish(session: MaintenanceSession): Promise<void> {
  const { hasAsked, finish: found } = session.state;
  if (hasAsked && found !== null) await returnSlot(session, { outcome: found.outcome, held: false, isNews: true });
}

function end(session: MaintenanceSession, ending: Parameters<typeof toEnd>[1]): void {
  answered(session, (state, nowMs) => toEnd(state, ending, nowMs));
}

function lose(session: MaintenanceSession, loss: NodeLoss): void {
  answered(session, (state, nowMs) => afterLoss(state, loss, nowMs));
}

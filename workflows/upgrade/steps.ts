/** The steps of an upgrade: each performs one action of the plan and takes its answer into the state. */

import { condition, workflowInfo } from '@temporalio/workflow';
import { assertNever } from '../../domain/assert-never.ts';
import { clockTime } from '../../domain/clock-time.ts';
import type { UpgradeAction } from '../../domain/upgrade/cluster-plan.ts';
import {
  afterAfterCheck,
  afterApprovals,
  afterCheck,
  afterLook,
  afterSoakLook,
  atStage,
  atTaking,
  halted,
} from '../../domain/upgrade/cluster-progress.ts';
import type { UpgradePart } from '../../domain/upgrade/order.ts';
import type { PlannedStep } from '../../domain/upgrade/rules.ts';
import { waitForNews } from '../watch-run.ts';
import { nowOf } from '../workflow-time.ts';
import { callOf } from './calls.ts';
import { change, type UpgradeSession } from './session.ts';
import type { NodeStep } from './take-node.ts';
import { takeNodes } from './take-nodes.ts';
import { reportOf } from './view.ts';

/** A soak is proven by looks over the whole time in between. */
const SOAK_LOOK_MS = 300_000;
const AFTER_LOOK_MIN_MS = 1_000;
const AFTER_LOOK_MAX_MS = 60_000;
/** A folder that cannot be written to must not keep an upgrade from its end. */
const REPORT_ATTEMPTS_MAX = 5;

export async function perform(session: UpgradeSession, action: UpgradeAction): Promise<void> {
  switch (action.kind) {
    case 'look':
      return look(session);
    case 'check':
      return check(session, action.moment);
    case 'look-at-approvals':
      return lookAtApprovals(session, action.part);
    case 'note-broken':
      return noteBroken(session);
    case 'soak':
      return soak(session, action.needMs);
    case 'begin-stage':
      return change(session, (state) => atStage(state, action.stage));
    case 'take':
      return take(session, action.steps);
    case 'await-proxy':
      return change(session, (state, nowMs) => {
        const reasons = ['kube-proxy is older than the control plane: its DaemonSet is changed by others'];
        return { ...halted(state, { kind: 'kube-proxy', reasons }, nowMs), isLooked: false };
      });
    case 'after-check':
      return afterChecks(session);
    case 'wait':
      return wait(session, action.untilMs);
    case 'end':
      return change(session, (state) => ({ ...state, finish: action.finish }));
    case 'finish':
      return finish(session);
    default:
      return assertNever(action);
  }
}

async function look(session: UpgradeSession): Promise<void> {
  const { versions, parts } = session.input;
  const { order, passedOver: without } = session.state;
  const input = { versions, parts, order, without };
  const answer = await callOf('lookAtUpgrade', { summary: 'what runs, and what is left to do?', input });
  change(session, (state, nowMs) => afterLook(state, answer, nowMs));
}

async function check(session: UpgradeSession, moment: 'survey' | 'before-acts' | 'before-wave'): Promise<void> {
  const { run, versions, parts } = session.input;
  const input = { run, versions, parts, moment };
  const results = await callOf('checkCluster', { summary: `checks: ${moment}`, input });
  change(session, (state, nowMs) => afterCheck(state, results, nowMs));
}

async function lookAtApprovals(session: UpgradeSession, part: UpgradePart): Promise<void> {
  const { run, startedBy } = session.input;
  const input = { run, planDigest: session.state.digest, startedBy };
  const answer = await callOf('lookAtApprovals', { summary: `approvals for the ${part}`, input });
  change(session, (state, nowMs) => afterApprovals(state, { answer, part, nowMs }));
}

async function noteBroken(session: UpgradeSession): Promise<void> {
  const summary = 'which pods are broken before?';
  const brokenBefore = await callOf('findBrokenPods', { summary, input: { before: null } });
  change(session, (state) => ({ ...state, brokenBefore }));
}

async function soak(session: UpgradeSession, needMs: number): Promise<void> {
  const { soak: begun } = session.state;
  if (begun === null) {
    change(session, (state, nowMs) => ({ ...state, soak: { needMs, provenMs: 0, lookedMs: nowMs, reason: '' } }));
    return;
  }
  const forMs = Math.max(1, Math.min(SOAK_LOOK_MS, needMs - begun.provenMs));
  await wait(session, begun.lookedMs + forMs);
  if (session.state.isAborted || nowOf(session) < begun.lookedMs + forMs) return;
  const input = { sinceMs: begun.lookedMs };
  const answer = await callOf('lookAtWaveAlerts', { summary: 'soak: did alerts fire?', input });
  change(session, (state, nowMs) => afterSoakLook(state, { answer, needMs, nowMs }));
}

async function take(session: UpgradeSession, steps: readonly PlannedStep[]): Promise<void> {
  change(session, (state) => atTaking(state, steps));
  await takeNodes(session, steps.flatMap(nodeStep));
  // What comes next is proven again on what is so then (M2).
  change(session, (state) => ({ ...state, isLooked: false, isChecked: false }));
}

function nodeStep(step: PlannedStep): readonly NodeStep[] {
  const { node, phase } = step;
  return node === null || phase === 'kube-proxy' ? [] : [{ ...step, node, phase }];
}

async function afterChecks(session: UpgradeSession): Promise<void> {
  const { after, brokenBefore, view } = session.state;
  const settleMs = view?.rules.afterChecks.settleMs ?? AFTER_LOOK_MAX_MS;
  if (after !== null) {
    const pauseMs = Math.max(AFTER_LOOK_MIN_MS, Math.min(AFTER_LOOK_MAX_MS, settleMs));
    await wait(session, nowOf(session) + pauseMs);
    if (session.state.isAborted) return;
  }
  const summary = 'which pods are broken that were not before?';
  const broken = await callOf('findBrokenPods', { summary, input: { before: brokenBefore ?? [] } });
  change(session, (state, nowMs) => afterAfterCheck(state, broken, nowMs));
}

/** Until then, or there is news, or the history is long. */
async function wait(session: UpgradeSession, untilMs: number | null): Promise<void> {
  const { news } = session;
  const isNews = () => session.news !== news;
  if (untilMs === null) await condition(() => isNews() || workflowInfo().continueAsNewSuggested);
  else await waitForNews(session, { untilMs, isNews, summary: `until ${clockTime(untilMs)}` });
}

/** Surveys, and runs that had nothing to do, leave the report of an earlier run as it is. */
async function finish(session: UpgradeSession): Promise<void> {
  const { finish: found } = session.state;
  if (session.input.mode === 'survey' || found === null || found.outcome === 'already-done') return;
  const call = { summary: 'the report', input: reportOf(session), attemptsMax: REPORT_ATTEMPTS_MAX };
  await callOf('writeReport', call).catch(() =>
    change(session, (state) => ({
      ...state,
      finish: { ...found, detail: `${found.detail}; its report could not be written` },
    })),
  );
}

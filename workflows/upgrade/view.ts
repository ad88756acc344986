/** Shows an upgrade to others: its status, plan, report and result, and the current details in the Temporal UI. */

import { setCurrentDetails } from '@temporalio/workflow';
import type { UpgradeClusterStatus, UpgradePlanAnswer, UpgradeReport } from '../../contracts/upgrade/cluster-status.ts';
import type { UpgradeClusterResult } from '../../contracts/upgrade/upgrade-cluster.ts';
import { neededApprovalUntilMs, partOf } from '../../domain/upgrade/cluster-plan.ts';
import { isProven, stepsLeft } from '../../domain/upgrade/cluster-state.ts';
import { stateName, waitsOf, waveName } from '../../domain/upgrade/cluster-words.ts';
import { outcomeCounts } from '../../domain/upgrade/node-endings.ts';
import { upgradeNodeCounts } from '../../domain/upgrade/node-states.ts';
import { nowOf } from '../workflow-time.ts';
import type { UpgradeSession } from './session.ts';

const EXCEPTIONS_MAX = 200;

export function statusOf(session: UpgradeSession): UpgradeClusterStatus {
  const { input, state, inWork, isBreakerOpen, stalled } = session;
  const { cluster, run, mode, startedBy, versions } = input;
  const nowMs = nowOf(session);
  const left = stepsLeft(state).filter((step) => !isProven(state, step));
  const [next] = left;
  const isPaused = state.pause !== null && nowMs < state.pause.untilMs;
  return {
    cluster,
    run,
    mode,
    startedBy,
    versions,
    state: stateName(state, { isPaused, isInWork: inWork.size > 0 }),
    outcome: state.finish?.outcome ?? null,
    detail: state.finish?.detail ?? '',
    startedMs: state.startedMs,
    waitsFor: waitsOf(state, { isPaused, isBreakerOpen, stalled }),
    part: next === undefined ? null : partOf(next),
    wave: next?.isWorker === true ? waveName(state) : null,
    inWork: [...inWork],
    problems: state.problems,
    counts: outcomeCounts(state),
    leftCount: left.length,
    nodes: upgradeNodeCounts(state, { left, inWork }),
    approvalUntilMs: neededApprovalUntilMs(state, left),
    soak: state.soak,
    pause: isPaused ? state.pause : null,
    planDigest: state.digest,
  };
}

export function planOf({ state }: UpgradeSession): UpgradePlanAnswer {
  const { order, firstSteps: steps, view, preflight, digest: planDigest } = state;
  return { order, steps, unjudged: view?.unjudged ?? [], preflight, planDigest };
}

export function reportOf(session: UpgradeSession): UpgradeReport {
  const { state, input } = session;
  const { order, preflight, records, recordsLost, decisions, approved, after } = state;
  return {
    ...statusOf(session),
    order,
    parts: input.parts,
    writtenMs: nowOf(session),
    approvedBy: approved?.by ?? [],
    preflight,
    records,
    recordsLost,
    decisions,
    broken: after?.broken ?? [],
  };
}

/** Throws where the upgrade has no end yet. */
export function resultOf({ input, state }: UpgradeSession): UpgradeClusterResult {
  const { finish, records, preflight, digest: planDigest } = state;
  if (finish === null) throw new Error(`the upgrade of ${input.cluster} has not ended`);
  const latest = new Map(records.map((record) => [record.node, record]));
  const exceptions = [...latest.values()]
    .filter(({ outcome }) => outcome !== 'done' && outcome !== 'already-done')
    .map(({ node, outcome, detail }) => ({ node, outcome, detail }));
  const counts = outcomeCounts(state);
  return { ...finish, counts, exceptions: exceptions.slice(0, EXCEPTIONS_MAX), preflight, planDigest };
}

export function showUpgrade(session: UpgradeSession): void {
  const { run, versions, state, waitsFor, inWork, leftCount, wave } = statusOf(session);
  setCurrentDetails(
    [
      `Run **${run}** to ${versions.kubernetes}: ${state}${wave === null ? '' : `, ${wave}`}`,
      `${leftCount} steps are left; in work: ${inWork.slice(0, 20).join(', ') || 'nothing'}`,
      ...waitsFor.map((text) => `- ${text}`),
      // Markdown runs lines together that nothing parts.
    ].join('\n\n'),
  );
}

/** The steps of a run over several clusters: begins and ends what runs in them, and sees what becomes of it. */

import {
  CancellationScope,
  ChildWorkflowCancellationType,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  sleep,
  startChild,
} from '@temporalio/workflow';
import { maintenanceTaskQueue } from '../../contracts/names.ts';
import { FLEET_RESULTS, parseUpgradeEnd, type UpgradeEnd } from '../../contracts/upgrade/fleet-parser.ts';
import {
  SOAK_CLUSTER_WORKFLOW,
  soakClusterWorkflowId,
  UPGRADE_CLUSTER_WORKFLOW,
  upgradeClusterWorkflowId,
  upgradeSurveyWorkflowId,
} from '../../contracts/upgrade/names.ts';
import type { SoakClusterInput } from '../../contracts/upgrade/soak-cluster.ts';
import type { UpgradeClusterInput } from '../../contracts/upgrade/upgrade-cluster.ts';
import type { FleetActivities } from '../../contracts/upgrade/upgrade-fleet.ts';
import { cutText } from '../../domain/cut-text.ts';
import { ownMessageOf } from '../../domain/error-message.ts';
import type { FleetAction } from '../../domain/upgrade/fleet-plan.ts';
import { afterBegin, afterReach, afterSurvey, afterUpgrade } from '../../domain/upgrade/fleet-progress.ts';
import { clusterOf } from '../../domain/upgrade/fleet-state.ts';
import { callerOf } from '../activity-calls.ts';
import { runAttributes } from '../run-attributes.ts';
import { isRunningAlready, startAbandoned } from '../start-abandoned.ts';
import { nowOf } from '../workflow-time.ts';
import { change, type FleetSession, ownId } from './fleet-session.ts';

export const call = callerOf<FleetActivities>(FLEET_RESULTS);

/** The look at the maintainers comes back after an hour at the latest. */
const WATCH_START_TO_CLOSE_MS = 3_900_000;
const AGAIN_MS = 30_000;
const MESSAGE_LENGTH_MAX = 500;

type Begun = Exclude<FleetAction, { kind: 'wait' | 'finish' }>;

/** Awaits nothing: what becomes of it is seen later. */
export function begin(session: FleetSession, action: Begun): void {
  session.state = afterBegin(session.state, action, nowOf(session));
  switch (action.kind) {
    case 'survey':
      return inBackground(survey(session, action.cluster));
    case 'upgrade':
      return inBackground(upgrade(session, action.cluster));
    case 'soak':
      return inBackground(counted(session, soak(session, action.cluster)));
    case 'cancel':
      if (action.work === 'soak') return inBackground(counted(session, endSoak(action.cluster)));
      return session.scopes.get(action.cluster)?.cancel();
    default:
  }
}

/** What goes wrong in it is a fault of this program: the workflow goes on, and shows what it waits for. */
export function inBackground(step: Promise<unknown>): void {
  step.catch((error: unknown) => {
    if (!isCancellation(error)) log.error('a step of the run failed', { problem: ownMessageOf(error) });
  });
}

/** The server drops what a run has asked for that has ended meanwhile. */
export async function counted(session: FleetSession, step: Promise<void>): Promise<void> {
  session.pending += 1;
  try {
    await step;
  } finally {
    session.pending -= 1;
    session.isNews = true;
  }
}

async function survey(session: FleetSession, cluster: string): Promise<void> {
  const { outcome, detail } = await runOf(session, cluster, 'survey');
  const isBlocked = outcome === 'blocked' || outcome === 'rejected';
  log.info('a cluster was surveyed', { cluster, outcome, detail });
  change(session, afterSurvey(session.state, cluster, { kind: isBlocked ? 'blocked' : 'clear', detail }));
}

async function upgrade(session: FleetSession, cluster: string): Promise<void> {
  const { outcome, detail } = await runOf(session, cluster, 'upgrade');
  const isDone = outcome === 'done' || outcome === 'already-done';
  log.info('the upgrade of a cluster has ended', { cluster, outcome, detail });
  const ending = isDone ? { outcome, detail } : ({ outcome: 'failed', detail: `${outcome}: ${detail}` } as const);
  change(session, afterUpgrade(session.state, cluster, ending, nowOf(session)));
}

/** Never throws: a child that cannot be started, or is ended by hand, is blocked. */
async function runOf(session: FleetSession, cluster: string, mode: UpgradeClusterInput['mode']): Promise<UpgradeEnd> {
  const scope = new CancellationScope({ cancellable: true });
  session.scopes.set(cluster, scope);
  try {
    const found = parseUpgradeEnd(await scope.run(() => childOf(session, cluster, mode)));
    return found.ok ? found.value : { outcome: 'blocked', detail: found.problems.join('; ') };
  } catch (error) {
    return { outcome: 'blocked', detail: reasonOf(error) };
  } finally {
    session.scopes.delete(cluster);
  }
}

async function childOf(session: FleetSession, cluster: string, mode: UpgradeClusterInput['mode']): Promise<unknown> {
  const { run, versions, parts, startedBy } = session.input;
  const input: UpgradeClusterInput = { cluster, run, versions, parts, mode, startedBy, fleet: ownId() };
  const workflowId =
    mode === 'survey' ? `${upgradeSurveyWorkflowId(cluster)}/${run}` : upgradeClusterWorkflowId(cluster);
  const child = await startChild(UPGRADE_CLUSTER_WORKFLOW, {
    workflowId,
    taskQueue: maintenanceTaskQueue(cluster),
    args: [input],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    staticSummary: `${mode} of ${cluster}`,
    ...runAttributes(workflowId, { run, cluster }),
  });
  return child.result();
}

/** A soak of an earlier run, or of an earlier try, is ended first. */
async function soak(session: FleetSession, cluster: string): Promise<void> {
  const { stageIndex } = session.state;
  const stage = session.input.stages[stageIndex];
  if (stage === undefined || stage.soak === null) return;
  const input: SoakClusterInput = { cluster, run: session.input.run, stage: stage.name, ...stage.soak, fleet: ownId() };
  while (clusterOf(session.state, cluster)?.running?.kind === 'soak') {
    if (await startedSoak(input)) return;
    await endSoak(cluster);
    await sleep(AGAIN_MS, { summary: `until an earlier soak of ${cluster} has ended` });
  }
}

/** False where one runs already. It reports by a signal to the workflow's id, so it outlives a run of this one. */
async function startedSoak(input: SoakClusterInput): Promise<boolean> {
  const { cluster, run } = input;
  const child = await startAbandoned(SOAK_CLUSTER_WORKFLOW, {
    workflowId: soakClusterWorkflowId(cluster),
    taskQueue: maintenanceTaskQueue(cluster),
    input,
    staticSummary: `Soak of ${cluster}`,
    subject: { run, cluster },
  });
  return child !== null;
}

/** One that is gone already is fine. */
async function endSoak(cluster: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(soakClusterWorkflowId(cluster)).cancel();
  } catch (error) {
    log.info('a soak had ended already', { cluster, problem: ownMessageOf(error) });
  }
}

/** Until the workflow ends: which maintainers take no work. */
export async function watchMaintainers(session: FleetSession): Promise<never> {
  const clusters = session.input.stages.flatMap((stage) => stage.clusters);
  for (;;) {
    const result = await call(
      'watchMaintainers',
      { summary: 'do all maintainers take work?', startToCloseMs: WATCH_START_TO_CLOSE_MS, heartbeats: true },
      { clusters, unreachable: session.unreachable },
    );
    if (result.ok) {
      session.unreachable = result.value.unreachable;
      session.isNews = true;
    } else await sleep(AGAIN_MS, { summary: 'until the next look at the maintainers' });
  }
}

/** What is known of the maintainers, for the clusters that are waited for now. */
export function reach(session: FleetSession): void {
  const { onUnreachable } = session.input;
  for (const { cluster } of session.state.clusters) {
    const seen = { cluster, isUnreachable: session.unreachable.includes(cluster) };
    const next = afterReach(session.state, seen, { onUnreachable, nowMs: nowOf(session) });
    if (next !== session.state) log.warn('whether a maintainer takes work has changed', seen);
    session.state = next;
  }
}

/** The failure of a child says why only in its cause. */
function reasonOf(error: unknown): string {
  if (isRunningAlready(error)) return 'another one of it runs already';
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cutText(ownMessageOf(cause), MESSAGE_LENGTH_MAX);
}

/** One node of an upgrade: its maintenance as a child, and what became of it. */

import {
  ChildWorkflowFailure,
  type ChildWorkflowHandle,
  getExternalWorkflowHandle,
  type Workflow,
  workflowInfo,
} from '@temporalio/workflow';
import type { MaintainNodeInput, MaintainNodeResult } from '../../contracts/maintenance/maintain-node.ts';
import { MAINTAIN_NODE_WORKFLOW, maintainNodeWorkflowId } from '../../contracts/maintenance/names.ts';
import { parseMaintainNodeResult } from '../../contracts/upgrade/cluster-parser.ts';
import { cutText } from '../../domain/cut-text.ts';
import { messageOf } from '../../domain/error-message.ts';
import { minorOf, minorText } from '../../domain/maintenance/version.ts';
import type { NodeName, NodeRef } from '../../domain/node/identity.ts';
import type { NodeRecord } from '../../domain/upgrade/cluster-state.ts';
import type { PlannedStep } from '../../domain/upgrade/rules.ts';
import { startAbandoned } from '../start-abandoned.ts';
import { nowOf } from '../workflow-time.ts';
import { callOf } from './calls.ts';
import type { UpgradeSession } from './session.ts';

const BUSY_SLICE_MS = 300_000;
const DETAIL_LENGTH_MAX = 300;

/** A step of one node. */
export interface NodeStep extends PlannedStep {
  readonly node: NodeRef;
  readonly phase: MaintainNodeInput['phase'];
}

/** In the order of the plan: they are begun at once, and ask for their slots in any order. */
export interface QueuedStep extends NodeStep {
  readonly queuedMs: number;
}

/** Never throws for what becomes of the node: a maintenance that failed or was terminated is an outcome, too. */
export async function takeNode(session: UpgradeSession, step: QueuedStep): Promise<NodeRecord> {
  const fromMs = nowOf(session);
  const ended = (result: Pick<MaintainNodeResult, 'outcome' | 'detail'> & Partial<MaintainNodeResult>) =>
    recordOf(step, result, { fromMs, toMs: nowOf(session) });
  const { name } = step.node;
  for (;;) {
    const child = await begin(session, step);
    if (child !== null) {
      session.children.add(name);
      // A decision that came while it was being started did not reach it.
      if (isUnwanted(session, name)) stopMaintenance(session, name);
      const result = await resultOf(child).finally(() => session.children.delete(name));
      return ended(isLeftOut(session, name, result) ? { ...result, outcome: 'skipped' } : result);
    }
    // Somebody else has the node: a reboot, a person, or an earlier run of this upgrade.
    const input = { node: name, forMs: BUSY_SLICE_MS };
    const summary = `${name} is in another maintenance`;
    await callOf('awaitMaintenance', { summary, input, takesMs: BUSY_SLICE_MS });
    if (isUnwanted(session, name)) {
      const outcome = session.state.isAborted ? 'aborted' : 'skipped';
      return ended({ outcome, detail: 'it was in another maintenance' });
    }
  }
}

/** Whether somebody has decided that it is not to be upgraded in this run. */
export function isUnwanted({ state }: UpgradeSession, node: NodeName): boolean {
  return state.isAborted || state.passedOver.includes(node);
}

/** Undone before its act, because somebody has skipped it. */
function isLeftOut({ state }: UpgradeSession, node: NodeName, { outcome }: Pick<MaintainNodeResult, 'outcome'>) {
  return outcome === 'aborted' && !state.isAborted && state.passedOver.includes(node);
}

/** What is before its act is undone, what is after it is proven first. One that has just ended needs no end. */
export function stopMaintenance({ input }: UpgradeSession, node: NodeName): void {
  const child = getExternalWorkflowHandle(maintainNodeWorkflowId({ cluster: input.cluster, node }));
  void child.cancel().catch(() => undefined);
}

/** Null where somebody else has the node. What has begun is finished, whatever becomes of this run. */
function begin(session: UpgradeSession, step: QueuedStep): Promise<ChildWorkflowHandle<Workflow> | null> {
  const { cluster, run } = session.input;
  const node = step.node.name;
  return startAbandoned(MAINTAIN_NODE_WORKFLOW, {
    workflowId: maintainNodeWorkflowId({ cluster, node }),
    input: maintenanceOf(session, step),
    staticSummary: `Upgrade ${node} to ${step.to ?? 'another etcd'} (${step.phase})`,
    subject: { run, cluster, node },
  });
}

function maintenanceOf({ input, state }: UpgradeSession, step: QueuedStep): MaintainNodeInput {
  const { cluster, run, versions } = input;
  const { rules } = state.view ?? {};
  const { kubelet, apiServer, to, group, node, phase, queuedMs } = step;
  const controlPlane =
    apiServer === null ? {} : { controlPlane: { binary: apiServer, emulated: minorText(minorOf(apiServer)).slice(1) } };
  return {
    cluster,
    node,
    run,
    group,
    purpose: 'upgrade',
    phase,
    executor: rules?.executors.find((one) => one.group === group)?.executor ?? null,
    expect: {
      kubelet,
      ...controlPlane,
      bootIdChanged: false,
      sentinelGone: false,
      ...(rules?.demands ?? { connectivity: 'where-agents', healing: 'proven' }),
    },
    versions: { kubernetes: to, cni: versions.cni, crictl: versions.crictl, etcd: versions.etcd },
    queuedMs,
    parent: workflowInfo().workflowId,
  };
}

async function resultOf(
  child: ChildWorkflowHandle<Workflow>,
): Promise<Pick<MaintainNodeResult, 'outcome' | 'detail'> & Partial<MaintainNodeResult>> {
  try {
    const found = parseMaintainNodeResult(await child.result());
    return found.ok ? found.value : { outcome: 'aborted', detail: found.problems.join('; ') };
  } catch (error) {
    if (!(error instanceof ChildWorkflowFailure)) throw error;
    return { outcome: 'aborted', detail: `its maintenance ended without a result: ${messageOf(error)}` };
  }
}

function recordOf(
  { node, group, phase, isWorker, to }: NodeStep,
  result: Pick<MaintainNodeResult, 'outcome' | 'detail'> & Partial<MaintainNodeResult>,
  times: { readonly fromMs: number; readonly toMs: number },
): NodeRecord {
  const { outcome, detail, before = null, steps = [], evicted = 0, executorSaid = null } = result;
  return {
    node: node.name,
    group,
    phase,
    isWorker,
    outcome,
    detail: cutText(detail, DETAIL_LENGTH_MAX),
    from: before?.controlPlane?.binary ?? before?.kubelet ?? '',
    to: to ?? '',
    ...times,
    evicted,
    steps: steps.map(({ step, fromMs, toMs }) => ({ step, tookMs: toMs - fromMs })),
    executorSaid: executorSaid === null ? null : cutText(executorSaid, DETAIL_LENGTH_MAX),
  };
}

/** The workflow `upgradeCluster`: plans the upgrade of a cluster, and takes its nodes one step after another. */

import { allHandlersFinished, CancellationScope, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import { maintenanceTaskQueue } from '../../contracts/names.ts';
import { parseUpgradeClusterInput } from '../../contracts/upgrade/cluster-parser.ts';
import { upgradeClusterWorkflowId, upgradeSurveyWorkflowId } from '../../contracts/upgrade/names.ts';
import type { UpgradeClusterInput, UpgradeClusterResult } from '../../contracts/upgrade/upgrade-cluster.ts';
import { upgradeAction } from '../../domain/upgrade/cluster-plan.ts';
import { acceptedInput } from '../accepted-input.ts';
import { unlessOvertaken } from '../new-run.ts';
import { nowOf } from '../workflow-time.ts';
import { announce } from './announce.ts';
import { receiveMessages } from './messages.ts';
import { change, resumeOf, sessionFor, type UpgradeResume, type UpgradeSession } from './session.ts';
import { perform } from './steps.ts';
import { resultOf, showUpgrade } from './view.ts';

/** A wave adds a few thousand events to a history. */
const HISTORY_LENGTH_MAX = 2_000;

/**
 * @param input self-contained but for what the cluster's configuration says; wrong input fails the workflow with the key.
 * @param resume handed over by continue-as-new only; ignored when the workflow is started by hand.
 */
export async function upgradeCluster(
  input: UpgradeClusterInput,
  resume?: UpgradeResume,
): Promise<UpgradeClusterResult> {
  const accepted = acceptedInput(input, {
    parse: parseUpgradeClusterInput,
    parseEarlier: parseUpgradeClusterInput,
    workflowId: idOf,
    taskQueue: maintenanceTaskQueue,
  });
  const isContinued = workflowInfo().continuedFromExecutionRunId !== undefined;
  const session = sessionFor(accepted, isContinued ? resume : undefined);
  receiveMessages(session);
  // It stops at the next border: what has been begun is finished first.
  CancellationScope.current().cancelRequested.catch(() => change(session, (state) => ({ ...state, isAborted: true })));
  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      const result = await unlessOvertaken(
        () => upgrade(session),
        () => session.state !== session.handedOver,
      );
      if (result !== null) return result;
    }
  });
}

/** A survey may have any id of its own beside the one that is the lock. */
function idOf({ cluster, mode }: UpgradeClusterInput): string {
  const { workflowId } = workflowInfo();
  const isSurvey = mode === 'survey' && workflowId.startsWith(upgradeSurveyWorkflowId(cluster));
  return isSurvey ? workflowId : upgradeClusterWorkflowId(cluster);
}

/** Performs one action per turn. Between two of them no node is in work. */
async function upgrade(session: UpgradeSession): Promise<UpgradeClusterResult> {
  for (;;) {
    showUpgrade(session);
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    if (continueAsNewSuggested || historyLength > HISTORY_LENGTH_MAX) {
      await condition(allHandlersFinished);
      session.handedOver = session.state;
      return continueAsNew<typeof upgradeCluster>(session.input, resumeOf(session));
    }
    const action = upgradeAction(session.state, session.input.mode, nowOf(session));
    await perform(session, action);
    await announce(session);
    if (action.kind === 'finish') {
      await condition(allHandlersFinished);
      showUpgrade(session);
      return resultOf(session);
    }
  }
}

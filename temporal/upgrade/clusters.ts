/** The upgrade of a cluster: surveyed, started, asked and steered. */

import { randomUUID } from 'node:crypto';
import { type Client, type QueryDefinition, type UpdateDefinition, WorkflowNotFoundError } from '@temporalio/client';
import { maintenanceTaskQueue } from '../../contracts/names.ts';
import {
  abortUpgrade,
  pauseUpgrade,
  resumeUpgrade,
  retryNode,
  skipNode,
  upgradePlan,
  upgradeReport,
  upgradeStatus,
} from '../../contracts/upgrade/cluster-messages.ts';
import type {
  DecisionPayload,
  NodeDecisionPayload,
  UpgradeClusterStatus,
  UpgradePlanAnswer,
  UpgradeReport,
} from '../../contracts/upgrade/cluster-status.ts';
import {
  UPGRADE_CLUSTER_WORKFLOW,
  upgradeClusterWorkflowId,
  upgradeSurveyWorkflowId,
} from '../../contracts/upgrade/names.ts';
import type { UpgradeClusterInput, UpgradeClusterResult } from '../../contracts/upgrade/upgrade-cluster.ts';
import type { Pause } from '../../domain/maintenance/slots.ts';
import { askWorkflow } from '../ask-workflow.ts';
import { answerOf, askStatus, type StatusAnswer, type UpdateAnswer } from '../perpetual.ts';
import { inTime, isNoAnswer, isTaken } from '../requests.ts';

export interface Surveyed {
  readonly result: UpgradeClusterResult;
  readonly plan: UpgradePlanAnswer;
}

/** All of them throw when Temporal does not answer in time. */
export interface ClusterUpgrade {
  /** Null where the cluster's maintainer took no work in time. */
  survey(input: Omit<UpgradeClusterInput, 'mode'>, timeoutMs: number): Promise<Surveyed | null>;
  status(): Promise<StatusAnswer<UpgradeClusterStatus>>;
  /** Also of one that has ended, as long as Temporal knows it; null otherwise, and where nobody answers. */
  report(): Promise<UpgradeReport | null>;
  skip(payload: NodeDecisionPayload): Promise<UpdateAnswer<unknown>>;
  retry(payload: NodeDecisionPayload): Promise<UpdateAnswer<unknown>>;
  abort(payload: DecisionPayload): Promise<UpdateAnswer<unknown>>;
  /** Whether one runs. */
  pause(payload: Pause): Promise<boolean>;
  resume(payload: DecisionPayload): Promise<boolean>;
}

const QUERY_TIMEOUT_MS = 10_000;
/** A decision about a node that is held is taken to its maintenance first. */
const UPDATE_TIMEOUT_MS = 60_000;

export function clusterUpgradeOf(client: Client, cluster: string): ClusterUpgrade {
  const workflowId = upgradeClusterWorkflowId(cluster);
  const handle = client.workflow.getHandle(workflowId);
  const query = <T>(id: string, definition: QueryDefinition<T>): Promise<T> =>
    inTime(client, () => askWorkflow(() => client.workflow.getHandle(id).query(definition)), QUERY_TIMEOUT_MS);
  const update = <Payload>(
    definition: UpdateDefinition<unknown, [Payload]>,
    payload: Payload,
  ): Promise<UpdateAnswer<unknown>> =>
    answerOf(inTime(client, () => handle.executeUpdate(definition, { args: [payload] }), UPDATE_TIMEOUT_MS));
  return {
    async survey(input, timeoutMs) {
      const id = `${upgradeSurveyWorkflowId(cluster)}/${randomUUID().slice(0, 8)}`;
      const started = await client.workflow.start(UPGRADE_CLUSTER_WORKFLOW, {
        workflowId: id,
        taskQueue: maintenanceTaskQueue(cluster),
        args: [{ ...input, mode: 'survey' }],
        workflowRunTimeout: timeoutMs,
        staticSummary: `Survey for run ${input.run}`,
      });
      try {
        const result = (await inTime(client, () => started.result(), timeoutMs)) as UpgradeClusterResult;
        return { result, plan: await query(id, upgradePlan) };
      } catch (error) {
        if (isNoAnswer(error) || isTimeout(error)) return null;
        throw error;
      }
    },
    status: () => askStatus(client, workflowId, upgradeStatus),
    async report() {
      try {
        return await query(workflowId, upgradeReport);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError || isNoAnswer(error)) return null;
        throw error;
      }
    },
    skip: (payload) => update(skipNode, payload),
    retry: (payload) => update(retryNode, payload),
    abort: (payload) => update(abortUpgrade, payload),
    pause: (payload) => isTaken(inTime(client, () => handle.signal(pauseUpgrade, payload))),
    resume: (payload) => isTaken(inTime(client, () => handle.signal(resumeUpgrade, payload))),
  };
}

/** The survey was not finished in its time. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.name === 'TimeoutFailure';
}

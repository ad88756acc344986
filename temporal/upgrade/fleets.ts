/** Runs over clusters: started once, never with another content under the same name; asked and steered. */

import { createHash } from 'node:crypto';
import {
  type Client,
  type UpdateDefinition,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdReusePolicy,
} from '@temporalio/client';
import { VIGILANTE_RUN } from '../../contracts/search-attributes.ts';
import {
  abortFleet,
  approveStage,
  fleetStatus,
  pauseFleet,
  resumeFleet,
  retryCluster,
  skipCluster,
} from '../../contracts/upgrade/fleet-messages.ts';
import {
  FLEET_TASK_QUEUE,
  runOfFleetId,
  UPGRADE_FLEET_WORKFLOW,
  upgradeFleetWorkflowId,
} from '../../contracts/upgrade/names.ts';
import type {
  UpgradeFleetInput,
  UpgradeFleetResult,
  UpgradeFleetStatus,
} from '../../contracts/upgrade/upgrade-fleet.ts';
import type { Pause } from '../../domain/maintenance/slots.ts';
import type { ClusterDecision, Decider, StageDecision } from '../../domain/upgrade/fleet-decisions.ts';
import { answerOf, askStatus, type StatusAnswer, type UpdateAnswer } from '../perpetual.ts';
import { inTime, isTaken } from '../requests.ts';
import { startWithoutAttributes } from '../start-without-attributes.ts';

/** `other-content`: a run of this name goes on with another file. */
export type FleetStart = 'started' | 'runs-already' | 'other-content';

/** Field of the memo: what the run was started with, but for who started it. */
const CONTENT_MEMO = 'content';

/** A run that has ended is started again: what is done is seen in the clusters. Throws when Temporal does not answer in time. */
export async function startFleet(
  client: Client,
  input: UpgradeFleetInput,
  { searchAttributes }: { readonly searchAttributes: boolean },
): Promise<FleetStart> {
  const workflowId = upgradeFleetWorkflowId(input.run);
  const content = contentOf(input);
  try {
    const attributes = searchAttributes ? { typedSearchAttributes: [{ key: VIGILANTE_RUN, value: input.run }] } : {};
    await startWithoutAttributes(attributes, (given) =>
      inTime(client, () =>
        client.workflow.start(UPGRADE_FLEET_WORKFLOW, {
          ...given,
          workflowId,
          taskQueue: FLEET_TASK_QUEUE,
          args: [input],
          workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
          memo: { [CONTENT_MEMO]: content },
          staticSummary: `Upgrade to ${input.versions.kubernetes} (run ${input.run})`,
        }),
      ),
    );
    return 'started';
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const { memo } = await inTime(client, () => client.workflow.getHandle(workflowId).describe());
    return memo?.[CONTENT_MEMO] === content ? 'runs-already' : 'other-content';
  }
}

/** Whoever starts it again starts the same. */
function contentOf(input: UpgradeFleetInput): string {
  return createHash('sha256')
    .update(JSON.stringify({ ...input, startedBy: '' }))
    .digest('hex');
}

/** All of them throw when Temporal does not answer in time. */
export interface FleetRun {
  status(): Promise<StatusAnswer<UpgradeFleetStatus>>;
  /** Of a run that has completed. */
  result(): Promise<UpgradeFleetResult>;
  decideStage(decision: StageDecision): Promise<UpdateAnswer<unknown>>;
  skip(decision: ClusterDecision): Promise<UpdateAnswer<unknown>>;
  retry(decision: ClusterDecision): Promise<UpdateAnswer<unknown>>;
  abort(decider: Decider): Promise<UpdateAnswer<unknown>>;
  /** Whether it runs. */
  pause(pause: Pause): Promise<boolean>;
  resume(decider: Decider): Promise<boolean>;
}

const UPDATE_TIMEOUT_MS = 10_000;

export function fleetRunOf(client: Client, run: string): FleetRun {
  const workflowId = upgradeFleetWorkflowId(run);
  const handle = client.workflow.getHandle(workflowId);
  const update = <Payload>(
    definition: UpdateDefinition<unknown, [Payload]>,
    payload: Payload,
  ): Promise<UpdateAnswer<unknown>> =>
    answerOf(inTime(client, () => handle.executeUpdate(definition, { args: [payload] }), UPDATE_TIMEOUT_MS));
  return {
    status: () => askStatus(client, workflowId, fleetStatus),
    result: async () => (await inTime(client, () => handle.result())) as UpgradeFleetResult,
    decideStage: (decision) => update(approveStage, decision),
    skip: (decision) => update(skipCluster, decision),
    retry: (decision) => update(retryCluster, decision),
    abort: (decider) => update(abortFleet, decider),
    pause: (pause) => isTaken(inTime(client, () => handle.signal(pauseFleet, pause))),
    resume: (decider) => isTaken(inTime(client, () => handle.signal(resumeFleet, decider))),
  };
}

/** More than so many at a time are not shown. */
const RUNS_MAX = 50;

export interface RunningFleets {
  /** Names of the runs that go on, by Temporal's visibility, which is some seconds late; at most 50. */
  runs(): Promise<readonly string[]>;
  status(run: string): Promise<StatusAnswer<UpgradeFleetStatus>>;
}

/** All of them throw when Temporal does not answer in time. */
export function runningFleets(client: Client): RunningFleets {
  const query = `WorkflowType = '${UPGRADE_FLEET_WORKFLOW}' AND ExecutionStatus = 'Running'`;
  return {
    runs: () =>
      inTime(client, async () => {
        const found: string[] = [];
        for await (const { workflowId } of client.workflow.list({ query, pageSize: RUNS_MAX })) {
          const run = runOfFleetId(workflowId);
          if (run !== null) found.push(run);
          if (found.length === RUNS_MAX) break;
        }
        return found;
      }),
    status: (run) => askStatus(client, upgradeFleetWorkflowId(run), fleetStatus),
  };
}

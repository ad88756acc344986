/** Runs over clusters: started once, found again, never started with another content under the same name. */

import { createHash } from 'node:crypto';
import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy } from '@temporalio/client';
import { FLEET_TASK_QUEUE, UPGRADE_FLEET_WORKFLOW, upgradeFleetWorkflowId } from '../../contracts/upgrade/names.ts';
import type { UpgradeFleetInput } from '../../contracts/upgrade/upgrade-fleet.ts';
import { inTime } from '../requests.ts';

/** `other-content`: a run of this name goes on with another file. */
export type FleetStart = 'started' | 'runs-already' | 'other-content';

/** Field of the memo: what the run was started with, but for who started it. */
const CONTENT_MEMO = 'content';

/** A run that has ended is started again: what is done is seen in the clusters. Throws when Temporal does not answer in time. */
export async function startFleet(client: Client, input: UpgradeFleetInput): Promise<FleetStart> {
  const workflowId = upgradeFleetWorkflowId(input.run);
  const content = contentOf(input);
  try {
    await inTime(client, () =>
      client.workflow.start(UPGRADE_FLEET_WORKFLOW, {
        workflowId,
        taskQueue: FLEET_TASK_QUEUE,
        args: [input],
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        memo: { [CONTENT_MEMO]: content },
        staticSummary: `Upgrade to ${input.versions.kubernetes} (run ${input.run})`,
      }),
    );
    return 'started';
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const { memo } = await inTime(client, () => client.workflow.getHandle(workflowId).describe());
    return memo?.[CONTENT_MEMO] === content ? 'runs-already' : 'other-content';
  }
}

function contentOf({ startedBy: _, ...content }: UpgradeFleetInput): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

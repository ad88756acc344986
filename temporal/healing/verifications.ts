/** Runs `verifyNode`: one probe of a node, started and awaited. */

import { type Client, WorkflowFailedError, WorkflowIdConflictPolicy } from '@temporalio/client';
import { VERIFY_NODE_WORKFLOW, verifyNodeWorkflowId } from '../../contracts/healing/names.ts';
import type { ProbePolicy, VerifyNodeInput, VerifyNodeResult } from '../../contracts/healing/onboard-node.ts';
import { taskQueue } from '../../contracts/names.ts';
import { isRecord } from '../../contracts/shape.ts';
import { messageOf } from '../../domain/error-message.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { inTime } from '../requests.ts';

/** Beyond the probe's own patience: the start, the answer, a worker that takes over. */
const MORE_MS = 60_000;

/**
 * Joins a verification of the node that runs. The workflow ends by itself where nobody works on it.
 * Throws when Temporal does not answer in time.
 */
export async function verifyOnce(
  client: Client,
  target: { readonly cluster: string; readonly node: NodeName; readonly profile: string },
  policy: ProbePolicy,
): Promise<VerifyNodeResult> {
  const input: VerifyNodeInput = { v: 1, ...target, policy };
  const timeoutMs = policy.patienceMs + MORE_MS;
  const handle = await inTime(client, () =>
    client.workflow.start(VERIFY_NODE_WORKFLOW, {
      workflowId: verifyNodeWorkflowId(input),
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      taskQueue: taskQueue(target.cluster),
      args: [input],
      workflowExecutionTimeout: timeoutMs,
      staticSummary: `Verify node ${target.node}`.slice(0, SUMMARY_LENGTH_MAX),
    }),
  );
  try {
    return resultOf(await inTime(client, () => handle.result(), timeoutMs + MORE_MS));
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return { kind: 'not-judged', detail: `it was not probed: ${messageOf(error.cause ?? error)}` };
  }
}

const SUMMARY_LENGTH_MAX = 200;

function resultOf(found: unknown): VerifyNodeResult {
  const kind = isRecord(found) ? found['kind'] : null;
  if (kind === 'judged' || kind === 'echo-down' || kind === 'not-judged') return found as VerifyNodeResult;
  return { kind: 'not-judged', detail: 'a worker of another release answered' };
}

/** Every history once more, from its start: a worker that keeps a workflow in memory does not notice what a replay does. */

import { join } from 'node:path';
import proto from '@temporalio/proto';
import { DefaultLogger, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { bundleWorkflows } from '../../temporal/worker/workflow-bundle.ts';
import { installQuietRuntime } from '../fixtures/quiet-runtime.ts';

export interface FetchedHistory {
  readonly workflowId: string;
  readonly runId: string;
  readonly history: proto.temporal.api.history.v1.IHistory;
}

/**
 * @param checkout folder with the workflows, whose bundle is built; undefined: this checkout
 * @returns the messages of the replays that failed, by run id
 */
export async function replayFailures(
  histories: readonly FetchedHistory[],
  checkout: string | undefined,
): Promise<ReadonlyMap<string, string>> {
  const quiet = new DefaultLogger('ERROR');
  installQuietRuntime();
  const workflowBundle: WorkflowBundleOption =
    checkout === undefined ? await bundleWorkflows(quiet) : { codePath: join(checkout, 'build', 'workflows.js') };
  const failures = new Map<string, string>();
  const { History } = proto.temporal.api.history.v1;
  const byRun = histories.map(({ runId, history }) => ({ workflowId: runId, history: History.create(history) }));
  for await (const { workflowId: runId, error } of Worker.runReplayHistories({ workflowBundle }, byRun)) {
    if (error !== undefined) failures.set(runId, error.message);
  }
  return failures;
}

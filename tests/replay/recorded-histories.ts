/** The histories of released versions, each replayed against the bundle as it is built now. */

import { readdir, readFile } from 'node:fs/promises';
import proto from '@temporalio/proto';
import { DefaultLogger, type Worker } from '@temporalio/worker';
import { bundleWorkflows } from '../../temporal/worker/workflow-bundle.ts';
import { installQuietRuntime } from '../fixtures/quiet-runtime.ts';

export interface Replayed {
  readonly name: string;
  /** Null where the workflow did again what it had done. */
  readonly problem: string | null;
}

export async function replayRecordedHistories(
  worker: Pick<typeof Worker, 'runReplayHistories'>,
): Promise<readonly Replayed[]> {
  installQuietRuntime();
  const workflowBundle = await bundleWorkflows(new DefaultLogger('ERROR'));
  const replayed: Replayed[] = [];
  for await (const { workflowId: name, error } of worker.runReplayHistories({ workflowBundle }, histories())) {
    replayed.push({ name, problem: error === undefined ? null : error.message });
  }
  return replayed;
}

async function* histories() {
  const folder = new URL('histories/', import.meta.url);
  for (const name of (await readdir(folder)).sort()) {
    const recorded = JSON.parse(await readFile(new URL(name, folder), 'utf8'));
    yield { workflowId: name, history: proto.temporal.api.history.v1.History.fromObject(recorded) };
  }
}

/** Histories of released versions replayed against the bundle as it is built now. */

import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import proto from '@temporalio/proto';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { GuardedWorker } from '../../temporal/worker/guarded-worker.ts';
import { bundleWorkflows } from '../../temporal/worker/workflow-bundle.ts';

test.each([
  { of: 'the SDK', worker: Worker },
  { of: 'the product', worker: GuardedWorker },
])('H12, H15: every recorded history replays without non-determinism in the worker of $of', async ({ worker }) => {
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'ERROR' } } });
  const workflowBundle = await bundleWorkflows(new DefaultLogger('ERROR'));
  const replayed: string[] = [];
  for await (const { workflowId, error } of worker.runReplayHistories({ workflowBundle }, histories())) {
    expect(error).toBeUndefined();
    replayed.push(workflowId);
  }
  expect(replayed.length).toBeGreaterThanOrEqual(17);
});

async function* histories() {
  const folder = new URL('histories/', import.meta.url);
  for (const name of (await readdir(folder)).sort()) {
    const recorded = JSON.parse(await readFile(new URL(name, folder), 'utf8'));
    yield { workflowId: name, history: proto.temporal.api.history.v1.History.fromObject(recorded) };
  }
}

/** The bundle of the workflows that a worker from a checkout keeps for its next start. */

import { expect, jest, test } from '@jest/globals';
import { DefaultLogger } from '@temporalio/worker';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';

test('the bundle of the same sources is built once, and is the same afterwards', async () => {
  const logger = new DefaultLogger('ERROR');
  const first = await bundleWorkflows(logger);
  const onBuild = jest.fn();
  const [second, third] = await Promise.all([bundleWorkflows(logger, onBuild), bundleWorkflows(logger, onBuild)]);
  expect(onBuild).not.toHaveBeenCalled();
  expect([second?.code === first.code, third?.code === first.code]).toEqual([true, true]);
});

/** An upgrade that is aborted: in real time, as the server that skips it may leave a cancellation with an update behind. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DefaultLogger } from '@temporalio/worker';
import { abortUpgrade } from '../../../contracts/upgrade/cluster-messages.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { installQuietRuntime } from '../../fixtures/quiet-runtime.ts';
import { startRealTime } from '../../fixtures/temporal-environments.ts';
import type { Harness } from '../../integration/heal-node/harness.ts';
import { QUICK_RULES } from '../../integration/maintain-node/world.ts';
import { withUpgrade } from './harness.ts';

let harness: Harness;
beforeAll(async () => {
  installQuietRuntime();
  harness = { bundle: await bundleWorkflows(new DefaultLogger('ERROR')), env: await startRealTime([]) };
}, 240_000);
afterAll(async () => harness?.env.teardown());

test.each(['update', 'cancellation'] as const)(
  'M17, M38: an abort by %s gives back who is held, and begins nothing more',
  async (way) => {
    await withUpgrade(harness, async (scene) => {
      const { world, maintenance } = scene;
      for (const name of ['cp-1', 'w-1', 'w-2']) world.addNode(name);
      // Its act does nothing.
      maintenance.rules = { ...QUICK_RULES, actDeadlineMs: 0, returnWithinMs: 300 };
      world.idle.add('w-1');
      const { result, until, handle } = await scene.start();
      await until('a halt', ({ state }) => state === 'halted');
      if (way === 'update')
        await handle.executeUpdate(abortUpgrade, { args: [{ by: 'anna', reason: 'looked at it' }] });
      else await handle.cancel();
      expect(await result()).toMatchObject({
        outcome: 'aborted',
        detail: way === 'update' ? 'aborted by anna: looked at it' : 'cancelled',
      });
      expect(world.log.filter((line) => line.startsWith('node '))).toEqual(['node cp-1', 'node w-1']);
      expect(maintenance.nodes.get('w-1')).toMatchObject({ unschedulable: false, mark: null });
    });
  },
  120_000,
);

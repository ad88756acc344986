/** Upgrades whose histories are recorded for replay. */

import { retryNode, skipNode } from '../../contracts/upgrade/cluster-messages.ts';
import { QUICK_RULES } from '../integration/maintain-node/world.ts';
import type { Scene } from '../upgrades/cluster/harness.ts';

export interface UpgradeScenario {
  readonly name: string;
  /** Awaits the end of the upgrade. */
  readonly play: (scene: Scene) => Promise<void>;
}

const WHO = { by: 'anna', reason: 'recorded' };

export const UPGRADE_SCENARIOS: readonly UpgradeScenario[] = [
  {
    name: 'upgrade-cluster.done',
    play: async ({ world, start }) => {
      for (const name of ['cp-1', 'cp-2', 'w-1', 'w-2', 'w-3']) world.addNode(name);
      await (await start()).result();
    },
  },
  {
    name: 'upgrade-cluster.held-then-retried-then-skipped',
    play: async ({ world, maintenance, start }) => {
      for (const name of ['cp-1', 'w-1', 'w-2']) world.addNode(name);
      maintenance.rules = { ...QUICK_RULES, actDeadlineMs: 0, returnWithinMs: 300 };
      world.idle.add('w-1').add('cp-1');
      const { result, until, handle } = await start();
      await until('cp-1 to be held', ({ problems }) => problems.some(({ node }) => node === 'cp-1'));
      world.idle.delete('cp-1');
      await handle.executeUpdate(retryNode, { args: [{ ...WHO, node: 'cp-1' }] });
      await until('w-1 to be held', ({ problems }) => problems.some(({ node }) => node === 'w-1'));
      await handle.executeUpdate(skipNode, { args: [{ ...WHO, node: 'w-1' }] });
      await result();
    },
  },
];

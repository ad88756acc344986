/** A cluster in which one node after the other is maintained, while the maintainer dies in each maintenance at another step. */

import { temporalClient } from '../../../temporal/client.ts';
import { maintenanceGuardOf } from '../../../temporal/maintenance/guard.ts';
import { maintenancesOf } from '../../../temporal/maintenance/maintenances.ts';
import { REBOOT } from '../../fixtures/maintenance.ts';
import { nodeRef } from '../../fixtures/nodes.ts';
import { fields } from '../../integration/kubernetes/cluster-fixtures.ts';
import { playMachines } from '../../integration/maintenance/machines.ts';
import { FREE, startMaintainerWorld } from '../../integration/maintenance/maintainer-process.ts';
import type { LaneOptions, MaintainerLane } from '../kill-maintainer.ts';
import { answered, guardStatus, openKiller } from '../maintainer-killer.ts';

/** What a maintenance leaves behind, whatever happened to the maintainer meanwhile. */
export const LEFT_BEHIND = {
  outcome: 'done',
  detail: 'proven',
  boots: ['boot-1', 'boot-2'],
  acts: 1,
  node: FREE,
  pods: [] as readonly string[],
  slots: [] as readonly unknown[],
};

const MAINTENANCE = {
  run: 'kills',
  group: 'workers',
  purpose: 'by-hand',
  phase: 'node',
  executor: 'reboot-linux',
  expect: { ...REBOOT, connectivity: 'off' },
  parent: null,
} as const;

/** Each run maintains a new node. */
export async function openMaintenanceLane({
  profile: { address, namespace },
  connection,
  cluster,
}: LaneOptions): Promise<MaintainerLane> {
  // A node is late neither for a maintainer that starts again nor for the heartbeat of one that is dead.
  const prove = { settle: '1s', returnWithin: '5m', connectivity: 'off' };
  const world = await startMaintainerWorld({ address, config: () => ({ cluster, maintenance: { prove } }) });
  const machines = playMachines(world, () => true);
  const client = temporalClient(connection, namespace);
  const maintenances = maintenancesOf(client, { cluster, searchAttributes: true });
  const guard = maintenanceGuardOf(client, cluster);
  const killer = await openKiller(world, address);
  return {
    async run(name, at) {
      await world.addNode(name);
      const { body } = await world.server.admin.demand('GET', `/api/v1/nodes/${name}`);
      const node = nodeRef(name, String(fields(fields(body)['metadata'])['uid']));
      const { counts, hit } = killer.watch(at);
      await maintenances.start({ ...MAINTENANCE, cluster, node });
      const { outcome, detail, before, after } = await answered(() => maintenances.result(node.name));
      const slots = (await guardStatus(guard)).slots.filter((slot) => slot.node.name === name);
      const left = {
        outcome,
        // The rest says whether the maintainer that died had given the node back already.
        detail: detail.split(';')[0],
        boots: [before?.bootId, after?.bootId],
        acts: machines.acts(name),
        node: await world.nodeState(name),
        pods: await world.actPods(),
        slots,
      };
      return { left, hit, counts };
    },
    abandon: () => void world.kill(),
    async close() {
      await machines.stop();
      await world.stop();
      await killer.close();
    },
  };
}

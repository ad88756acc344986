/** A cluster in which one node after the other is maintained, while the maintainer dies in each maintenance at another step. */

import type { NativeConnection } from '@temporalio/worker';
import type { TemporalProfile } from '../../../config/temporal-profile.ts';
import { temporalClient } from '../../../temporal/client.ts';
import { maintenanceGuardOf } from '../../../temporal/maintenance/guard.ts';
import { maintenancesOf } from '../../../temporal/maintenance/maintenances.ts';
import { REBOOT } from '../../fixtures/maintenance.ts';
import { nodeName, nodeRef } from '../../fixtures/nodes.ts';
import { fields } from '../../integration/kubernetes/cluster-fixtures.ts';
import { playMachines } from '../../integration/maintenance/machines.ts';
import { FREE, startMaintainerWorld } from '../../integration/maintenance/maintainer-process.ts';
import { isCall, isPoll, type Step } from '../step.ts';
import { openTemporalProxy } from '../temporal-proxy.ts';

/** What a maintenance leaves behind, whatever happened to the maintainer meanwhile. */
export const LEFT_BEHIND = {
  outcome: 'done',
  detail: 'proven; uncordoned',
  boots: ['boot-1', 'boot-2'],
  acts: 1,
  node: FREE,
  pods: [] as readonly string[],
  slots: [] as readonly unknown[],
};

export interface MaintainedStep {
  readonly left: Readonly<Record<keyof typeof LEFT_BEHIND, unknown>>;
  /** Whether the maintenance came to the step, and the maintainer was killed there. */
  readonly isHit: boolean;
  /** How often each thing was done. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface MaintenanceLane {
  /** Maintains a new node, and kills the maintainer at the step on the way. */
  maintain(name: string, step: Step | null): Promise<MaintainedStep>;
  close(): Promise<void>;
}

export async function openMaintenanceLane({
  profile: { address, namespace },
  connection,
  cluster,
}: {
  readonly profile: Pick<TemporalProfile, 'address' | 'namespace'>;
  readonly connection: NativeConnection;
  readonly cluster: string;
}): Promise<MaintenanceLane> {
  // A node is late neither for a maintainer that starts again nor for the heartbeat of one that is dead.
  const prove = { settle: '1s', returnWithin: '5m', connectivity: 'off' };
  const world = await startMaintainerWorld({ address, config: () => ({ cluster, maintenance: { prove } }) });
  const machines = playMachines(world, () => true);
  const client = temporalClient(connection, namespace);
  const maintenances = maintenancesOf(client, { cluster, searchAttributes: true });
  const guard = maintenanceGuardOf(client, cluster);
  let counts = new Map<string, number>();
  let step: Step | null = null;
  let isHit = false;

  /** Whether the maintainer was killed here; another one has been started by then. */
  async function reach(what: string, when: Step['when']): Promise<boolean> {
    if (when === 'before' || isPoll(what)) counts.set(what, (counts.get(what) ?? 0) + 1);
    if (isHit || step?.what !== what || step.when !== when || step.nth !== counts.get(what)) return false;
    isHit = true;
    await world.kill();
    await world.start(proxy.address);
    return true;
  }

  const proxy = await openTemporalProxy(Number(address.split(':').at(-1)), {
    async before(method) {
      // What a dead maintainer has sent on its way does not arrive.
      if (isCall(method) && (await reach(method, 'before'))) throw new Error('the maintainer is dead');
    },
    async after(method, isEmpty) {
      if (isCall(method) || (isPoll(method) && !isEmpty)) await reach(method, 'after');
    },
  });
  await world.start(proxy.address);
  return {
    async maintain(name, at) {
      await world.addNode(name);
      const { body } = await world.server.admin.demand('GET', `/api/v1/nodes/${name}`);
      const uid = String(fields(fields(body)['metadata'])['uid']);
      counts = new Map();
      step = at;
      isHit = false;
      await maintenances.start({
        cluster,
        node: nodeRef(name, uid),
        run: 'kills',
        group: 'workers',
        purpose: 'by-hand',
        phase: 'node',
        executor: 'reboot-linux',
        expect: { ...REBOOT, connectivity: 'off' },
        parent: null,
      });
      const { outcome, detail, before, after } = await maintenances.result(nodeName(name));
      const answer = await guard.status();
      const slots = answer.kind === 'status' ? answer.status.slots.filter(({ node }) => node.name === name) : [answer];
      const left = {
        outcome,
        detail,
        boots: [before?.bootId, after?.bootId],
        acts: machines.acts(name),
        node: await world.nodeState(name),
        pods: await world.actPods(),
        slots,
      };
      return { left, isHit, counts };
    },
    async close() {
      await machines.stop();
      await world.stop();
      await proxy.close();
    },
  };
}

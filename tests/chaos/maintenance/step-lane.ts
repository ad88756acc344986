/** A cluster in which one node after the other is maintained, while the maintainer dies in each maintenance at another step. */

import type { NativeConnection } from '@temporalio/worker';
import type { TemporalProfile } from '../../../config/temporal-profile.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { temporalClient } from '../../../temporal/client.ts';
import { maintenanceGuardOf } from '../../../temporal/maintenance/guard.ts';
import { maintenancesOf } from '../../../temporal/maintenance/maintenances.ts';
import { REBOOT } from '../../fixtures/maintenance.ts';
import { nodeRef } from '../../fixtures/nodes.ts';
import { fields } from '../../integration/kubernetes/cluster-fixtures.ts';
import { playMachines } from '../../integration/maintenance/machines.ts';
import { FREE, type MaintainerWorld, startMaintainerWorld } from '../../integration/maintenance/maintainer-process.ts';
import { isCall, isPoll, type Step } from '../step.ts';
import { openTemporalProxy } from '../temporal-proxy.ts';

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
  /** Ends the maintainer, and waits for nothing. */
  abandon(): void;
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
  const killer = await openKiller(world, address);
  return {
    async maintain(name, at) {
      await world.addNode(name);
      const { body } = await world.server.admin.demand('GET', `/api/v1/nodes/${name}`);
      const node = nodeRef(name, String(fields(fields(body)['metadata'])['uid']));
      const { counts, isHit } = killer.watch(at);
      await maintenances.start({ ...MAINTENANCE, cluster, node });
      const { outcome, detail, before, after } = await maintenances.result(node.name);
      const slots = (await guardSlots(guard)).filter((slot) => slot.node.name === name);
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
      return { left, isHit: isHit(), counts };
    },
    abandon: () => void world.kill(),
    async close() {
      await machines.stop();
      await world.stop();
      await killer.close();
    },
  };
}

/** A maintainer that has just begun replays first, and answers then. */
async function guardSlots(guard: ReturnType<typeof maintenanceGuardOf>) {
  let slots: readonly { readonly node: { readonly name: string } }[] = [];
  const isAnswered = async () => {
    const answer = await guard.status();
    if (answer.kind !== 'status') return false;
    slots = answer.status.slots;
    return true;
  };
  await waitUntil(isAnswered, { what: 'an answer of the guard', timeoutMs: 120_000 });
  return slots;
}

interface Watched {
  /** How often each thing was done since. */
  readonly counts: ReadonlyMap<string, number>;
  isHit(): boolean;
}

interface Killer {
  /** From now on, until the next call. */
  watch(step: Step | null): Watched;
  close(): Promise<void>;
}

/** Starts the maintainer, and kills it at the step that is watched for; then another one begins. */
async function openKiller(world: MaintainerWorld, address: string): Promise<Killer> {
  let counts = new Map<string, number>();
  let step: Step | null = null;
  let isHit = false;

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
    watch(at) {
      counts = new Map();
      step = at;
      isHit = false;
      return { counts, isHit: () => isHit };
    },
    close: () => proxy.close(),
  };
}

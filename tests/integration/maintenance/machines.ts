/** Machines of a cluster without kubelets: each act on a node is counted, and may start its machine again. */

import { setTimeout as sleep } from 'node:timers/promises';
import { parseAct } from '../../../sandbox/machines/act.ts';
import { fields, itemsOf } from '../kubernetes/cluster-fixtures.ts';
import type { MaintainerWorld } from './maintainer-process.ts';
import { ACT_NAMESPACE } from './maintenance-world.ts';

export interface Machines {
  /** How many pods were made to act on a node, also those that are gone. */
  acts(node: string): number;
  /** The most nodes that bore a mark or a cordon at a time. */
  readonly markedMax: number;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 50;

/** `reboots`: whether a machine starts again when a pod acts on it, with the kubelet that the act is for, if for any. */
export function playMachines(
  world: Pick<MaintainerWorld, 'server' | 'reboot'>,
  reboots: (node: string) => boolean,
): Machines {
  const { admin } = world.server;
  const acts = new Map<string, Set<string>>();
  const machines = { acts: (node: string) => acts.get(node)?.size ?? 0, markedMax: 0 };
  const over = new AbortController();

  async function lookAtPods(): Promise<void> {
    for (const acting of await itemsOf(admin, `/api/v1/namespaces/${ACT_NAMESPACE}/pods`)) {
      const { pod, uid, node: assigned, order } = parseAct(acting);
      const [owner] = fields(acting['metadata'])['ownerReferences'] as readonly { readonly name: string }[];
      const node = owner?.name ?? assigned;
      const seen = acts.get(node) ?? new Set();
      acts.set(node, seen);
      const isNew = !seen.has(uid);
      seen.add(uid);
      const kubelet = order.kubernetes;
      if (isNew && reboots(node)) await world.reboot(node, { pod, bootID: `boot-${seen.size + 1}`, kubelet });
    }
  }

  async function lookAtNodes(): Promise<void> {
    const nodes = await itemsOf(admin, '/api/v1/nodes');
    const taken = nodes.filter(({ metadata, spec }) => {
      const annotations = fields(fields(metadata)['annotations'] ?? {});
      return 'vigilante-maintenance' in annotations || fields(spec ?? {})['unschedulable'] === true;
    });
    machines.markedMax = Math.max(machines.markedMax, taken.length);
  }

  const played = (async () => {
    while (!over.signal.aborted) {
      await lookAtNodes();
      await lookAtPods();
      await sleep(LOOK_EVERY_MS);
    }
  })();
  return Object.assign(machines, {
    async stop() {
      over.abort();
      await played;
    },
  });
}

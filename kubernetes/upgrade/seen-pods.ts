/** Reads the pods of all namespaces for what is broken before and after an upgrade. */

import type { SeenPod } from '../../domain/upgrade/after-checks.ts';
import type { ClusterConnection } from '../client/connection.ts';
import type { PodObject } from '../client/objects.ts';
import { resourceOf } from '../client/resource.ts';

interface OwnedPodObject extends PodObject {
  readonly metadata?: NonNullable<PodObject['metadata']> & {
    readonly ownerReferences?:
      | readonly { readonly kind?: string; readonly name?: string; readonly controller?: boolean }[]
      | null;
  };
}

/** Page by page. Throws `ClusterError`. */
export function createSeenPods(connection: ClusterConnection): () => Promise<readonly SeenPod[]> {
  const pods = resourceOf(connection, { group: '', version: 'v1', plural: 'pods', namespace: null });
  return async () => {
    const found: SeenPod[] = [];
    for await (const { items } of pods.pages()) found.push(...items.map(seenPod));
    return found;
  };
}

function seenPod({ metadata, status }: OwnedPodObject): SeenPod {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true);
  const conditionOf = (type: string) => status?.conditions?.find((condition) => condition.type === type);
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const scheduled = conditionOf('PodScheduled');
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    owner: owner === undefined ? null : { kind: owner.kind ?? '', name: owner.name ?? '' },
    phase: status?.phase ?? '',
    waiting: containers.flatMap(({ state }) => state?.waiting?.reason ?? []),
    isReady: conditionOf('Ready')?.status === 'True',
    isUnschedulable: scheduled?.status === 'False' && scheduled.reason === 'Unschedulable',
    isTerminating: metadata?.deletionTimestamp !== undefined,
  };
}

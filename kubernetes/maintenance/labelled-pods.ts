/** Lists pods of all namespaces by their labels, with the node that they run on. */

import { type NodeName, parseNodeName } from '../../domain/node/identity.ts';
import type { ClusterConnection } from '../client/connection.ts';
import type { PodObject } from '../client/objects.ts';
import { resourceOf } from '../client/resource.ts';

export interface LabelledPod {
  /** `namespace/name`. */
  readonly pod: string;
  readonly node: NodeName;
}

export type LabelledPods = (labelSelector: string) => Promise<readonly LabelledPod[]>;

/** Pods that have ended, or that no node was found for yet, are left out. */
export function createLabelledPods(connection: ClusterConnection): LabelledPods {
  const pods = resourceOf(connection, { group: '', version: 'v1', plural: 'pods', namespace: null });
  return async (labelSelector) => {
    const found: LabelledPod[] = [];
    for await (const { items } of pods.pages({ labelSelector })) found.push(...items.flatMap(runningPod));
    return found;
  };
}

function runningPod({ metadata, spec, status }: PodObject): readonly LabelledPod[] {
  const node = parseNodeName(spec?.nodeName ?? '');
  if (node === null || status?.phase === 'Succeeded' || status?.phase === 'Failed') return [];
  return [{ pod: `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`, node }];
}

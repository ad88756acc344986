/** Reads all pods that run, with what a drain and the scheduler would look at. */

import type { PodFacts } from '../../domain/maintenance/pods.ts';
import type { Resources } from '../../domain/upgrade/preflight/capacity.ts';
import type { ClusterConnection } from '../client/connection.ts';
import type { PodObject } from '../client/objects.ts';
import { resourceOf } from '../client/resource.ts';
import { podFacts } from '../maintenance/pods.ts';
import { resourcesOf } from './nodes.ts';

export interface UpgradePod extends PodFacts {
  readonly node: string;
  readonly requests: Resources;
}

interface RequestingPodObject extends PodObject {
  readonly spec?: NonNullable<PodObject['spec']> & {
    readonly containers?:
      | readonly { readonly resources?: { readonly requests?: Readonly<Record<string, string>> | null } }[]
      | null;
  };
}

const PODS = { group: '', version: 'v1', plural: 'pods', namespace: null } as const;

export async function listUpgradePods(cluster: ClusterConnection): Promise<readonly UpgradePod[]> {
  const found: UpgradePod[] = [];
  for await (const { items } of resourceOf(cluster, PODS).pages({ about: 'of all namespaces' })) {
    found.push(...items.flatMap(upgradePod));
  }
  return found;
}

/** Those without a node, and those that have ended, take no room. */
function upgradePod(body: RequestingPodObject): readonly UpgradePod[] {
  const facts = podFacts(body);
  const node = body.spec?.nodeName;
  if (node === undefined || facts.hasEnded) return [];
  const requests = (body.spec?.containers ?? []).map(({ resources }) => resourcesOf(resources?.requests));
  return [{ ...facts, node, requests: sumOf(requests) }];
}

export function sumOf(all: readonly Resources[]): Resources {
  return all.reduce((a, b) => ({ cpu: a.cpu + b.cpu, memory: a.memory + b.memory }), { cpu: 0, memory: 0 });
}

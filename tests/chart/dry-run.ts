/** Sends objects to the API server without keeping them. */

import type { ChartWorld } from './chart-world.ts';
import { type HelmResult, type Manifest, NAMESPACE } from './helm.ts';

export function dryRun(world: ChartWorld, items: readonly object[]): HelmResult {
  return world.shell('kubectl apply --server-side --dry-run=server --filename -', {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  });
}

/** In the namespace where Pod Security restricted is enforced, whatever the manifest says. */
export function inRestricted(pod: Manifest): Manifest {
  return { ...pod, metadata: { ...pod.metadata, namespace: NAMESPACE } };
}

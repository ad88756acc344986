/** The pods that come of what the chart renders, as the API server gets to see them. */

import { z } from 'zod';
import { type HealingPodSettings, healingPodManifest } from '../../kubernetes/healing/pod.ts';
import { nodeRef } from '../fixtures/nodes.ts';
import { type Manifest, ManifestSchema, NAMESPACE } from './helm.ts';

const PodSchema = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
  spec: z.looseObject({ hostNetwork: z.boolean().default(false), serviceAccountName: z.string().optional() }),
});
const WorkloadSchema = z.looseObject({ spec: z.looseObject({ template: PodSchema }) });
type Pod = z.infer<typeof PodSchema>;

export interface RenderedPod {
  readonly name: string;
  readonly hostNetwork: boolean;
  readonly manifest: Manifest;
}

/** Of each Deployment and DaemonSet one, and the pods of hooks; with the account `default`, which is there. */
export function renderedPods(manifests: readonly Manifest[]): readonly RenderedPod[] {
  return manifests
    .filter(({ kind }) => ['Deployment', 'DaemonSet', 'Pod'].includes(kind))
    .map((manifest) => {
      const { name, namespace } = manifest.metadata;
      const pod = manifest.kind === 'Pod' ? PodSchema.parse(manifest) : podOf(manifest);
      const content = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          ...pod.metadata,
          name: `pod-of-${name}`,
          namespace,
        },
        spec: {
          ...pod.spec,
          serviceAccountName: 'default',
        },
      };
      return { name, hostNetwork: pod.spec.hostNetwork, manifest: ManifestSchema.parse(content) };
    });
}

/** What a Deployment or a DaemonSet makes its pods of. */
export function podOf(workload: Manifest): Pod {
  return WorkloadSchema.parse(workload).spec.template;
}

/** The pod that the worker makes on a Windows node. */
export function healingPod(settings: Omit<HealingPodSettings, 'namespace' | 'intervalMs'>): Manifest {
  const attempt = { node: nodeRef('win-1', '00000000-0000-4000-8000-000000000000'), attempt: 1, run: 'run-1' };
  return ManifestSchema.parse(healingPodManifest(attempt, { ...settings, namespace: NAMESPACE, intervalMs: 30_000 }));
}

/** What one look at a cluster has found: which version of which component runs where. Nothing of it comes from our code. */

import { z } from 'zod';

export const SAMPLED = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet'] as const;
export type Sampled = (typeof SAMPLED)[number];

const ReadingSchema = z.strictObject({
  component: z.enum(SAMPLED),
  node: z.string(),
  /** By the program that runs; a kubelet's by its node. */
  version: z.string(),
  /** What an API server says of itself; null for another component, or while it does not answer. */
  says: z.string().nullable(),
});
export type Reading = z.infer<typeof ReadingSchema>;

export const SampleSchema = z.strictObject({
  cluster: z.string(),
  /** When it began, and how long it took. */
  atMs: z.number(),
  tookMs: z.number(),
  readings: z.array(ReadingSchema),
});
export type Sample = z.infer<typeof SampleSchema>;

export function parseSamples(text: string): readonly Sample[] {
  return text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => SampleSchema.parse(JSON.parse(line)));
}

/** Of all that runs and is upgraded with Kubernetes; empty without a look. */
export function kubernetesVersions(sample: Sample | undefined): readonly string[] {
  return (sample?.readings ?? []).flatMap(({ component, version }) => (component === 'etcd' ? [] : [version]));
}

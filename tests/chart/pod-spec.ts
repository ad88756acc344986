/** Reads the pod out of a rendered Deployment. */

import { z } from 'zod';
import type { Manifest } from './helm.ts';

const ProbeSchema = z.object({ httpGet: z.unknown() });
const ContainerSchema = z.looseObject({
  image: z.string(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })),
  ports: z.array(z.unknown()),
  livenessProbe: ProbeSchema,
  readinessProbe: ProbeSchema,
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string(), readOnly: z.literal(true).optional() })),
});
const PodSpecSchema = z.looseObject({
  serviceAccountName: z.string(),
  terminationGracePeriodSeconds: z.int(),
  /** The chart's own comes first, those of `extraContainers` follow. */
  containers: z.tuple([ContainerSchema], z.unknown()),
});
const DeploymentSchema = z.object({
  spec: z.object({ template: z.object({ metadata: z.looseObject({}), spec: PodSpecSchema }) }),
});

export function podTemplateOf(deployment: Manifest): z.infer<typeof DeploymentSchema>['spec']['template'] {
  return DeploymentSchema.parse(deployment).spec.template;
}

export function podSpecOf(deployment: Manifest): z.infer<typeof PodSpecSchema> {
  return podTemplateOf(deployment).spec;
}

export function containerOf(deployment: Manifest): z.infer<typeof ContainerSchema> {
  return podSpecOf(deployment).containers[0];
}

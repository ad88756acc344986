/** A probing pod as healing makes it, made by hand. */

import { z } from 'zod';
import { nodeAffinity } from '../../kubernetes/nodes/affinity.ts';
import type { ApiClient } from '../../sandbox/api-client.ts';
import { RELEASE_NAMESPACE } from '../../sandbox/layout.ts';

const PODS = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods`;

const AddressSchema = z.object({ ip: z.string() });
const PodSchema = z.object({
  metadata: z.object({ uid: z.string() }),
  spec: z.object({ nodeName: z.string().optional() }),
  status: z.object({
    phase: z.string().optional(),
    podIP: z.string().optional(),
    podIPs: z.array(AddressSchema).default([]),
    hostIP: z.string().optional(),
    hostIPs: z.array(AddressSchema).default([]),
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    containerStatuses: z
      .array(
        z.object({
          name: z.string(),
          containerID: z.string().optional(),
          state: z.object({
            terminated: z
              .object({ exitCode: z.number(), message: z.string().optional(), startedAt: z.string() })
              .optional(),
          }),
        }),
      )
      .default([]),
  }),
});
export type ProbingPod = z.infer<typeof PodSchema>;

interface Description {
  readonly name: string;
  readonly node: string;
  readonly containers: readonly string[];
  /** Asked in this order. */
  readonly urls: readonly string[];
}

export async function createProbingPod(api: ApiClient, { name, node, containers, urls }: Description): Promise<void> {
  const body = {
    metadata: { name },
    spec: {
      os: { name: 'windows' },
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true },
      tolerations: [{ operator: 'Exists' }],
      affinity: nodeAffinity(node),
      containers: containers.map((container) => ({
        name: container,
        image: 'localhost/probe:1',
        terminationMessagePolicy: 'FallbackToLogsOnError',
        env: [{ name: 'POD_UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } }],
        command: ['curl', '-q', '-sS', ...urls.flatMap((url) => ['-o', '/dev/termination-log', url])],
      })),
    },
  };
  await api.demand('POST', PODS, { body });
}

export async function readPod(api: ApiClient, name: string): Promise<ProbingPod | null> {
  const answer = await api.demand('GET', `${PODS}/${name}`, { alsoFine: [404] });
  return answer.status === 404 ? null : PodSchema.parse(answer.body);
}

/** Deployments with PodDisruptionBudgets: what a drain has to spare. Real controllers make their pods. */

import { z } from 'zod';
import type { ApiClient } from '../api-client.ts';
import { waitUntil } from '../wait-until.ts';

export interface Workload {
  readonly name: string;
  readonly replicas: number;
  /** Pods that must be Ready at all times. */
  readonly minAvailable: number;
  /** For kubelets that run it; by default none that is there. */
  readonly image?: string;
}

export const WORKLOAD_NAMESPACE = 'shop';
/** Long enough to be seen, short enough to wait for. */
const GRACE_SECONDS = 2;
const READY_TIMEOUT_MS = 180_000;
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${WORKLOAD_NAMESPACE}/deployments`;
const BUDGETS = `/apis/policy/v1/namespaces/${WORKLOAD_NAMESPACE}/poddisruptionbudgets`;

/** Resolves when all their pods are Ready. */
export async function deployWorkloads(api: ApiClient, workloads: readonly Workload[]): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: WORKLOAD_NAMESPACE } };
  await api.demand('POST', '/api/v1/namespaces', { body, alsoFine: [409] });
  for (const workload of workloads) {
    await api.demand('POST', DEPLOYMENTS, { body: deployment(workload) });
    await api.demand('POST', BUDGETS, { body: budget(workload) });
  }
  const replicas = workloads.reduce((sum, workload) => sum + workload.replicas, 0);
  await waitUntil(async () => (await readyReplicas(api)) === replicas, {
    what: `${replicas} Ready pods in ${WORKLOAD_NAMESPACE}`,
    timeoutMs: READY_TIMEOUT_MS,
    pollMs: 500,
  });
}

const DeploymentsSchema = z.object({
  items: z.array(z.object({ status: z.object({ readyReplicas: z.number().default(0) }).prefault({}) })),
});

export async function readyReplicas(api: ApiClient): Promise<number> {
  const { items } = DeploymentsSchema.parse((await api.demand('GET', DEPLOYMENTS)).body);
  return items.reduce((sum, { status }) => sum + status.readyReplicas, 0);
}

function deployment({ name, replicas, image = name }: Workload): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: GRACE_SECONDS,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          containers: [{ name, image, resources: { requests: { cpu: '100m', memory: '64Mi' } } }],
        },
      },
    },
  };
}

function budget({ name, minAvailable }: Workload): object {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { minAvailable, selector: { matchLabels: { app: name } } },
  };
}

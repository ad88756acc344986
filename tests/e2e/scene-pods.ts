/** Pods of the scenes of maintenance, each on a node of its own. */

import { z } from 'zod';
import { type ApiClient, MERGE_PATCH } from '../../sandbox/api-client.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';

const PODS = '/api/v1/namespaces/default/pods';

interface ScenePod {
  readonly node: string;
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly graceSeconds?: number;
  /** Budgets that demand it, each. */
  readonly budgets?: number;
  /** Its controller. */
  readonly owner?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

export async function addPod({ api }: Sandbox, pod: ScenePod): Promise<void> {
  const { node, annotations = {}, finalizers = [], graceSeconds = 1, budgets = 0, owner, spec = {} } = pod;
  const name = `${node}-${pod.name}`;
  const labels = { app: name };
  for (let number = 1; number <= budgets; number += 1) {
    await api.demand('POST', '/apis/policy/v1/namespaces/default/poddisruptionbudgets', {
      body: { metadata: { name: `${name}-${number}` }, spec: { minAvailable: 1, selector: { matchLabels: labels } } },
    });
  }
  await api.demand('POST', PODS, {
    body: {
      metadata: {
        name,
        labels,
        annotations,
        finalizers,
        ownerReferences: owner === undefined ? [] : [{ ...owner, controller: true }],
      },
      spec: {
        ...spec,
        nodeName: node,
        terminationGracePeriodSeconds: graceSeconds,
        containers: [{ name: 'web', image: 'web' }],
      },
    },
  });
}

/** Its pod is there before the maintenance begins. */
export async function addDaemon({ api }: Sandbox, node: string): Promise<void> {
  const labels = { app: `${node}-set` };
  await api.demand('POST', '/apis/apps/v1/namespaces/default/daemonsets', {
    body: {
      metadata: { name: `${node}-set` },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { nodeSelector: { 'kubernetes.io/hostname': node }, containers: [{ name: 'web', image: 'web' }] },
        },
      },
    },
  });
  await waitUntil(async () => (await podsOf(api, `${node}-set`)).some(({ phase }) => phase === 'Running'), {
    what: `the pod of the DaemonSet on ${node}`,
    timeoutMs: 60_000,
  });
}

/** kwok writes first: it would let an ended pod run. */
export async function endPod({ api }: Sandbox, name: string): Promise<void> {
  await waitUntil(async () => (await podsOf(api, name)).some(({ phase }) => phase === 'Running'), {
    what: `${name} to run`,
    timeoutMs: 60_000,
  });
  const body = { status: { phase: 'Succeeded' } };
  await api.demand('PATCH', `${PODS}/${name}/status`, { body, contentType: MERGE_PATCH });
}

const PodsSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ uid: z.string(), deletionTimestamp: z.string().optional() }),
      status: z.object({ phase: z.string().default('') }),
    }),
  ),
});

export async function podsOf(
  api: ApiClient,
  app: string,
): Promise<readonly { readonly uid: string; readonly phase: string; readonly isEnding: boolean }[]> {
  const { body } = await api.demand('GET', `${PODS}?labelSelector=app%3D${app}`);
  return PodsSchema.parse(body).items.map(({ metadata, status }) => ({
    uid: metadata.uid,
    phase: status.phase,
    isEnding: metadata.deletionTimestamp !== undefined,
  }));
}

/** As a kubelet does when the processes of the pod end before their grace. */
export async function endBeforeGrace({ api }: Sandbox, name: string): Promise<void> {
  await waitUntil(async () => (await podsOf(api, name)).some(({ isEnding }) => isEnding), {
    what: `${name} to be asked to end`,
    timeoutMs: 60_000,
  });
  await removePod(api, name);
}

/** At once, whatever its grace. */
export async function removePod(api: ApiClient, name: string): Promise<void> {
  await api.demand('DELETE', `${PODS}/${name}?gracePeriodSeconds=0`);
}

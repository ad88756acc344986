/**
 * Looks at the healing pods again and again, past all our processes. An API server that is killed between a write and
 * its line in the audit log leaves a gap there; what was seen here fills it.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ATTEMPT_LABEL, HEALING_POD_LABELS } from '../../contracts/healing/names.ts';
import type { ApiClient } from '../../sandbox/api-client.ts';
import { RELEASE_NAMESPACE } from '../../sandbox/layout.ts';

export interface SeenPod {
  readonly uid: string;
  readonly name: string;
  readonly node: string;
  readonly nodeUid: string;
  readonly attempt: number;
  readonly firstMs: number;
  lastMs: number;
  /** When a list did not have it any more; null while it is there. */
  goneMs: number | null;
}

export interface PodWitness {
  readonly pods: ReadonlyMap<string, SeenPod>;
  readonly looks: () => number;
  stop(): Promise<void>;
}

const EVERY_MS = 400;
const SELECTOR = Object.entries(HEALING_POD_LABELS)
  .map(([key, value]) => `${encodeURIComponent(key)}%3D${value}`)
  .join(',');

const PodListSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        uid: z.string(),
        labels: z.record(z.string(), z.string()),
        ownerReferences: z.array(z.object({ name: z.string(), uid: z.string() })).min(1),
      }),
    }),
  ),
});

export type ListedPod = Pick<SeenPod, 'uid' | 'name' | 'node' | 'nodeUid' | 'attempt'>;

export async function listHealingPods(api: ApiClient): Promise<readonly ListedPod[]> {
  const path = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods?labelSelector=${SELECTOR}`;
  return PodListSchema.parse((await api.demand('GET', path)).body).items.map(({ metadata }) => {
    const [owner] = metadata.ownerReferences;
    return {
      uid: metadata.uid,
      name: metadata.name,
      node: owner?.name ?? '',
      nodeUid: owner?.uid ?? '',
      attempt: Number(metadata.labels[ATTEMPT_LABEL]),
    };
  });
}

export function watchPods(api: ApiClient): PodWitness {
  const pods = new Map<string, SeenPod>();
  const stopping = new AbortController();
  let looks = 0;

  async function look(): Promise<void> {
    const list = await listHealingPods(api).catch(() => null);
    if (list === null) return;
    looks += 1;
    const nowMs = Date.now();
    const there = new Set(list.map(({ uid }) => uid));
    for (const pod of list) {
      const known = pods.get(pod.uid);
      if (known === undefined) pods.set(pod.uid, { ...pod, firstMs: nowMs, lastMs: nowMs, goneMs: null });
      else known.lastMs = nowMs;
    }
    for (const pod of pods.values()) if (pod.goneMs === null && !there.has(pod.uid)) pod.goneMs = nowMs;
  }

  const running = (async () => {
    while (!stopping.signal.aborted) {
      await look();
      await sleep(EVERY_MS);
    }
  })();
  return {
    pods,
    looks: () => looks,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

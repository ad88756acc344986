/** A heal from outside: when a node gets its first pod, and when its mark. */

import { z } from 'zod';
import { DEFAULT_HEALED_ANNOTATION, HEALING_POD_LABELS } from '../../contracts/healing/names.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import type { Cluster } from './cluster.ts';

const POLL_MS = 200;

const PodsSchema = z.object({ items: z.array(z.object({ spec: z.object({ nodeName: z.string().optional() }) })) });

/** Resolves when the node has a healing pod, with the milliseconds since `sinceMs`. */
export async function untilFirstPod(
  { sandbox }: Cluster,
  { node, timeoutMs, sinceMs = Date.now() }: { node: string; timeoutMs: number; sinceMs?: number },
): Promise<number> {
  const selector = Object.entries(HEALING_POD_LABELS).map(([label, value]) => `${label}=${value}`);
  const path = `/api/v1/pods?labelSelector=${encodeURIComponent(selector.join(','))}`;
  const hasPod = async () => {
    const { body } = await sandbox.api.demand('GET', path);
    return PodsSchema.parse(body).items.some(({ spec }) => spec.nodeName === node);
  };
  await waitUntil(hasPod, { what: `the first pod on ${node}`, timeoutMs, pollMs: POLL_MS });
  return Date.now() - sinceMs;
}

/** Resolves when the node is marked as healed, with the milliseconds since `sinceMs`. */
export async function untilHealed(
  { sandbox }: Cluster,
  { node, timeoutMs, sinceMs = Date.now() }: { node: string; timeoutMs: number; sinceMs?: number },
): Promise<number> {
  const isHealed = async () => (await sandbox.getNode(node))?.annotations[DEFAULT_HEALED_ANNOTATION] === 'true';
  await waitUntil(isHealed, { what: `${node} to be healed`, timeoutMs, pollMs: POLL_MS });
  return Date.now() - sinceMs;
}

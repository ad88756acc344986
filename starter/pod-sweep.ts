/** Removes healing pods that no running heal owns (H15). */

import { parseNodeName } from '../domain/node-identity.ts';
import type { HealingPods } from '../kubernetes/healing-pods.ts';
import { type Log, messageOf } from '../runtime/log.ts';
import type { Heals } from './heals.ts';
import { isStray, type SweptPod, suspiciousPods } from './pod-decision.ts';

export interface PodSweepDeps {
  readonly pods: Pick<HealingPods, 'listAll' | 'delete'>;
  readonly heals: Pick<Heals, 'ask'>;
  readonly intervalMs: number;
  readonly log: Log;
  readonly onRemoved: () => void;
}

/** The others wait for the next reconcile. */
const CHECKED_PODS_MAX = 100;
/** A heal that does not answer costs ten seconds: where no worker is there, a hundred would hold up the reconcile. */
const SILENT_HEALS_MAX = 3;

/** Throws where the pods cannot be listed; a single pod that cannot be judged or removed is logged and kept. */
export async function sweepPods(deps: PodSweepDeps, nodesWithHeal: ReadonlySet<string>): Promise<void> {
  const pods = await deps.pods.listAll();
  const suspicious = suspiciousPods({ pods, nodesWithHeal, intervalMs: deps.intervalMs, nowMs: Date.now() });
  let silent = 0;
  for (const pod of shuffled(suspicious).slice(0, CHECKED_PODS_MAX)) {
    if (silent >= SILENT_HEALS_MAX) break;
    try {
      if (await hasNoOwner(deps.heals, pod)) await remove(deps, pod);
    } catch (error) {
      silent += 1;
      deps.log.warn(
        { pod: pod.name, node: pod.nodeName },
        `healing pod ${pod.name} is kept until its heal can be asked: ${messageOf(error)}`,
      );
    }
  }
}

/** So that pods whose heals never answer do not stand before the others for ever. */
function shuffled(pods: readonly SweptPod[]): SweptPod[] {
  return pods
    .map((pod) => ({ pod, order: Math.random() }))
    .toSorted((one, other) => one.order - other.order)
    .map(({ pod }) => pod);
}

async function hasNoOwner(heals: Pick<Heals, 'ask'>, pod: SweptPod): Promise<boolean> {
  const node = parseNodeName(pod.nodeName);
  if (node === null) return true;
  const answer = await heals.ask(node);
  return answer.kind === 'closed' || isStray(pod, answer.status);
}

async function remove(deps: PodSweepDeps, pod: SweptPod): Promise<void> {
  const { kind } = await deps.pods.delete(pod);
  if (kind !== 'deleted') return;
  deps.onRemoved();
  deps.log.info(
    { pod: pod.name, node: pod.nodeName, attempt: pod.attempt },
    `removed healing pod ${pod.name}, which no running heal owns`,
  );
}

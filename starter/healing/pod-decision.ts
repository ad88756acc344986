/** Which healing pods no heal owns (H15): suspected from what is known, removed only after the heal was asked. */

import type { HealingStatus } from '../../contracts/healing/heal-node.ts';

export interface SweptPod {
  readonly name: string;
  readonly uid: string;
  readonly nodeName: string;
  readonly nodeUid: string;
  readonly attempt: number;
  readonly createdMs: number;
  /** Finalizers of others that keep the deleted pod. */
  readonly heldBy: readonly string[];
}

export interface SweepView {
  readonly pods: readonly SweptPod[];
  /** Names of the nodes with a running heal. */
  readonly nodesWithHeal: ReadonlySet<string>;
  readonly intervalMs: number;
  readonly nowMs: number;
}

/** A pod older than this many intervals should have been replaced by the next attempt. */
const AGE_INTERVALS_MAX = 2;

/** The oldest first. Younger than one interval: its heal may not have said that it made it. */
export function suspiciousPods({ pods, nodesWithHeal, intervalMs, nowMs }: SweepView): SweptPod[] {
  const byNode = Map.groupBy(
    pods.filter(({ heldBy }) => heldBy.length === 0),
    (pod) => pod.nodeName,
  );
  const isSuspicious = (pod: SweptPod) => {
    // Deleted already: what keeps it is for others to remove.
    if (pod.heldBy.length > 0) return false;
    const ageMs = nowMs - pod.createdMs;
    if (ageMs <= intervalMs) return false;
    const hasSibling = (byNode.get(pod.nodeName)?.length ?? 0) > 1;
    return !nodesWithHeal.has(pod.nodeName) || hasSibling || ageMs > AGE_INTERVALS_MAX * intervalMs;
  };
  return pods.filter(isSuspicious).sort((left, right) => left.createdMs - right.createdMs);
}

/** Whether the running heal has nothing to do with the pod any more. An attempt under way is one ahead of the status. */
export function isStray(pod: SweptPod, status: HealingStatus): boolean {
  if (status.pod?.uid === pod.uid) return false;
  const isOfThisNode = status.nodeUid === null || status.nodeUid === pod.nodeUid;
  return !(isOfThisNode && pod.attempt === status.attempts + 1);
}

/** Removes healing pods that no running heal owns (H15). */

import { messageOf } from '../../domain/error-message.ts';
import { parseNodeName } from '../../domain/node/identity.ts';
import type { HealingPods } from '../../kubernetes/healing/pods.ts';
import type { Log } from '../../runtime/log.ts';
import type { Heals } from '../../temporal/healing/heals.ts';
import { isStray, type SweptPod, suspiciousPods } from './pod-decision.ts';

export interface PodSweepDeps {
  readonly pods: Pick<HealingPods, 'listAll' | 'delete'>;
  readonly heals: Pick<Heals, 'ask'>;
  readonly intervalMs: number;
  /** The API server's clock, which dated the pods. */
  readonly nowMs: () => number;
  readonly log: Log;
  readonly onRemoved: () => void;
  /** How many healing pods are deleted, but held by finalizers of others; at each sweep. */
  readonly onHeld: (count: number) => void;
}

/** The others wait for the next reconcile. */
const CHECKED_PODS_MAX = 100;
/** A heal that does not answer takes ten seconds. After so many in a row there is no worker, and the other pods wait. */
const UNANSWERED_STREAK_MAX = 3;

export interface Sweep {
  readonly nodesWithHeal: ReadonlySet<string>;
  /** What the sweep before returned. Those pods come last, so that a heal which never answers hides no other. */
  readonly unansweredPods: ReadonlySet<string>;
  /** Uids of the pods that were found held by finalizers before; kept up by the sweep. */
  readonly heldPods: Set<string>;
  readonly signal: AbortSignal;
}

/**
 * Resolves with the uids of the pods whose heals did not answer. Throws where the pods cannot be listed; a single pod
 * that cannot be judged or removed is logged and kept. Ends early when the signal is aborted, and where no worker answers:
 * nodes that need a heal must not wait behind pods.
 */
export async function sweepPods(
  deps: PodSweepDeps,
  { nodesWithHeal, unansweredPods, heldPods, signal }: Sweep,
): Promise<ReadonlySet<string>> {
  const pods = await deps.pods.listAll();
  reportHeld(deps, pods, heldPods);
  const suspicious = suspiciousPods({ pods, nodesWithHeal, intervalMs: deps.intervalMs, nowMs: deps.nowMs() });
  const unanswered = new Set<string>();
  let unansweredStreak = 0;
  // Sorting is stable: within both groups the oldest comes first.
  const inOrder = suspicious.toSorted(
    (one, other) => Number(unansweredPods.has(one.uid)) - Number(unansweredPods.has(other.uid)),
  );
  for (const pod of inOrder.slice(0, CHECKED_PODS_MAX)) {
    if (signal.aborted || unansweredStreak >= UNANSWERED_STREAK_MAX) break;
    try {
      if (await hasNoOwner(deps.heals, pod)) await remove(deps, pod);
      unansweredStreak = 0;
    } catch (error) {
      unansweredStreak += 1;
      unanswered.add(pod.uid);
      deps.log.warn(
        { pod: pod.name, node: pod.nodeName },
        `healing pod ${pod.name} is kept until its heal can be asked: ${messageOf(error)}`,
      );
    }
  }
  return unanswered;
}

/** Each pod that is held is logged once. */
function reportHeld(deps: PodSweepDeps, pods: readonly SweptPod[], known: Set<string>): void {
  const held = pods.filter(({ heldBy }) => heldBy.length > 0);
  deps.onHeld(held.length);
  const uids = new Set(held.map(({ uid }) => uid));
  for (const uid of known) if (!uids.has(uid)) known.delete(uid);
  for (const { name, uid, nodeName, heldBy } of held) {
    if (known.has(uid)) continue;
    known.add(uid);
    deps.log.warn(
      { pod: name, node: nodeName },
      `healing pod ${name} is deleted, but held by the finalizers ${heldBy.join(', ')}`,
    );
  }
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

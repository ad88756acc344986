/** Deletes healing pods and judges what they proved (H5). */

import { log } from '@temporalio/activity';

import type { PodRef } from '../../contracts/healing/activities.ts';
import { type PodJudgement, podEvidence } from '../../domain/healing/pod-evidence.ts';
import type { NodeName, NodeRef } from '../../domain/node/identity.ts';
import { clusterFailure } from '../../kubernetes/client/cluster-error.ts';
import type { EventObject, PodObject } from '../../kubernetes/client/objects.ts';
import { describeNothingProven, describeSigns, podSigns } from '../../kubernetes/healing/pod-signs.ts';
import type { FoundPod } from '../../kubernetes/healing/pods.ts';
import type { HealingActivityDeps } from './deps.ts';

export interface PodRemoval {
  /** Null where there was no pod, or it had vanished. */
  readonly judgement: PodJudgement | null;
  /** Finalizers of others that keep the deleted pod; empty where it is gone. */
  readonly heldBy: readonly string[];
}

/** The answer of the DELETE is the pod's final state, and that is judged. */
export async function removeAndJudge(deps: HealingActivityDeps, pod: PodRef | null): Promise<PodRemoval> {
  if (pod === null) return NOT_REMOVED;
  const result = await deps.pods.delete(pod);
  if (result.kind === 'gone') return NOT_REMOVED;
  const heldBy = result.kind === 'held' ? result.finalizers : [];
  // A pod that is held was judged when it was deleted first.
  const judged = result.pod === null || pod.held === true ? null : await judge(deps, { pod: result.pod, ref: pod });
  if (judged !== null) deps.onPodJudged?.(judged.level);
  if (heldBy.length === 0) return { judgement: judged, heldBy };
  log.warn('a deleted healing pod is held by finalizers', { pod: pod.name, finalizers: heldBy });
  return { judgement: judged === null ? null : withHolders(judged, heldBy), heldBy };
}

const NOT_REMOVED: PodRemoval = { judgement: null, heldBy: [] };

/** `example.com/a, example.com/b`, not longer than a line. */
export function describeHolders(finalizers: readonly string[]): string {
  return finalizers.join(', ').slice(0, HOLDERS_LENGTH_MAX);
}

const HOLDERS_LENGTH_MAX = 200;

function withHolders(judgement: PodJudgement, heldBy: readonly string[]): PodJudgement {
  return {
    ...judgement,
    detail: `${judgement.detail}; deleted, but held by the finalizers ${describeHolders(heldBy)}`,
  };
}

/** The pods of a node that are deleted, but held by finalizers of others. */
async function heldPodsOfNode(deps: HealingActivityDeps, node: NodeRef): Promise<readonly FoundPod[]> {
  const pods = await deps.pods.listOfNode({ uid: node.uid });
  return pods.filter(({ heldBy }) => heldBy.length > 0);
}

/**
 * Where every pod is held, as by a webhook that gives all of them a finalizer, no more are made than the bound: the
 * attempt is rejected until some are let go. Null below the bound.
 */
export async function rejectionWhereHeld(deps: HealingActivityDeps, node: NodeRef): Promise<HeldRejection | null> {
  const held = await heldPodsOfNode(deps, node);
  if (held.length < HELD_PODS_MAX) return null;
  const finalizers = [...new Set(held.flatMap(({ heldBy }) => heldBy))];
  const message = `${held.length} healing pods of node ${node.name} are deleted, but held by the finalizers ${describeHolders(finalizers)}: no more are made until these are removed`;
  return { kind: 'rejected', status: 409, message };
}

interface HeldRejection {
  readonly kind: 'rejected';
  readonly status: number;
  readonly message: string;
}

/** Healing pods of one node that are deleted and held by finalizers before no further one is made. */
const HELD_PODS_MAX = 3;

/** Removes the healing pods of a node under this uid. */
export async function removePodsOfNode(deps: HealingActivityDeps, node: NodeRef): Promise<void> {
  await removePods(deps, await deps.pods.listOfNode({ uid: node.uid }));
}

/** Removes all healing pods of a node's name but one, including those of an older uid. */
export async function keepOnly(
  deps: HealingActivityDeps,
  { node, podUid }: { readonly node: NodeName; readonly podUid: string | null },
): Promise<void> {
  const pods = await deps.pods.listOfNode({ name: node });
  await removePods(
    deps,
    pods.filter(({ uid }) => uid !== podUid),
  );
}

async function removePods(deps: HealingActivityDeps, pods: readonly FoundPod[]): Promise<void> {
  // One after the other: there are never more than two or three.
  for (const pod of pods) {
    // A pod that is held was deleted already: asking again changes nothing.
    if (pod.heldBy.length === 0) await deps.pods.delete(pod);
  }
}

async function judge(deps: HealingActivityDeps, { pod, ref }: { pod: PodObject; ref: PodRef }): Promise<PodJudgement> {
  const signs = podSigns(pod);
  const level = podEvidence(signs);
  if (level > 0) return { podName: ref.name, level, detail: describeSigns(signs) };
  return { podName: ref.name, level, detail: describeNothingProven(pod, await eventsOf(deps, ref)) };
}

/** The judgement is due now, the pod is gone: without its Events it is described in fewer words. */
export async function eventsOf(deps: HealingActivityDeps, pod: PodRef): Promise<readonly EventObject[]> {
  try {
    return await deps.pods.events(pod.uid);
  } catch (error) {
    log.warn('the Events of a pod could not be read', { pod: pod.name, problem: clusterFailure(error).message });
    return [];
  }
}

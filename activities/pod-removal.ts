/** Deletes healing pods and judges what they proved (H5). */

import { log } from '@temporalio/activity';

import type { NodeRef, PodRef } from '../contracts/healing-activities.ts';
import type { NodeName } from '../domain/node-identity.ts';
import { type PodJudgement, podEvidence } from '../domain/pod-evidence.ts';
import { clusterFailure } from '../kubernetes/cluster-error.ts';
import type { FoundPod } from '../kubernetes/healing-pods.ts';
import type { EventObject, PodObject } from '../kubernetes/objects.ts';
import { describeNothingProven, describeSigns, podSigns } from '../kubernetes/pod-signs.ts';
import type { HealingActivityDeps } from './deps.ts';

export interface PodRemoval {
  /** False where the pod had vanished. */
  readonly removed: boolean;
  readonly judgement: PodJudgement | null;
}

/** The answer of the DELETE is the pod's final state, and that is judged. */
export async function removeAndJudge(deps: HealingActivityDeps, pod: PodRef | null): Promise<PodRemoval> {
  if (pod === null) return { removed: false, judgement: null };
  const result = await deps.pods.delete(pod);
  if (result.kind === 'gone') return { removed: false, judgement: null };
  const judgement = result.pod === null ? null : await judge(deps, { pod: result.pod, ref: pod });
  if (judgement !== null) deps.onPodJudged?.(judgement.level);
  return { removed: true, judgement };
}

/** Removes the healing pods of a node under this uid; returns how many. */
export async function removePodsOfNode(deps: HealingActivityDeps, node: NodeRef): Promise<number> {
  return removePods(deps, await deps.pods.listOfNode({ uid: node.uid }));
}

/** Removes the healing pods of a node's name, those of an older uid too, but for one. */
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

async function removePods(deps: HealingActivityDeps, pods: readonly FoundPod[]): Promise<number> {
  let removed = 0;
  // One after the other: more than two or three are never there.
  for (const pod of pods) if ((await deps.pods.delete(pod)).kind === 'deleted') removed += 1;
  return removed;
}

async function judge(deps: HealingActivityDeps, { pod, ref }: { pod: PodObject; ref: PodRef }): Promise<PodJudgement> {
  const signs = podSigns(pod);
  const level = podEvidence(signs);
  if (level > 0) return { podName: ref.name, level, detail: describeSigns(signs) };
  return { podName: ref.name, level, detail: describeNothingProven(pod, await eventsOf(deps, ref)) };
}

/** The judgement is due now, the pod is gone: without its Events it is told with fewer words. */
async function eventsOf(deps: HealingActivityDeps, pod: PodRef): Promise<readonly EventObject[]> {
  try {
    return await deps.pods.events(pod.uid);
  } catch (error) {
    log.warn('the Events of a pod could not be read', { pod: pod.name, problem: clusterFailure(error).message });
    return [];
  }
}

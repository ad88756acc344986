/** One attempt (H3): deletes and judges the last pod, creates the next. Two API requests in the common case. */

import { activityInfo } from '@temporalio/activity';

import type { AttemptOutcome, AttemptPodInput, AttemptPodResult, PodRef } from '../../contracts/healing/activities.ts';
import { type NodeFacts, type NodeObservation, needsHealing } from '../../domain/node/facts.ts';
import type { NodeRef } from '../../domain/node/identity.ts';
import { ClusterError } from '../../kubernetes/client/cluster-error.ts';
import type { HealingAttempt } from '../../kubernetes/healing/pod.ts';
import type { FoundPod } from '../../kubernetes/healing/pods.ts';
import type { HealingActivityDeps } from './deps.ts';
import { withoutForeignMark } from './foreign-mark.ts';
import {
  describeHolders,
  type PodRemoval,
  rejectionWhereHeld,
  removeAndJudge,
  removePodsOfNode,
} from './pod-removal.ts';

/** How often a pod that is in the way is looked at and removed before the attempt is left to a retry. */
const CONFLICTS_MAX = 3;

export async function attemptPod(deps: HealingActivityDeps, input: AttemptPodInput): Promise<AttemptPodResult> {
  const result = await attempt(deps, input);
  reportAttempt(deps, { node: input.node, attempt: input.attempt, result });
  return result;
}

/** Counts an attempt that was made, or skipped. */
export function reportAttempt(
  deps: HealingActivityDeps,
  { node, attempt, result }: { node: NodeRef; attempt: number; result: AttemptPodResult },
): void {
  deps.onAttempt?.({
    node,
    attempt,
    outcome: result.outcome.kind,
    level: result.judgement?.level ?? null,
    readyChangedMs: result.node.kind === 'present' ? result.node.facts.readyChangedMs : null,
  });
}

async function attempt(deps: HealingActivityDeps, input: AttemptPodInput): Promise<AttemptPodResult> {
  const seen = await observationFor(deps, input.node);
  const node = isDue(seen, input.node) ? await withoutForeignMark(deps, seen.facts) : seen;
  if (!isDue(node, input.node)) return { node, judgement: null, outcome: { kind: 'skipped' } };
  let removal: PodRemoval;
  try {
    removal = await removeAndJudge(deps, input.previousPod);
  } catch (error) {
    return { node, judgement: null, outcome: rejectionOf(error, input.previousPod) };
  }
  const { judgement, heldBy } = removal;
  const held = heldBy.length > 0 ? await rejectionOfHeld(deps, input) : null;
  return { node, judgement, outcome: held ?? (await createPod(deps, input)) };
}

/** The next pod has another name, so one that is held stops nothing. */
async function rejectionOfHeld(
  deps: HealingActivityDeps,
  { node, previousPod }: AttemptPodInput,
): Promise<AttemptOutcome | null> {
  const rejection = await rejectionWhereHeld(deps, node);
  return rejection === null || previousPod === null ? rejection : { ...rejection, pod: { ...previousPod, held: true } };
}

/** Reads the cache. Where it says to skip the attempt it may only lag behind, so the API server is asked. */
export async function observationFor(deps: HealingActivityDeps, node: NodeRef): Promise<NodeObservation> {
  const cached = deps.informer.get(node.name);
  if (cached !== undefined && isDue({ kind: 'present', facts: cached }, node))
    return { kind: 'present', facts: cached };
  return deps.nodes.observe(node.name);
}

export function isDue(
  observation: NodeObservation,
  node: NodeRef,
): observation is { kind: 'present'; facts: NodeFacts } {
  if (observation.kind === 'gone') return false;
  const { facts } = observation;
  return facts.uid === node.uid && facts.ready && needsHealing(facts);
}

/** Creates the pod of an attempt, or finds it where a retry of this activity has made it already. */
export async function createPod(
  deps: HealingActivityDeps,
  { node, attempt, ...how }: Omit<HealingAttempt, 'run'>,
): Promise<Exclude<AttemptOutcome, { kind: 'skipped' }>> {
  const run = activityInfo().workflowExecution?.runId ?? '';
  for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts++) {
    const result = await deps.pods.create({ node, attempt, run, ...how });
    if (result.kind !== 'already-exists') return result;
    const outcome = await adoptOrRemove(deps, { node, attempt, run, ...how });
    if (outcome !== null) return outcome;
  }
  throw new ClusterError({
    kind: 'unreachable',
    message: `create pod for node ${node.name}, attempt ${attempt}: its name was taken ${CONFLICTS_MAX} times`,
  });
}

/**
 * A pod of that name was made by this attempt before a retry (H15), or is a leftover to remove: null once it is gone.
 * One that finalizers hold keeps its name, so this attempt is rejected; the next one has another name.
 */
async function adoptOrRemove(
  deps: HealingActivityDeps,
  { node, attempt, run, purpose = 'heal' }: HealingAttempt,
): Promise<Exclude<AttemptOutcome, { kind: 'skipped' }> | null> {
  const found = await deps.pods.find({ node: node.name, attempt, purpose });
  if (found === null) return null;
  const pod = ownPod(found, { node, attempt, run });
  if (pod !== null) return { kind: 'created', pod };
  const removed = await deps.pods.delete(found);
  // A pod that only verifies stands in nobody's way but its own.
  if (purpose === 'heal') await removePodsOfNode(deps, node);
  if (removed.kind !== 'held') return null;
  const message = `pod ${found.name} of an earlier heal is deleted, but held by the finalizers ${describeHolders(removed.finalizers)}`;
  return { kind: 'rejected', status: 409, message };
}

/** Null where another attempt made it, or another run of the heal. */
export function ownPod(
  { name, uid, ...found }: FoundPod,
  { node, attempt, run }: Pick<HealingAttempt, 'node' | 'attempt' | 'run'>,
): PodRef | null {
  const isOwn = found.nodeUid === node.uid && found.attempt === attempt && found.run === run;
  return isOwn ? { name, uid, attempt } : null;
}

/** A refused DELETE stops the attempt before a second pod is made, and is tried again; other failures are retried. */
function rejectionOf(error: unknown, previousPod: PodRef | null): AttemptOutcome {
  if (!(error instanceof ClusterError) || error.failure.kind !== 'refused') throw error;
  const { status, message } = error.failure;
  return { kind: 'rejected', status, message, ...(previousPod !== null && { pod: previousPod }) };
}

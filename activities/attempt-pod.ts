/** One attempt (H3): deletes and judges the last pod, creates the next. Two API requests where nothing is odd. */

import type {
  AttemptOutcome,
  AttemptPodInput,
  AttemptPodResult,
  NodeRef,
  PodRef,
} from '../contracts/healing-activities.ts';
import { type NodeFacts, type NodeObservation, needsHealing } from '../domain/node-facts.ts';
import type { PodJudgement } from '../domain/pod-evidence.ts';
import { ClusterError } from '../kubernetes/cluster-error.ts';
import type { HealingActivityDeps } from './deps.ts';
import { removeAndJudge, removePodsOfNode } from './pod-removal.ts';

/** How often a pod that is in the way is looked at and removed before the attempt is left to a retry. */
const CONFLICTS_MAX = 3;

export async function attemptPod(deps: HealingActivityDeps, input: AttemptPodInput): Promise<AttemptPodResult> {
  const result = await attempt(deps, input);
  const { node, judgement, outcome } = result;
  deps.onAttempt?.({
    node: input.node,
    attempt: input.attempt,
    outcome: outcome.kind,
    level: judgement?.level ?? null,
    readyChangedMs: node.kind === 'present' ? node.facts.readyChangedMs : null,
  });
  return result;
}

async function attempt(deps: HealingActivityDeps, input: AttemptPodInput): Promise<AttemptPodResult> {
  const node = await observationFor(deps, input.node);
  if (!isDue(node, input.node)) return { node, judgement: null, outcome: { kind: 'skipped' } };
  let judgement: PodJudgement | null = null;
  try {
    judgement = (await removeAndJudge(deps, input.previousPod)).judgement;
  } catch (error) {
    return { node, judgement, outcome: rejectionOf(error) };
  }
  const existing = await createPod(deps, input);
  return { node, judgement, outcome: existing };
}

/** From the cache; where that would skip the attempt it may only lag behind, and the API server decides. */
async function observationFor(deps: HealingActivityDeps, node: NodeRef): Promise<NodeObservation> {
  const cached = deps.informer.get(node.name);
  if (cached !== undefined && isDue({ kind: 'present', facts: cached }, node))
    return { kind: 'present', facts: cached };
  return deps.nodes.observe(node.name);
}

function isDue(observation: NodeObservation, node: NodeRef): observation is { kind: 'present'; facts: NodeFacts } {
  if (observation.kind === 'gone') return false;
  const { facts } = observation;
  return facts.uid === node.uid && facts.ready && needsHealing(facts);
}

async function createPod(deps: HealingActivityDeps, { node, attempt }: AttemptPodInput): Promise<AttemptOutcome> {
  for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts++) {
    const result = await deps.pods.create({ node, attempt });
    if (result.kind !== 'already-exists') return result;
    const own = await adoptOrRemove(deps, { node, attempt });
    if (own !== null) return { kind: 'created', pod: own };
  }
  throw new ClusterError({
    kind: 'unreachable',
    message: `create pod for node ${node.name}, attempt ${attempt}: its name was taken ${CONFLICTS_MAX} times`,
  });
}

/** A pod of the name is this attempt's own from before a retry (H15), or a leftover that has to go. */
async function adoptOrRemove(
  deps: HealingActivityDeps,
  { node, attempt }: { node: NodeRef; attempt: number },
): Promise<PodRef | null> {
  const found = await deps.pods.find({ node: node.name, attempt });
  if (found === null) return null;
  if (found.nodeUid === node.uid && found.attempt === attempt) return { name: found.name, uid: found.uid, attempt };
  await deps.pods.delete(found);
  await removePodsOfNode(deps, node);
  return null;
}

/** A refused DELETE stops the attempt before a second pod is made; other failures are retried. */
function rejectionOf(error: unknown): AttemptOutcome {
  if (!(error instanceof ClusterError) || error.failure.kind !== 'refused') throw error;
  return { kind: 'rejected', status: error.failure.status, message: error.failure.message };
}

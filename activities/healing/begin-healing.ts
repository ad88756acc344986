/** Begins a heal: the annotation reset if asked for, the first attempt, no leftovers of earlier heals. */

import type { AttemptOutcome, BeginHealingInput, BeginHealingResult } from '../../contracts/healing/activities.ts';
import { type NodeFacts, type NodeObservation, needsHealing } from '../../domain/node/facts.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { isForeignMark } from '../../domain/node/mark.ts';
import { ClusterError } from '../../kubernetes/client/cluster-error.ts';
import { createPod, reportAttempt } from './attempt-pod.ts';
import { type Shown, showCondition } from './condition.ts';
import type { HealingActivityDeps } from './deps.ts';
import { recordHealEvent } from './events.ts';
import { withoutForeignMark } from './foreign-mark.ts';
import { keepOnly } from './pod-removal.ts';

const SKIPPED: AttemptOutcome = { kind: 'skipped' };

/** How often a node may be replaced between reading and writing before the activity is left to a retry. */
const REPLACEMENTS_MAX = 3;

/** The pod comes first, because users wait for it. */
export async function beginHealing(deps: HealingActivityDeps, input: BeginHealingInput): Promise<BeginHealingResult> {
  const node = await nodeToHeal(deps, input);
  if (node.kind === 'gone') {
    await keepOnly(deps, { node: input.node, podUid: null });
    return { node, outcome: SKIPPED };
  }
  const ref = { name: input.node, uid: node.facts.uid };
  const isDue = node.facts.ready && needsHealing(node.facts);
  const outcome = isDue ? await createPod(deps, { node: ref, attempt: input.attempt }) : SKIPPED;
  reportAttempt(deps, { node: ref, attempt: input.attempt, result: { node, judgement: null, outcome } });
  await keepOnly(deps, { node: input.node, podUid: outcome.kind === 'created' ? outcome.pod.uid : null });
  await showBegin(deps, { facts: node.facts, message: input.event, step: 'beginHealing' });
  if (input.event === null) return { node, outcome };
  const eventProblem = await recordHealEvent(deps, { node: ref, reason: 'HealingStarted', message: input.event });
  return eventProblem === null ? { node, outcome } : { node, outcome, eventProblem };
}

/** A node that needs no healing keeps its condition. */
export async function showBegin(
  deps: HealingActivityDeps,
  begin: { readonly facts: NodeFacts; readonly message: string | null; readonly step: Shown['step'] },
): Promise<void> {
  const { facts, message, step } = begin;
  if (!needsHealing(facts)) return;
  const { name, uid } = facts;
  await showCondition(deps, { node: { name, uid }, news: 'begun', message: message ?? 'healing starts', step });
}

/** Reads the cache. Where that says that there is nothing to heal it may lag behind, so the API server is asked. */
export async function nodeToHeal(
  deps: HealingActivityDeps,
  { node, resetAnnotation: isReset }: Pick<BeginHealingInput, 'node' | 'resetAnnotation'>,
): Promise<NodeObservation> {
  if (isReset) return resetMark(deps, node);
  const cached = deps.informer.get(node);
  const isUnmarked = cached !== undefined && needsHealing(cached) && cached.mark === undefined;
  if (isUnmarked && cached.ready) return { kind: 'present', facts: cached };
  const seen = await deps.nodes.observe(node);
  if (seen.kind === 'gone' || seen.facts.mark === undefined || !needsHealing(seen.facts)) return seen;
  // A mark that does not count, or the proof of one that is gone, would make the next mark look proven.
  return isForeignMark(seen.facts.mark) ? withoutForeignMark(deps, seen.facts) : resetMark(deps, node);
}

/** Sets the mark to false whatever it was (H13) and removes its proof, only on the node that was read. */
async function resetMark(deps: HealingActivityDeps, name: NodeName): Promise<NodeObservation> {
  for (let replacements = 0; replacements < REPLACEMENTS_MAX; replacements++) {
    const node = await deps.nodes.observe(name);
    if (node.kind === 'gone') return node;
    const ref = { name, uid: node.facts.uid };
    const result = await deps.nodes.unmark(ref);
    if (result.kind === 'annotated') return { kind: 'present', facts: result.facts };
    if (result.kind === 'node-gone') return { kind: 'gone' };
  }
  throw new ClusterError({
    kind: 'unreachable',
    message: `reset the annotation of node ${name}: it was replaced ${REPLACEMENTS_MAX} times meanwhile`,
  });
}

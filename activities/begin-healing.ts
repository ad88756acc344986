/** Begins a heal: the node as it is now, no leftovers of earlier heals, the annotation reset if asked for. */

import type { BeginHealingInput, BeginHealingResult } from '../contracts/healing-activities.ts';
import type { NodeObservation } from '../domain/node-facts.ts';
import type { NodeName } from '../domain/node-identity.ts';
import { ClusterError } from '../kubernetes/cluster-error.ts';
import type { HealingActivityDeps } from './deps.ts';
import { recordEvent } from './events.ts';
import { keepNewestPod } from './pod-removal.ts';

/** How often a node may be replaced between reading and writing before the activity is left to a retry. */
const REPLACEMENTS_MAX = 3;

export async function beginHealing(deps: HealingActivityDeps, input: BeginHealingInput): Promise<BeginHealingResult> {
  const node = input.resetAnnotation ? await resetAnnotation(deps, input.node) : await deps.nodes.observe(input.node);
  const uid = node.kind === 'present' ? node.facts.uid : null;
  const pod = await keepNewestPod(deps, { name: input.node, uid });
  if (input.event !== null && uid !== null) {
    const ref = { name: input.node, uid };
    await recordEvent(deps, { node: ref, reason: 'HealingStarted', message: input.event });
  }
  return { node, pod };
}

/** Sets the annotation to false whatever it was (H13), on the node that was read and no other. */
async function resetAnnotation(deps: HealingActivityDeps, name: NodeName): Promise<NodeObservation> {
  for (let replacements = 0; replacements < REPLACEMENTS_MAX; replacements++) {
    const node = await deps.nodes.observe(name);
    if (node.kind === 'gone') return node;
    const ref = { name, uid: node.facts.uid };
    const result = await deps.nodes.annotate(ref, { [deps.healedAnnotation]: 'false' });
    if (result.kind === 'annotated') return { kind: 'present', facts: result.facts };
    if (result.kind === 'node-gone') return { kind: 'gone' };
  }
  throw new ClusterError({
    kind: 'unreachable',
    message: `reset the annotation of node ${name}: it was replaced ${REPLACEMENTS_MAX} times meanwhile`,
  });
}

/** Takes the mark of a node back that has relapsed (E23), unless too many nodes relapsed of late (E25). */

import type { RelapseNodeInput, RelapseNodeResult } from '../../contracts/healing/onboarding-activities.ts';
import type { NodeFacts } from '../../domain/node/facts.ts';
import { showCondition } from './condition.ts';
import type { ProbingDeps } from './deps.ts';
import { recordHealEvent } from './events.ts';

/** Others may write the node between reading and writing; then the heal tries again after its next attempt. */
const TRIES_MAX = 3;

export async function relapseNode(deps: ProbingDeps, input: RelapseNodeInput): Promise<RelapseNodeResult> {
  const { node, relapsedMs } = input;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const { node: seen, version } = await deps.nodes.observeVersion(node.name);
    if (seen.kind === 'gone' || seen.facts.uid !== node.uid || seen.facts.disabled) return { kind: 'kept', node: seen };
    // By this activity before a retry, or by others.
    if (!seen.facts.healed) return relapsed(deps, input, seen.facts);
    if (!deps.brake.admit(node.name, relapsedMs)) return braked(deps, input);
    const result = await deps.nodes.relapse(node, relapsedMs, version).catch((error: unknown) => {
      deps.brake.release(node.name);
      throw error;
    });
    if (result.kind === 'annotated') {
      deps.onRelapsed?.();
      return relapsed(deps, input, result.facts);
    }
    deps.brake.release(node.name);
  }
  return { kind: 'kept', node: await deps.nodes.observe(node.name) };
}

async function relapsed(deps: ProbingDeps, input: RelapseNodeInput, facts: NodeFacts): Promise<RelapseNodeResult> {
  const { node, seen, relapsedMs } = input;
  await showCondition(deps, { node, news: 'Relapsed', message: seen, step: 'relapseNode' });
  const eventProblem = await recordHealEvent(deps, {
    node,
    reason: 'HealingRelapsed',
    message: `${seen}: its mark is taken back, and it is healed again`,
    occasion: `relapse/${relapsedMs}`,
  });
  const result = { kind: 'relapsed', node: { kind: 'present', facts } } as const;
  return eventProblem === null ? result : { ...result, eventProblem };
}

async function braked(
  deps: ProbingDeps,
  { node, seen, relapsedMs, isBrakeReported }: RelapseNodeInput,
): Promise<RelapseNodeResult> {
  deps.onRelapseBraked?.();
  if (isBrakeReported) return { kind: 'braked' };
  const eventProblem = await recordHealEvent(deps, {
    node,
    reason: 'RelapseBraked',
    message: `${seen}: its mark is kept, because too many nodes relapsed of late (healing.storm)`,
    occasion: `braked/${relapsedMs}`,
  });
  return eventProblem === null ? { kind: 'braked' } : { kind: 'braked', eventProblem };
}

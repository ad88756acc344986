/** Reports and then removes a mark that does not count (`healing.foreignMark: heal`). */

import type { NodeFacts, NodeObservation } from '../../domain/node/facts.ts';
import type { NodeRef } from '../../domain/node/identity.ts';
import { describeForeignMark, foreignMarkKey, isForeignMark } from '../../domain/node/mark.ts';
import type { HealingActivityDeps } from './deps.ts';
import { recordHealEvent } from './events.ts';

/** Returns the node without its mark, or the facts unchanged where there is none to remove. */
export async function withoutForeignMark(deps: HealingActivityDeps, facts: NodeFacts): Promise<NodeObservation> {
  const { mark, name, uid } = facts;
  if (!isForeignMark(mark)) return { kind: 'present', facts };
  const node: NodeRef = { name, uid };
  const message = describeForeignMark({ annotation: deps.healedAnnotation, mark, policy: 'heal' });
  await recordHealEvent(deps, { node, reason: 'ForeignMark', message, key: foreignMarkKey(facts) });
  const result = await deps.nodes.unmark(node);
  if (result.kind === 'annotated') return { kind: 'present', facts: result.facts };
  return result.kind === 'node-gone' ? { kind: 'gone' } : deps.nodes.observe(name);
}

/** Reports and then removes a mark that does not count (`healing.foreignMark: heal`). */

import type { NodeFacts, NodeObservation } from '../../domain/node/facts.ts';
import type { NodeRef } from '../../domain/node/identity.ts';
import {
  describeForeignMark,
  describeStanding,
  foreignMarkKey,
  isForeignMark,
  type MarkStanding,
} from '../../domain/node/mark.ts';
import { showCondition } from './condition.ts';
import type { HealingActivityDeps } from './deps.ts';
import { recordHealEvent } from './events.ts';

/** The node was healed once, and was started again since (E26). */
const REBOOTED: readonly MarkStanding[] = ['other-machine', 'other-boot', 'other-image'];

/** Returns the node without its mark, or the facts unchanged where there is none to remove. */
export async function withoutForeignMark(deps: HealingActivityDeps, facts: NodeFacts): Promise<NodeObservation> {
  const { mark, name, uid } = facts;
  if (!isForeignMark(mark)) return { kind: 'present', facts };
  const node: NodeRef = { name, uid };
  const message = describeForeignMark({ annotation: deps.healedAnnotation, mark, policy: 'heal' });
  await recordHealEvent(deps, { node, reason: 'ForeignMark', message, key: foreignMarkKey(facts) });
  const result = await deps.nodes.unmark(node);
  if (result.kind === 'annotated') {
    const shown = { node, message: describeStanding(mark), step: 'beginHealing' } as const;
    if (REBOOTED.includes(mark)) await showCondition(deps, { ...shown, news: 'Rebooted' });
    return { kind: 'present', facts: result.facts };
  }
  return result.kind === 'node-gone' ? { kind: 'gone' } : deps.nodes.observe(name);
}

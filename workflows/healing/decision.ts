/** What a heal does next, asked of the pure plan. */

import { patched } from '@temporalio/workflow';
import { isOftenReopened, isUnsteady } from '../../domain/healing/bounds.ts';
import { type HealingAction, healingPlan } from '../../domain/healing/plan.ts';
import { nowOf } from '../workflow-time.ts';
import type { BegunSession } from './session.ts';

/**
 * Since 0.2.0 a window is not opened again without end. A heal that did so before goes on from its history as it did then,
 * so that it can be replayed. May go when no heal of a release before 0.2.0 runs any more.
 */
const BOUNDS_PATCH = 'window-bounds';

export function nextAction(session: BegunSession): HealingAction {
  const { state, nodeUid, policy: rules } = session;
  // Asked for only where it matters: the answer is an event in the history.
  const bounded = (isUnsteady(state) || isOftenReopened(state)) && patched(BOUNDS_PATCH);
  return healingPlan(state, { nodeUid, rules, nowMs: nowOf(session), bounded });
}

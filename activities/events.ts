/** Events on the node (H17): useful, but never a reason to fail a heal. */

import { activityInfo, log } from '@temporalio/activity';

import type { NodeRef } from '../domain/node/identity.ts';
import { clusterFailure } from '../kubernetes/client/cluster-error.ts';
import type { HealingActivityDeps } from './healing/deps.ts';

export type EventReason =
  | 'HealingStarted'
  | 'Healed'
  | 'HealingStalled'
  | 'HealingUnproven'
  | 'HealingCancelled'
  | 'HealedElsewhere'
  | 'ForeignMark';

const EVENT_TYPES: Readonly<Record<EventReason, 'Normal' | 'Warning'>> = {
  HealingStarted: 'Normal',
  Healed: 'Normal',
  HealingStalled: 'Warning',
  HealingUnproven: 'Warning',
  HealingCancelled: 'Normal',
  HealedElsewhere: 'Warning',
  ForeignMark: 'Warning',
};

/** Bounds what goes into the history of a heal. */
const PROBLEM_LENGTH_MAX = 500;

export interface EventInput {
  readonly node: NodeRef;
  readonly reason: EventReason;
  readonly message: string;
  /** Distinguishes two Events of one reason in a run of the workflow; default: this activity. */
  readonly occasion?: string;
  /** Makes the Event's name instead, where others than this heal may write the same Event. */
  readonly key?: string;
}

/**
 * Throws only where the API server could not be asked. A refused Event is logged and counted: returns why it was left
 * out, null where it was written.
 */
export async function recordEvent(
  deps: Pick<HealingActivityDeps, 'events' | 'onEventDropped'>,
  input: EventInput,
): Promise<string | null> {
  const { node, reason, message, occasion } = input;
  const info = activityInfo();
  // Equal for each retry of this activity.
  const key = input.key ?? `${info.workflowExecution?.runId ?? ''}/${occasion ?? info.activityId}`;
  try {
    await deps.events.record({ node, reason, message, key, type: EVENT_TYPES[reason] });
    return null;
  } catch (error) {
    const failure = clusterFailure(error);
    if (failure.kind === 'unreachable') throw error;
    deps.onEventDropped?.(reason);
    log.warn('an Event was refused and is left out', { node: node.name, reason, problem: failure.message });
    return `${reason}: ${failure.message}`.slice(0, PROBLEM_LENGTH_MAX);
  }
}

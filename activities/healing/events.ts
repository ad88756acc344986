/** The Events that a heal writes on its node (H17). */

import { activityInfo } from '@temporalio/activity';

import type { NodeRef } from '../../domain/node/identity.ts';
import { type EventDeps, recordEvent } from '../events.ts';

export type EventReason =
  | 'HealingStarted'
  | 'Healed'
  | 'HealingStalled'
  | 'HealingUnproven'
  | 'HealingCancelled'
  | 'HealedElsewhere'
  | 'HealingRelapsed'
  | 'RelapseBraked'
  | 'ForeignMark'
  | 'StartupTaintRemoved'
  | 'StartupTaintTimeout'
  | 'StartupTaintKept';

const EVENT_TYPES: Readonly<Record<EventReason, 'Normal' | 'Warning'>> = {
  HealingStarted: 'Normal',
  Healed: 'Normal',
  HealingStalled: 'Warning',
  HealingUnproven: 'Warning',
  HealingCancelled: 'Normal',
  HealedElsewhere: 'Warning',
  HealingRelapsed: 'Warning',
  RelapseBraked: 'Warning',
  ForeignMark: 'Warning',
  StartupTaintRemoved: 'Normal',
  StartupTaintTimeout: 'Warning',
  StartupTaintKept: 'Warning',
};

/** Bounds what goes into the history of a heal. */
const PROBLEM_LENGTH_MAX = 500;

export interface EventInput {
  readonly node: NodeRef;
  readonly reason: EventReason;
  readonly message: string;
  /** Tells apart two Events of one reason in a run of the workflow; default: this activity. */
  readonly occasion?: string;
  /** Makes the Event's name instead, where others than this heal may write the same Event. */
  readonly key?: string;
}

/** As `recordEvent`; what is returned goes into the history of the heal. */
export async function recordHealEvent(deps: EventDeps, input: EventInput): Promise<string | null> {
  const { node, reason, message, occasion } = input;
  const info = activityInfo();
  // The same for each retry of this activity.
  const key = input.key ?? `${info.workflowExecution?.runId ?? ''}/${occasion ?? info.activityId}`;
  const problem = await recordEvent(deps, { node, reason, message, key, type: EVENT_TYPES[reason] });
  return problem === null ? null : `${reason}: ${problem}`.slice(0, PROBLEM_LENGTH_MAX);
}

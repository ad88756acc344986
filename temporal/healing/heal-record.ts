/** What is known of one heal: its execution in Temporal, and its own answer where a worker gave one. */

import { HEAL_STATES, type HealingStatus, type HealNodeResult } from '../../contracts/healing/heal-node.ts';
import type { PendingActivity } from './pending-activity.ts';

/** `none`: the node has no heal, but is marked as healed. */
export type HealExecution = 'none' | 'running' | 'completed' | 'cancelled' | 'failed' | 'terminated' | 'timed-out';

export interface HealRecord {
  readonly node: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly execution: HealExecution;
  readonly startedMs: number;
  readonly closedMs: number | null;
  /** Search attribute `VigilanteState`: what the heal last wrote there; null where it is switched off. */
  readonly stateAttribute: string | null;
  /** Answer of the query `healingStatus`; null where no worker answered, or the heal is closed and was not asked. */
  readonly status: HealingStatus | null;
  /** What the heal waits for; null where nothing is wrong with it, or the heal is closed. */
  readonly pending: PendingActivity | null;
  /** Of a completed heal. */
  readonly result: HealNodeResult | null;
}

/** All values of `stateOf`, except those that a later version may have written. */
export const SHOWN_STATES: readonly string[] = [
  ...HEAL_STATES,
  ...(['completed', 'failed', 'terminated', 'timed-out', 'unknown'] satisfies (HealExecution | 'unknown')[]),
];

/** The state in one word, from the best source there is. */
export function stateOf(record: HealRecord): string {
  if (record.execution === 'running') return record.status?.state ?? record.stateAttribute ?? 'unknown';
  if (record.execution === 'none') return 'healed';
  if (record.execution === 'completed') return record.result?.outcome ?? record.stateAttribute ?? 'completed';
  return record.execution;
}

/** Null where nothing is wrong. What is wrong now says more than the refusal that was counted last. */
export function lastErrorOf({ pending, status }: HealRecord): string | null {
  if (pending === null) return status?.lastError ?? null;
  return pending.attempt === 1 ? pending.problem : `${pending.problem} (${pending.name}, try ${pending.attempt})`;
}

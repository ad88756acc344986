/** Whether a heal that is waited for has come to an end, and how; and the line that shows its progress. */

import { type HealRecord, lastErrorOf, stateOf } from '../../temporal/healing/heal-record.ts';
import { shortDuration } from '../short-duration.ts';
import { NO_ANSWER } from './heal-row.ts';

/** The heal as it was before a restart was sent: what was so then does not count as its end. */
export interface FollowStart {
  readonly runId: string;
  readonly running: boolean;
  readonly windowStartMs: number | null;
}

export type FollowVerdict =
  | { readonly kind: 'going-on' }
  | { readonly kind: 'healed'; readonly message: string }
  | { readonly kind: 'not-healed'; readonly message: string };

export function followVerdict(record: HealRecord, before: FollowStart | null): FollowVerdict {
  if (isFromBefore(record, before)) return { kind: 'going-on' };
  const { node, status, result } = record;
  if (record.execution === 'running') {
    // The heal goes on to watch the node that it has marked.
    if (status?.state === 'watching') {
      return { kind: 'healed', message: `node ${node} is healed: ${status.watch?.detail ?? 'it is watched'}` };
    }
    if (status?.state !== 'stalled' && status?.state !== 'unproven') return { kind: 'going-on' };
    return { kind: 'not-healed', message: `node ${node} is ${status.state}: ${reasonOf(record)}` };
  }
  if (result?.outcome === 'healed') {
    return { kind: 'healed', message: `node ${node} is healed: ${result.detail}` };
  }
  const detail = result === null ? '' : `: ${result.detail}`;
  return { kind: 'not-healed', message: `node ${node} was not healed, its heal ended as ${stateOf(record)}${detail}` };
}

/** One line, without the parts that change by themselves when `clock` is off. */
export function progressLine(record: HealRecord, options: { nowMs: number; clock: boolean }): string {
  const { node, status } = record;
  if (status === null) return `${node}  ${stateOf(record)}  ${NO_ANSWER}`;
  const ago = (atMs: number) => (options.clock ? `, ${shortDuration(options.nowMs - atMs)} ago` : '');
  const parts = [
    `${node}  ${status.state}`,
    `attempt ${status.attempts}`,
    `${status.podsProven} proven (${status.provenPodsMin} needed)`,
  ];
  if (record.pending !== null && !status.refusal) parts.push(`waits: ${waitMessage(record, options.clock)}`);
  if (status.rejectedInARow > 0) parts.push(`${status.rejectedInARow} of ${status.errorBudget} errors in a row`);
  if (status.refusal) parts.push(`refused: ${status.refusal.step}: ${status.refusal.message}`);
  if (status.lastEvidence !== null) {
    parts.push(`evidence ${status.lastEvidence.level}: ${status.lastEvidence.detail}${ago(status.lastEvidence.atMs)}`);
  }
  if (options.clock && status.state === 'healing' && status.windowEndMs !== null) {
    const leftMs = status.windowEndMs - options.nowMs;
    parts.push(leftMs > 0 ? `${shortDuration(leftMs)} left` : 'window extended');
  }
  return parts.join('  ');
}

/** How long a request has waited changes by itself. */
function waitMessage(record: HealRecord, isClockShown: boolean): string {
  const message = lastErrorOf(record) ?? '';
  return isClockShown ? message : message.replace(/ has waited \d+ s /, ' waits ');
}

function isFromBefore(record: HealRecord, before: FollowStart | null): boolean {
  if (before === null || record.runId !== before.runId) return false;
  // A restart starts a new run where none was running.
  if (!before.running) return true;
  return record.execution === 'running' && record.status?.windowStartMs === before.windowStartMs;
}

function reasonOf({ status }: HealRecord): string {
  if (status === null) return NO_ANSWER;
  if (status.state === 'unproven') {
    const evidence = status.lastEvidence === null ? 'no evidence' : status.lastEvidence.detail;
    return `${status.podsProven} of ${status.provenPodsMin} needed pods proved their network (last: ${evidence})`;
  }
  return status.lastError ?? `${status.rejectedInARow} attempts in a row were rejected`;
}

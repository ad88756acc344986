/** One line of `vigilante status`, as texts. */

import type { SourceFinding } from '../../domain/healing/pod-evidence.ts';
import type { NodeMark } from '../../domain/node/mark.ts';
import { type HealRecord, lastErrorOf, stateOf } from '../../temporal/healing/heal-record.ts';
import { shortDuration } from '../short-duration.ts';

export interface HealRow {
  readonly node: string;
  readonly state: string;
  readonly attempts: string;
  readonly proven: string;
  readonly lastEvidence: string;
  /** Which address an echo saw of the last pod. */
  readonly source: string;
  /** Pods in a row that proved the effect, and how many are needed. */
  readonly proof: string;
  readonly windowLeft: string;
  /** How long the startup taint of the node may stay, or what became of it. */
  readonly taint: string;
  /** What the mark of the node is worth. */
  readonly mark: string;
  /** The rest is shown by `-o wide` only. */
  readonly pod: string;
  readonly lastError: string;
  readonly age: string;
}

export const NO_ANSWER = 'no answer (is the worker running?)';
export const NONE = '-';

/** `mark`: as the cluster has it; null where it was not asked, or the node has none. */
export function healRow(record: HealRecord, { nowMs, mark }: { nowMs: number; mark: NodeMark | null }): HealRow {
  const { status, result } = record;
  const counts = status ?? result;
  return {
    node: record.node,
    state: stateOf(record),
    attempts: counts === null ? NONE : String(counts.attempts),
    proven: provenText(record),
    lastEvidence: evidenceText(record, nowMs),
    source: describeSource(status?.lastEvidence?.source) ?? NONE,
    proof: status?.streak === undefined ? NONE : `${status.streak.proofs}/${status.streak.needed}`,
    windowLeft: windowText(record, nowMs),
    taint: taintText(record, nowMs),
    mark: mark ?? status?.mark ?? NONE,
    pod: status?.pod?.name ?? NONE,
    lastError: lastErrorOf(record) ?? NONE,
    age: record.execution === 'none' ? NONE : shortDuration(nowMs - record.startedMs),
  };
}

/** Such as `node 10.240.0.4`; undefined where no pod asked. */
export function describeSource(source: SourceFinding | undefined): string | undefined {
  if (source === undefined) return undefined;
  return source.by === null ? 'silent' : `${source.by} ${source.address ?? ''}`.trim();
}

function provenText({ status, result }: HealRecord): string {
  if (status !== null) return `${status.podsProven}/${status.provenPodsMin}`;
  return result === null ? NONE : String(result.podsProven);
}

function evidenceText(record: HealRecord, nowMs: number): string {
  const { execution, status, result, closedMs, pending } = record;
  if (execution === 'none') return 'no heal is known of this node';
  if (execution !== 'running') {
    const when = closedMs === null ? '' : `, ${shortDuration(nowMs - closedMs)} ago`;
    return `${result?.detail ?? execution}${when}`;
  }
  if (status === null) return NO_ANSWER;
  if (status.refusal) {
    const { step, message, sinceMs } = status.refusal;
    return `refused for ${shortDuration(nowMs - sinceMs)}: ${step}: ${message}`;
  }
  if (pending !== null) return `waits: ${lastErrorOf(record)}`;
  // While pods are refused, the refusal says more than what the last pod proved before.
  if (status.lastError !== null && status.rejectedInARow > 0)
    return `rejected ${status.rejectedInARow}/${status.errorBudget}: ${status.lastError}`;
  if (status.lastEvidence === null) return NONE;
  const { level, detail, atMs } = status.lastEvidence;
  return `${level}: ${detail}, ${shortDuration(nowMs - atMs)} ago`;
}

function windowText({ execution, status }: HealRecord, nowMs: number): string {
  if (execution !== 'running' || status === null) return NONE;
  switch (status.state) {
    case 'healing':
      if (status.windowEndMs === null) return NONE;
      return status.windowEndMs > nowMs ? shortDuration(status.windowEndMs - nowMs) : 'extended';
    case 'watching':
      return status.watch?.untilMs ? shortDuration(Math.max(0, status.watch.untilMs - nowMs)) : NONE;
    case 'stalled':
    case 'unproven':
      return status.retryAtMs === null ? NONE : `retry in ${shortDuration(status.retryAtMs - nowMs)}`;
    default:
      return NONE;
  }
}

function taintText({ execution, status }: HealRecord, nowMs: number): string {
  if (execution !== 'running' || !status?.taint) return NONE;
  const { tainted, capAtMs, capped } = status.taint;
  if (capped === 'removed') return 'removed';
  if (tainted !== true) return NONE;
  if (capped !== null) return 'kept';
  if (capAtMs === null) return 'there';
  return capAtMs > nowMs ? `${shortDuration(capAtMs - nowMs)} left` : 'overdue';
}

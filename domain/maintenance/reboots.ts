/** Which nodes are rebooted next, and why the others are not. Times in milliseconds since 1970. */

import { clockTime } from '../clock-time.ts';
import type { NodeRef } from '../node/identity.ts';
import type { NodeOutcomeKind } from './outcome.ts';
import {
  bootedAt,
  describeNeed,
  isServed,
  NEED_KINDS,
  type Need,
  needsOf,
  type RebootFacts,
  type RebootRules,
} from './reboot-need.ts';
import type { Gate } from './survey.ts';

/** A node that may need a reboot. */
export interface RebootCandidate extends RebootFacts {
  /** Pods that keep it from being rebooted while they run on it: `namespace/name`. */
  readonly blockingPods: readonly string[];
  /** Other tools that act on nodes and are seen at work on it (M44). */
  readonly otherTools: readonly string[];
  /** A maintenance of it is under way, or left its mark. */
  readonly isInWork: boolean;
  /** What windows, freezes and alerts say to the reboots of its group. */
  readonly gate: Gate;
}

/** What is remembered of a node from one look to the next. */
export interface RebootMemory {
  readonly node: NodeRef;
  /** Needs that a proven reboot has served. */
  readonly served: readonly Need[];
  readonly endedMs: number;
  readonly outcome: NodeOutcomeKind;
}

export type RebootDecision =
  /** `needs`: all that the reboot will serve, one at least not served yet. */
  | { readonly kind: 'reboot'; readonly needs: readonly Need[]; readonly reason: string }
  /** In the order in which they are looked at: only the first one is named. */
  | { readonly kind: 'in-work' | 'refused' | 'blocked' | 'too-soon' | 'gate-closed'; readonly reason: string }
  /** Rebooted, and needs it as before: left alone until the need changes, or somebody asks (M43). */
  | { readonly kind: 'ineffective'; readonly reason: string }
  | { readonly kind: 'not-needed' };

export interface RebootMoment {
  readonly rules: RebootRules;
  readonly nowMs: number;
}

/** After a reboot that did not come about, such as a drain that ran into its deadline. */
export const RETRY_AFTER_MS = 3_600_000;

export function rebootDecision(
  candidate: RebootCandidate,
  memory: RebootMemory | null,
  { rules, nowMs }: RebootMoment,
): RebootDecision {
  const needs = needsOf(candidate, rules, nowMs);
  if (needs.length === 0) return { kind: 'not-needed' };
  if (candidate.isInWork) return { kind: 'in-work', reason: 'a maintenance of it is under way' };
  const known = memory?.node.uid === candidate.node.uid ? memory : null;
  const bootedMs = bootedAt(candidate);
  const open = needs.filter((need) => !isServed(need, { served: known?.served ?? [], bootedMs }));
  const why = (found: readonly Need[]) => found.map((need) => describeNeed(need, nowMs)).join(', ');
  if (open.length === 0) return { kind: 'ineffective', reason: `it was rebooted, and still ${why(needs)}` };
  const [tool] = candidate.otherTools;
  if (tool !== undefined) return { kind: 'refused', reason: `${tool}: two tools must not act on one node` };
  // Before a slot is asked for: a node that waits for its pods must not keep the others from theirs.
  const [pod] = candidate.blockingPods;
  if (pod !== undefined) {
    const more = candidate.blockingPods.length > 1 ? ` and ${candidate.blockingPods.length - 1} more` : '';
    return { kind: 'blocked', reason: `blocking pods run on it: ${pod}${more}` };
  }
  const notBeforeMs = earliestMs(known, bootedMs, rules);
  if (nowMs < notBeforeMs) return { kind: 'too-soon', reason: `not before ${clockTime(notBeforeMs)}` };
  if (!candidate.gate.isOpen) return { kind: 'gate-closed', reason: candidate.gate.reasons.join('; ') };
  return { kind: 'reboot', needs, reason: why(open) };
}

function earliestMs(memory: RebootMemory | null, bootedMs: number | null, { minUptimeMs }: RebootRules): number {
  const afterBootMs = bootedMs === null ? 0 : bootedMs + minUptimeMs;
  if (memory === null) return afterBootMs;
  const afterLastMs = memory.endedMs + (memory.outcome === 'done' ? minUptimeMs : RETRY_AFTER_MS);
  return Math.max(afterBootMs, afterLastMs);
}

/** By group, then by need, the oldest first, then by name. */
export function inRebootOrder<T extends RebootFacts>(candidates: readonly T[], moment: RebootMoment): readonly T[] {
  const ranks = new Map(candidates.map((one) => [one, rankOf(needsOf(one, moment.rules, moment.nowMs))]));
  return candidates.toSorted((one, other) => {
    if (one.groupIndex !== other.groupIndex) return one.groupIndex - other.groupIndex;
    const [ours, theirs] = [ranks.get(one) ?? NO_RANK, ranks.get(other) ?? NO_RANK];
    if (ours.kind !== theirs.kind) return ours.kind - theirs.kind;
    if (ours.sinceMs !== theirs.sinceMs) return ours.sinceMs < theirs.sinceMs ? -1 : 1;
    return one.node.name < other.node.name ? -1 : 1;
  });
}

const NO_RANK = { kind: NEED_KINDS.length, sinceMs: Number.POSITIVE_INFINITY };

function rankOf([first]: readonly Need[]) {
  if (first === undefined) return NO_RANK;
  return { kind: NEED_KINDS.indexOf(first.kind), sinceMs: first.sinceMs ?? Number.POSITIVE_INFINITY };
}

/** How a reboot ended that was asked for because of these needs. A reboot by hand of others is none of it. */
export function remembered(
  before: RebootMemory | null,
  ended: {
    readonly node: NodeRef;
    readonly needs: readonly Need[];
    readonly outcome: NodeOutcomeKind;
    readonly nowMs: number;
  },
): RebootMemory {
  const { node, needs, outcome, nowMs } = ended;
  const served = before?.node.uid === node.uid ? before.served : [];
  return { node, outcome, endedMs: nowMs, served: outcome === 'done' ? needs : served };
}

/** Forgets nodes whose needs are over, or that are gone: what is kept stays as small as what is ineffective or recent. */
export function withoutForgotten(
  memories: readonly RebootMemory[],
  candidates: readonly RebootCandidate[],
  { rules, nowMs }: RebootMoment,
): readonly RebootMemory[] {
  return memories.filter(({ node, endedMs }) => {
    const candidate = candidates.find((one) => one.node.name === node.name && one.node.uid === node.uid);
    if (candidate === undefined) return false;
    const isRecent = nowMs - endedMs < Math.max(rules.minUptimeMs, RETRY_AFTER_MS);
    return isRecent || needsOf(candidate, rules, nowMs).length > 0 || candidate.host === null;
  });
}

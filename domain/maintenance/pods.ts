/** Which pods a drain evicts, which it leaves, and which are in its way. */

import { type LabelRequirement, type Labels, matchesLabels } from '../label-selector.ts';
import type { EvictionVerdict } from './eviction.ts';
import type { Purpose } from './facts.ts';

export interface PodFacts {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Kind of the owner that is its controller; null without one. */
  readonly controller: string | null;
  /** The kubelet runs it from a file; the API server only shows it. */
  readonly isMirror: boolean;
  /** Succeeded or Failed. */
  readonly hasEnded: boolean;
  /** Made by a maintenance. */
  readonly isOurs: boolean;
  readonly hasEmptyDir: boolean;
  readonly hasClaims: boolean;
  /** `cluster-autoscaler.kubernetes.io/safe-to-evict: "false"`. */
  readonly isUnsafeToEvict: boolean;
  readonly labels: Labels;
  readonly priority: number;
  /** When it was asked to end, and how long it may take; null while nobody asked. */
  readonly ending: { readonly sinceMs: number; readonly graceMs: number } | null;
  readonly finalizers: readonly string[];
}

export interface DrainPolicy {
  /** Pods without a controller: nobody makes them again. */
  readonly orphans: 'evict' | 'keep';
  /** Pods with data on the node that is lost with them. */
  readonly emptyDir: 'evict' | 'keep';
  readonly respectSafeToEvict: boolean;
  /** Pods that one of these selects are deleted where they cannot be evicted. */
  readonly force: readonly (readonly LabelRequirement[])[];
}

export type PodPlace =
  | { readonly kind: 'left' }
  | { readonly kind: 'evict' }
  /** Asked to end already: it is waited for. `overdue`: its grace is over by more than 30 s. */
  | { readonly kind: 'ending'; readonly isOverdue: boolean }
  | { readonly kind: 'in-the-way'; readonly why: string };

const OVERDUE_MS = 30_000;

/** What belongs to the node, such as a healing pod, would be made again on it however often it is evicted. */
export function placeOf(pod: PodFacts, policy: DrainPolicy, nowMs: number): PodPlace {
  const isOfNode = pod.controller === 'DaemonSet' || pod.controller === 'Node' || pod.isMirror;
  if (isOfNode || pod.hasEnded || pod.isOurs) return { kind: 'left' };
  if (pod.ending !== null) {
    const { sinceMs, graceMs } = pod.ending;
    return { kind: 'ending', isOverdue: nowMs > sinceMs + graceMs + OVERDUE_MS };
  }
  const why = obstacle(pod, policy);
  return why === null ? { kind: 'evict' } : { kind: 'in-the-way', why };
}

function obstacle(pod: PodFacts, { orphans, emptyDir, respectSafeToEvict }: DrainPolicy): string | null {
  if (pod.controller === null && orphans === 'keep') return 'it has no controller (drain.orphans is keep)';
  if (pod.hasEmptyDir && emptyDir === 'keep') return 'it has an emptyDir (drain.emptyDir is keep)';
  if (pod.isUnsafeToEvict && respectSafeToEvict) return 'it is not safe to evict (drain.respectSafeToEvict)';
  return null;
}

/**
 * Whether a pod whose eviction was refused is deleted instead, past its budget (M13): where the configuration names it, and
 * never for an upgrade, since no run can be approved for that yet.
 */
export function isDeleted(
  { labels }: PodFacts,
  verdict: EvictionVerdict,
  { force, purpose }: Pick<DrainPolicy, 'force'> & { readonly purpose: Purpose },
): boolean {
  const isRefused = verdict.kind === 'budget' || verdict.kind === 'not-now' || verdict.kind === 'never';
  return isRefused && purpose !== 'upgrade' && force.some((requirements) => matchesLabels(requirements, labels));
}

export function podLabel({ namespace, name }: Pick<PodFacts, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

/** Lowest priority first, as the scheduler would preempt; then by name, so that each round has the same order. */
export function evictionOrder(pods: readonly PodFacts[]): readonly PodFacts[] {
  return pods.toSorted((a, b) => a.priority - b.priority || podLabel(a).localeCompare(podLabel(b)));
}

/** What a pod waits for, for people. */
export function describeEnding(pod: PodFacts): string {
  const held = pod.finalizers.length === 0 ? '' : `, held by ${pod.finalizers.join(', ')}`;
  return `${podLabel(pod)} is still ending${held}`;
}

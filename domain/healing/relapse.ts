/** The rules for a node that is marked: how it is watched, and when its mark is taken back (E22 to E25). */

import type { SourceFinding } from './pod-evidence.ts';

export const RELAPSE_WATCHES = ['off', 'window', 'always'] as const;
/** How long a marked node is watched: not at all, until the end of its window, or for ever. */
export type RelapseWatch = (typeof RELAPSE_WATCHES)[number];

export interface RelapseRules {
  readonly watch: RelapseWatch;
  /** From one attempt to the next until the end of the window. */
  readonly intervalMs: number;
  /** After the end of the window. */
  readonly intervalLaterMs: number;
  /** Pods in a row that the node's own address refutes; then the node has relapsed. */
  readonly refutedInARow: number;
}

/** Times in milliseconds since 1970. */
export interface HealingWatch {
  readonly markedMs: number;
  /** What the node was marked for. */
  readonly detail: string;
  readonly nextAttemptMs: number;
  /** Since the mark. */
  readonly attempts: number;
  /** Judged pods, the newest ones, that the node's own address refuted. */
  readonly refutedInARow: number;
  /** The last pod made the node relapse, and the mark is still there. */
  readonly isRelapsed: boolean;
  /** So many nodes relapsed of late that the mark of this one was kept. */
  readonly isBraked: boolean;
}

/** How many nodes of a profile may lose their marks at a time. */
export interface StormRules {
  /** Share of the profile's nodes, from 0 to 1. */
  readonly relapsesMax: number;
  /** As many may in any case. */
  readonly relapsesMin: number;
  /** Counted are relapses of the last so many milliseconds. */
  readonly relapsesPerMs: number;
}

/** Only the node's own address shows that its pods are translated again (E24). */
export function isRelapseSign({ verdict, by }: Pick<SourceFinding, 'verdict' | 'by'>): boolean {
  return verdict === 'refuted' && by === 'node';
}

/** Whether one more node may lose its mark, with so many that lost theirs of late (E25). */
export function mayRelapse(
  { relapses, nodes }: { readonly relapses: number; readonly nodes: number },
  { relapsesMax, relapsesMin }: StormRules,
): boolean {
  return relapses < Math.max(relapsesMin, Math.floor(nodes * relapsesMax));
}

/** What a verdict says of the agents, as far as a watch decides by it. */

import type { NodeName, NodeUid } from '../node/identity.ts';
import { type AgentFailure, OTHER, type SuppressionReason } from './agent-judgement.ts';

export interface WatchedAgent {
  /** Name of the agent's pod. */
  readonly agent: string;
  /** Null where the pod is not scheduled. */
  readonly node: NodeName | null;
  /** Null where the node is not known. */
  readonly nodeUid: NodeUid | null;
  /** Value of the node's label `kubernetes.io/os`. */
  readonly os: string | null;
  readonly failure: AgentFailure | typeof OTHER;
  /** Why it does not count; null for an agent that fails. */
  readonly suppressedBy: SuppressionReason | typeof OTHER | null;
  /** For people, one sentence. */
  readonly detail: string;
}

export interface AgentCounts {
  readonly expected: number;
  readonly reporting: number;
  readonly absent: number;
  readonly outdated: number;
  readonly suppressed: number;
  /** Pods without a node: evidence of nothing, and not among the others. Missing in verdicts of older collectors. */
  readonly unscheduled?: number;
}

export interface VerdictFacts {
  /** No agent is absent or outdated. */
  readonly ok: boolean;
  readonly counts: AgentCounts;
  /** Agents that fail, the first by name; the counts are of all. */
  readonly failing: readonly WatchedAgent[];
  readonly suppressed: readonly WatchedAgent[];
}

/** Failing agents that the verdict counts and does not name. */
export function unnamedCount({ counts, failing }: Pick<VerdictFacts, 'counts' | 'failing'>): number {
  const { expected, reporting, absent, outdated, suppressed, unscheduled = 0 } = counts;
  // No count that is known has an unknown failure: then all count as failing that nothing else is said of.
  const isAllKnown = failing.every(({ failure }) => failure !== OTHER);
  const all = isAllKnown ? absent + outdated : expected - reporting - suppressed - unscheduled;
  return Math.max(0, all - failing.length);
}

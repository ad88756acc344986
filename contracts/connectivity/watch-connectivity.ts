/** Verdict of the collector; input, status and names of the workflow `watchConnectivity`. Times in ms since 1970. */

import type { AgentFailure, OTHER, SuppressionReason } from '../../domain/connectivity/agent-judgement.ts';

export const WATCH_CONNECTIVITY_WORKFLOW = 'watchConnectivity';

export function watchConnectivityWorkflowId(cluster: string): string {
  return `watch-connectivity/${cluster}`;
}

/** Condition of a node that its agents' verdict is written to: `True` where they report. */
export const AGENT_CONNECTIVITY_CONDITION = 'AgentConnectivity';

/** Names in each list of a verdict; the counts are of all agents. */
export const VERDICT_NAMES_MAX = 100;

export interface AgentVerdict {
  /** Name of the agent's pod. */
  readonly agent: string;
  readonly namespace: string;
  /** Null where the pod is not scheduled. */
  readonly node: string | null;
  /** Null where the node is not known. */
  readonly nodeUid: string | null;
  /** Value of the node's label `kubernetes.io/os`. */
  readonly os: string | null;
  readonly failure: AgentFailure | typeof OTHER;
  /** Why it does not count; null for an agent that fails. */
  readonly suppressedBy: SuppressionReason | typeof OTHER | null;
  readonly sinceMs: number;
  /** For people, one sentence. */
  readonly detail: string;
}

export interface ConnectivityCounts {
  readonly expected: number;
  readonly reporting: number;
  readonly absent: number;
  readonly outdated: number;
  readonly suppressed: number;
  /** Pods without a node: evidence of nothing, and not among the others. Missing in verdicts of older collectors. */
  readonly unscheduled?: number;
  /** Reporting agents whose reports name another node than the one that their pod runs on. */
  readonly conflicting: number;
}

export interface ConnectivityVerdict {
  readonly atMs: number;
  /** No agent is absent or outdated. */
  readonly ok: boolean;
  readonly counts: ConnectivityCounts;
  /** Absent and outdated agents, the first by name. */
  readonly failing: readonly AgentVerdict[];
  readonly suppressed: readonly AgentVerdict[];
}

/** The collector could not be asked, or does not know the cluster: nothing is said about any agent. */
export type Evaluation =
  | { readonly kind: 'verdict'; readonly verdict: ConnectivityVerdict }
  | { readonly kind: 'unavailable'; readonly atMs: number; readonly message: string };

export interface ConnectivityPolicy {
  readonly intervalMs: number;
  /** Evaluations in a row that must fail before it is an alarm, and succeed before it is over. */
  readonly failuresToAlarm: number;
  /** Sends `restartHealing` for a Windows node whose agents have alarmed. */
  readonly restartHealing: boolean;
  /** Whether the search attributes are registered and may be written. */
  readonly searchAttributes: boolean;
}

export function isSamePolicy(one: ConnectivityPolicy, other: ConnectivityPolicy): boolean {
  // A key that is not compared does not compile.
  const same: Readonly<Record<keyof ConnectivityPolicy, boolean>> = {
    intervalMs: one.intervalMs === other.intervalMs,
    failuresToAlarm: one.failuresToAlarm === other.failuresToAlarm,
    restartHealing: one.restartHealing === other.restartHealing,
    searchAttributes: one.searchAttributes === other.searchAttributes,
  };
  return Object.values(same).every(Boolean);
}

/** Self-contained: a watch started by hand with the input of another one runs alike. */
export interface WatchConnectivityInput {
  readonly cluster: string;
  readonly policy: ConnectivityPolicy;
}

/** `VigilanteState` of a watch. `unknown`: the collector gave no verdict often enough to alarm. */
export type ConnectivityState = 'ok' | 'failing' | 'unknown' | 'paused';

export interface ConnectivityTransition {
  readonly atMs: number;
  readonly from: ConnectivityState;
  readonly to: ConnectivityState;
  /** For people, one sentence. */
  readonly detail: string;
}

/** Answer of the query `connectivityStatus`. */
export interface ConnectivityStatus {
  readonly cluster: string;
  readonly state: ConnectivityState;
  readonly policy: ConnectivityPolicy;
  /** The newest verdict that there was; null before the first. */
  readonly verdict: ConnectivityVerdict | null;
  /** Why the last evaluation gave none; null where it did. */
  readonly unavailable: string | null;
  /** What could not be written to nodes, or asked of them, after the last evaluation; missing from older workers. */
  readonly writeProblem?: string | null;
  readonly lastEvaluationMs: number | null;
  /** Evaluations in a row with the same result as the last one. */
  readonly streak: number;
  readonly evaluations: number;
  readonly nextEvaluationMs: number | null;
  /** Nodes whose condition says that their agents do not report. */
  readonly alarmedNodes: readonly string[];
  /** The newest last, at most twenty. */
  readonly transitions: readonly ConnectivityTransition[];
}

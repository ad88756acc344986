/** Verdict of the collector; input, status and names of the workflow `watchConnectivity`. Times in ms since 1970. */

import type { WatchRules } from '../../domain/connectivity/node-alarms.ts';
import type { ConnectivityState, ConnectivityTransition } from '../../domain/connectivity/states.ts';
import type { AgentCounts, VerdictFacts, WatchedAgent } from '../../domain/connectivity/verdict.ts';

export type { ConnectivityState };

export const WATCH_CONNECTIVITY_WORKFLOW = 'watchConnectivity';

export function watchConnectivityWorkflowId(cluster: string): string {
  return `watch-connectivity/${cluster}`;
}

/** Condition of a node that its agents' verdict is written to: `True` where they report. */
export const AGENT_CONNECTIVITY_CONDITION = 'AgentConnectivity';

/** Names in each list of a verdict; the counts are of all agents. */
export const VERDICT_NAMES_MAX = 100;

export interface AgentVerdict extends WatchedAgent {
  readonly namespace: string;
  readonly sinceMs: number;
}

export interface ConnectivityCounts extends AgentCounts {
  /** Reporting agents whose reports name another node than the one that their pod runs on. */
  readonly conflicting: number;
}

export interface ConnectivityVerdict extends VerdictFacts {
  readonly atMs: number;
  readonly counts: ConnectivityCounts;
  readonly failing: readonly AgentVerdict[];
  readonly suppressed: readonly AgentVerdict[];
}

/** As it comes from a collector of any version: names are not parsed yet, and failures and reasons may be new. */
export type Sent<T> = T extends string ? string : T extends object ? { readonly [Key in keyof T]: Sent<T[Key]> } : T;

/** The collector could not be asked, or does not know the cluster: nothing is said about any agent. */
export type Evaluation =
  | { readonly kind: 'verdict'; readonly verdict: ConnectivityVerdict }
  | { readonly kind: 'unavailable'; readonly atMs: number; readonly message: string };

export interface ConnectivityPolicy extends WatchRules {
  readonly intervalMs: number;
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
  /** Consecutive evaluations with the same result as the last one. */
  readonly streak: number;
  readonly evaluations: number;
  readonly nextEvaluationMs: number | null;
  /** Nodes whose condition says that their agents do not report. */
  readonly alarmedNodes: readonly string[];
  /** The newest last, at most twenty. */
  readonly transitions: readonly ConnectivityTransition[];
}

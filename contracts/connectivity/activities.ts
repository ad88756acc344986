/**
 * Inputs and results of the connectivity activities: what workflow and worker agree on. Expected outcomes are return
 * values; times in milliseconds since 1970.
 */

import type { AlarmedNode, NodeConnectivityChange } from '../../domain/connectivity/effects.ts';
import type { ConnectivityState } from '../../domain/connectivity/states.ts';
import type { NodeRef } from '../../domain/node/identity.ts';
import type { Evaluation } from './watch-connectivity.ts';

export type { AlarmedNode, NodeConnectivityChange };

export interface EvaluateConnectivityInput {
  /** For all tries together. */
  readonly timeoutMs: number;
  /** State of the watch so far, for the metrics of the worker. */
  readonly state: ConnectivityState;
  /** From one evaluation to the next: how long the state holds without another one. */
  readonly intervalMs: number;
}

export interface RecordNodeConnectivityInput {
  readonly changes: readonly NodeConnectivityChange[];
}

/** `refused`: the API server does not take it, mostly for want of a permission, or not in time; to be tried again. */
export type NodeConnectivityOutcome = 'written' | 'node-gone' | 'node-replaced' | 'refused';

export interface RecordNodeConnectivityResult {
  /** In the order of the changes. */
  readonly outcomes: readonly NodeConnectivityOutcome[];
  /** What the API server refused, and why; missing where it refused nothing, and where an older worker answered. */
  readonly problem?: string;
}

export interface RestartHealOfNodeInput {
  readonly node: NodeRef;
  readonly reason: string;
}

export type RestartHealOfNodeResult =
  /** The heal needs its window: for so long no other restart makes sense. */
  | { readonly kind: 'restarted'; readonly windowMs: number }
  /** Gone, another node of that name, not a Windows node, or switched off. */
  | { readonly kind: 'left-alone' };

export interface ConnectivityActivities {
  /** Asks the collector, a few times where it does not answer. Never throws for what the collector does. */
  evaluateConnectivity(input: EvaluateConnectivityInput): Promise<Evaluation>;
  /** Condition and Event of each node whose alarm changed. Writing the same change again changes nothing. */
  recordNodeConnectivity(input: RecordNodeConnectivityInput): Promise<RecordNodeConnectivityResult>;
  /** Signal `restartHealing`, together with the start of a heal where none runs. */
  restartHealOfNode(input: RestartHealOfNodeInput): Promise<RestartHealOfNodeResult>;
  /** Nodes whose condition says that their agents do not report: what an earlier watch left. */
  findAlarmedNodes(): Promise<readonly AlarmedNode[]>;
}

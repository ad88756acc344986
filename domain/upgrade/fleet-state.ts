/** What a run over several clusters knows of them, as plain data. Times in milliseconds since 1970. */

import type { Pause } from '../maintenance/slots.ts';
import type { FleetRules } from './fleet-stage.ts';
import type { SoakState } from './soak.ts';

export const FLEET_OUTCOMES = ['done', 'partial', 'aborted', 'rejected'] as const;
export type FleetOutcome = (typeof FLEET_OUTCOMES)[number];

export const CLUSTER_OUTCOMES = ['done', 'already-done', 'failed', 'skipped', 'unreachable', 'not-begun'] as const;
export type ClusterOutcome = (typeof CLUSTER_OUTCOMES)[number];

export const CLUSTER_PHASES = ['waiting', 'upgrading', 'upgraded', 'soaking', 'soaked', 'failed', 'skipped'] as const;
export type ClusterPhase = (typeof CLUSTER_PHASES)[number];

/** How a soak was at its last report. */
export interface SoakSeen {
  readonly state: SoakState;
  readonly detail: string;
  readonly provenMs: number;
  readonly resets: number;
  readonly lookedMs: number;
  /** Null before the first answer. */
  readonly intervalMs: number | null;
}

export type Work = 'survey' | 'upgrade' | 'soak';

export interface FleetCluster {
  readonly cluster: string;
  /** Position of the stage that it is upgraded in: a later one than its own where it is tried again. */
  readonly stageIndex: number;
  readonly phase: ClusterPhase;
  readonly sinceMs: number;
  /** Why it failed or was skipped; empty otherwise. */
  readonly detail: string;
  /** `null` before it is asked; `blocked` is reported, and holds up nothing but its own upgrade. */
  readonly survey: { readonly kind: 'asked' | 'clear' | 'blocked'; readonly detail: string } | null;
  /** Its workflow that was started and has not ended as far as is known; a soak that is cancelled counts as ended. */
  readonly running: { readonly kind: Work; readonly isCancelled: boolean } | null;
  /** Its maintainer takes no work. */
  readonly isUnreachable: boolean;
  /** What it is in the result; null while its phase says that. */
  readonly ending: ClusterOutcome | null;
  readonly soak: SoakSeen | null;
}

export interface FleetDecision {
  readonly atMs: number;
  readonly what: string;
  /** As the client says of itself. */
  readonly by: string;
  readonly reason: string;
}

export interface FleetState {
  readonly stageIndex: number;
  readonly clusters: readonly FleetCluster[];
  /** Names of stages. */
  readonly approved: readonly string[];
  /** Stages that a person said no to: the run ends before the first of them. */
  readonly rejected: readonly { readonly stage: string; readonly detail: string }[];
  readonly pause: Pause | null;
  /** Why the run begins nothing more; null where it goes on. */
  readonly aborted: string | null;
  /** The newest `DECISIONS_MAX`. */
  readonly decisions: readonly FleetDecision[];
}

const DECISIONS_MAX = 100;

export function newFleet({ stages }: Pick<FleetRules, 'stages'>, nowMs: number): FleetState {
  const clusters = stages.flatMap((stage, stageIndex) =>
    stage.clusters.map((cluster): FleetCluster => {
      const fresh = { detail: '', survey: null, running: null, isUnreachable: false, ending: null, soak: null };
      return { cluster, stageIndex, phase: 'waiting', sinceMs: nowMs, ...fresh };
    }),
  );
  return { stageIndex: 0, clusters, approved: [], rejected: [], pause: null, aborted: null, decisions: [] };
}

export function withCluster(state: FleetState, cluster: string, change: Partial<FleetCluster>): FleetState {
  return { ...state, clusters: state.clusters.map((one) => (one.cluster === cluster ? { ...one, ...change } : one)) };
}

export function withDecision(state: FleetState, decision: FleetDecision): FleetState {
  return { ...state, decisions: [...state.decisions, decision].slice(-DECISIONS_MAX) };
}

export function clusterOf(state: FleetState, cluster: string): FleetCluster | undefined {
  return state.clusters.find((one) => one.cluster === cluster);
}

/** The workflow that its phase needs; null where it needs none. */
export function neededWork({ phase, survey }: FleetCluster): Work | null {
  if (phase === 'upgrading') return 'upgrade';
  if (phase === 'soaking') return 'soak';
  return phase === 'waiting' && survey?.kind === 'asked' ? 'survey' : null;
}

/** Whether its maintainer is waited for. */
export function isAwaited(one: FleetCluster): boolean {
  return neededWork(one) !== null || (one.phase === 'waiting' && one.running !== null);
}

export function outcomeOf({ phase, ending, isUnreachable }: FleetCluster): ClusterOutcome {
  if (phase === 'waiting') return 'not-begun';
  if (phase === 'upgrading') return isUnreachable ? 'unreachable' : 'failed';
  return ending ?? 'done';
}

export const UNREACHABLE = 'its maintainer has taken no work for five minutes';

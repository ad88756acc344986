/** What people decide about a run over several clusters, and when that is refused (M38, M42). */

import type { FleetStage } from './fleet-stage.ts';
import { clusterOf, type FleetState, withCluster, withDecision } from './fleet-state.ts';

export interface Decider {
  /** As the client says of itself. */
  readonly by: string;
  readonly reason: string;
}

export const STAGE_DECISIONS = ['approve', 'reject'] as const;

export interface StageDecision extends Decider {
  readonly stage: string;
  readonly decision: (typeof STAGE_DECISIONS)[number];
}

export interface ClusterDecision extends Decider {
  readonly cluster: string;
}

/** The new state, or why it is refused. */
export type Decided =
  | { readonly kind: 'decided'; readonly state: FleetState }
  | { readonly kind: 'refused'; readonly why: string };

export function decideStage(
  state: FleetState,
  { stage, decision, by, reason }: StageDecision,
  { stages, nowMs }: { readonly stages: readonly FleetStage[]; readonly nowMs: number },
): Decided {
  const known = stages.find(({ name }) => name === stage);
  if (known === undefined) return refuse(`the run has no stage ${stage}`);
  if (stages.indexOf(known) < state.stageIndex) return refuse(`stage ${stage} is over`);
  if (decision === 'approve' && known.approval === 'none') return refuse(`stage ${stage} needs no approval`);
  const recorded = withDecision(state, { atMs: nowMs, what: `${decision} of stage ${stage}`, by, reason });
  if (decision === 'approve') return decided({ ...recorded, approved: [...new Set([...state.approved, stage])] });
  const index = stages.indexOf(known);
  const hasBegun = state.clusters.some(
    ({ stageIndex, phase }) => stageIndex === index && phase !== 'waiting' && phase !== 'skipped',
  );
  if (hasBegun) return refuse(`stage ${stage} has begun: abort the run instead`);
  const detail = `stage ${stage} was rejected by ${by}: ${reason}`;
  return decided({ ...recorded, rejected: [...state.rejected, { stage, detail }] });
}

export function skipCluster(state: FleetState, { cluster, by, reason }: ClusterDecision, nowMs: number): Decided {
  const known = clusterOf(state, cluster);
  if (known === undefined) return refuse(`the run has no cluster ${cluster}`);
  if (!['waiting', 'upgrading', 'soaking', 'failed'].includes(known.phase)) {
    return refuse(`${cluster} is ${known.phase} already`);
  }
  const detail = `skipped by ${by}: ${reason}`;
  const skipped = withCluster(state, cluster, { phase: 'skipped', ending: 'skipped', detail, sinceMs: nowMs });
  return decided(withDecision(skipped, { atMs: nowMs, what: `skip of ${cluster}`, by, reason }));
}

/** It joins the stage that is under way where its own is over. */
export function retryCluster(state: FleetState, { cluster, by, reason }: ClusterDecision, nowMs: number): Decided {
  const known = clusterOf(state, cluster);
  if (known === undefined) return refuse(`the run has no cluster ${cluster}`);
  const isSoakFailed = known.phase === 'soaking' && known.soak?.state === 'failed';
  if (known.phase !== 'failed' && known.phase !== 'skipped' && !isSoakFailed) {
    return refuse(`${cluster} is ${known.phase}: only what failed or was skipped can be tried again`);
  }
  const stageIndex = Math.max(known.stageIndex, state.stageIndex);
  const fresh = { ending: null, detail: '', soak: null, isUnreachable: false };
  // What was not surveyed to its end is surveyed first.
  const survey = known.survey?.kind === 'asked' ? null : known.survey;
  const again = withCluster(state, cluster, { ...fresh, stageIndex, survey, phase: 'waiting', sinceMs: nowMs });
  return decided(withDecision(again, { atMs: nowMs, what: `retry of ${cluster}`, by, reason }));
}

export function abortFleet(state: FleetState, { by, reason }: Decider, nowMs: number): Decided {
  if (state.aborted !== null) return refuse(`the run is ${state.aborted} already`);
  const stopped = { ...state, aborted: `aborted by ${by}: ${reason}` };
  return decided(withDecision(stopped, { atMs: nowMs, what: 'abort', by, reason }));
}

function decided(state: FleetState): Decided {
  return { kind: 'decided', state };
}

function refuse(why: string): Decided {
  return { kind: 'refused', why };
}

/** What a run over several clusters does next: pure, from what it knows and the time. */

import { clockTime } from '../clock-time.ts';
import type { FleetRules, FleetStage } from './fleet-stage.ts';
import {
  type FleetCluster,
  type FleetOutcome,
  type FleetState,
  isAwaited,
  neededWork,
  outcomeOf,
  UNREACHABLE,
  type Work,
} from './fleet-state.ts';
import { durationText } from './soak-messages.ts';

export type FleetAction =
  | { readonly kind: 'survey' | 'upgrade' | 'soak'; readonly cluster: string }
  /** What is not needed any more; an upgrade stops at its next border. */
  | { readonly kind: 'cancel'; readonly cluster: string; readonly work: Work }
  /** All of the stage are proven at this moment. */
  | { readonly kind: 'end-soak'; readonly clusters: readonly string[] }
  | { readonly kind: 'next-stage' }
  /** `untilMs`: null where only a message brings news. `isHalted`: a person must decide, or a maintainer come back. */
  | {
      readonly kind: 'wait';
      readonly untilMs: number | null;
      readonly isHalted: boolean;
      readonly reasons: readonly string[];
    }
  | { readonly kind: 'finish'; readonly outcome: FleetOutcome; readonly detail: string };

/** A proof is that old at most, in intervals of its soak. */
const LOOKED_INTERVALS_MAX = 2;

export function fleetPlan(state: FleetState, rules: FleetRules, nowMs: number): FleetAction {
  const isStopping = state.aborted !== null;
  const idle = state.clusters.find((one) => isNeedless(one, isStopping));
  if (idle !== undefined) return { kind: 'cancel', cluster: idle.cluster, work: idle.running?.kind ?? 'soak' };
  if (state.aborted !== null) return stopPlan(state, state.aborted);
  const waiting = state.clusters.filter(({ phase }) => phase === 'waiting');
  const unasked = waiting.find(({ survey, running }) => survey === null && running === null);
  if (unasked !== undefined) return { kind: 'survey', cluster: unasked.cluster };
  // No cluster is touched before all were looked at (M9); what is tried again later was looked at then.
  const asked = waiting.filter(({ survey }) => survey === null || survey.kind === 'asked');
  if (asked.length > 0) {
    const reasons = asked.filter((one) => !one.isUnreachable).map(({ cluster }) => `the survey of ${cluster}`);
    return { kind: 'wait', untilMs: null, ...halted(unreachable(asked), reasons) };
  }
  const stage = rules.stages[state.stageIndex];
  if (stage === undefined) return finish(state);
  const rejection = state.rejected.find((one) => one.stage === stage.name);
  if (rejection !== undefined) return { kind: 'finish', outcome: 'rejected', detail: rejection.detail };
  return stagePlan(state, { stage, rules, nowMs });
}

function isNeedless(one: FleetCluster, isStopping: boolean): boolean {
  const { running } = one;
  return running !== null && !running.isCancelled && (isStopping || running.kind !== neededWork(one));
}

function halted(halts: readonly string[], reasons: readonly string[]) {
  return { isHalted: halts.length > 0, reasons: [...halts, ...reasons] };
}

interface Moment {
  readonly stage: FleetStage;
  readonly rules: FleetRules;
  readonly nowMs: number;
}

function stagePlan(state: FleetState, moment: Moment): FleetAction {
  const { stage, nowMs } = moment;
  const mine = state.clusters.filter(({ stageIndex }) => stageIndex === state.stageIndex);
  const working = mine.filter(({ phase }) => phase === 'upgrading');
  const waiting = mine.filter(({ phase }) => phase === 'waiting');
  const next = waiting.find(({ running }) => running === null);
  const halts = haltReasons(mine, moment);
  const holds = waiting.length === 0 ? [] : [...startHolds(state, moment), ...pauseHolds(state, nowMs)];
  if (next !== undefined && halts.length + holds.length === 0 && working.length < stage.parallelMax) {
    return { kind: 'upgrade', cluster: next.cluster };
  }
  if (waiting.length + working.length + halts.length === 0) return soakPlan(mine, moment);
  const busy = [
    ...working.filter((one) => !one.isUnreachable).map(({ cluster }) => `the upgrade of ${cluster}`),
    ...waiting.filter((one) => one.running !== null).map(({ cluster }) => `the end of what ran in ${cluster} before`),
  ];
  const times = holds.flatMap(({ untilMs }) => untilMs ?? []);
  const untilMs = times.length === 0 ? null : Math.min(...times);
  return { kind: 'wait', untilMs, ...halted(halts, [...holds.map(({ reason }) => reason), ...busy]) };
}

/** Nothing is done before a person has approved the stage that is under way. */
export function isApprovalAwaited(state: FleetState, { stages }: FleetRules): boolean {
  const stage = stages[state.stageIndex];
  const phases = state.clusters.flatMap((one) => (one.stageIndex === state.stageIndex ? [one.phase] : []));
  const isHeld = stage !== undefined && lacksApproval(state, stage);
  return isHeld && phases.includes('waiting') && !phases.includes('upgrading');
}

function lacksApproval({ approved }: FleetState, { name, approval }: FleetStage): boolean {
  return approval === 'before' && !approved.includes(name);
}

interface Hold {
  readonly reason: string;
  readonly untilMs: number | null;
}

/** Why no cluster of the stage may begin. */
function startHolds(state: FleetState, { stage, nowMs }: Moment): readonly Hold[] {
  const { name, notBeforeMs } = stage;
  return [
    ...(lacksApproval(state, stage) ? [{ reason: `the approval of stage ${name}`, untilMs: null }] : []),
    ...(notBeforeMs !== null && notBeforeMs > nowMs
      ? [{ reason: `stage ${name} begins at ${clockTime(notBeforeMs)}`, untilMs: notBeforeMs }]
      : []),
  ];
}

function pauseHolds({ pause }: FleetState, nowMs: number): readonly Hold[] {
  if (pause === null || pause.untilMs <= nowMs) return [];
  const { by, reason, untilMs } = pause;
  return [{ reason: `paused by ${by} until ${clockTime(untilMs)}: ${reason}`, untilMs }];
}

/** Why nothing more is begun until a person decides, or a maintainer comes back. */
function haltReasons(mine: readonly FleetCluster[], { rules, stage }: Moment): readonly string[] {
  const failed = mine.filter(({ phase }) => phase === 'failed');
  const max = rules.clusterFailuresMax;
  const failures = failed.map(({ cluster, detail }) => `${cluster} failed: ${detail}`);
  const soaks = mine.filter(({ phase, soak }) => phase === 'soaking' && soak?.state === 'failed');
  return [
    ...(failed.length > max
      ? [`${failed.length} clusters of stage ${stage.name} failed, allowed are ${max}`, ...failures]
      : []),
    ...soaks.map(({ cluster, soak }) => `the soak of ${cluster} failed: ${soak?.detail ?? ''}`),
    ...unreachable(mine),
  ];
}

function unreachable(clusters: readonly FleetCluster[]): readonly string[] {
  return clusters
    .filter((one) => one.isUnreachable && isAwaited(one))
    .map(({ cluster }) => `${cluster}: ${UNREACHABLE}`);
}

/** All of the stage have ended: those that are upgraded soak together (M40). */
function soakPlan(mine: readonly FleetCluster[], { stage, nowMs }: Moment): FleetAction {
  if (stage.soak === null) return { kind: 'next-stage' };
  const upgraded = mine.find(({ phase }) => phase === 'upgraded');
  if (upgraded !== undefined) return { kind: 'soak', cluster: upgraded.cluster };
  const soaking = mine.filter(({ phase }) => phase === 'soaking');
  if (soaking.length === 0) return { kind: 'next-stage' };
  if (soaking.every((one) => isProven(one, nowMs))) {
    return { kind: 'end-soak', clusters: soaking.map(({ cluster }) => cluster) };
  }
  const { forMs } = stage.soak;
  const reasons = soaking.map(({ cluster, soak }) => `the soak of ${cluster}: ${soakText(soak, forMs)}`);
  return { kind: 'wait', untilMs: null, isHalted: false, reasons };
}

function soakText(soak: FleetCluster['soak'], forMs: number): string {
  if (soak === null) return 'no report yet';
  const left = soak.provenMs >= forMs ? 'enough is proven' : `${durationText(forMs - soak.provenMs)} left`;
  return soak.detail === '' ? left : `${left}, ${soak.detail}`;
}

/** It was looked at a moment ago, and is proven still. */
function isProven({ soak, isUnreachable }: FleetCluster, nowMs: number): boolean {
  if (soak === null || soak.state !== 'proven' || isUnreachable) return false;
  return nowMs - soak.lookedMs <= LOOKED_INTERVALS_MAX * (soak.intervalMs ?? 0);
}

/** What is in work ends at its next border first; whoever takes no work is not waited for. */
function stopPlan({ clusters }: FleetState, detail: string): FleetAction {
  const working = clusters.filter(({ running, isUnreachable }) => running !== null && !isUnreachable);
  if (working.length === 0) return { kind: 'finish', outcome: 'aborted', detail };
  const reasons = working.map(({ cluster }) => `the end of what runs in ${cluster}`);
  return { kind: 'wait', untilMs: null, isHalted: false, reasons };
}

function finish({ clusters }: FleetState): FleetAction {
  const left = clusters.filter((one) => !['done', 'already-done'].includes(outcomeOf(one)));
  if (left.length === 0) return { kind: 'finish', outcome: 'done', detail: `${clusters.length} clusters are done` };
  const named = left.map((one) => `${one.cluster} (${outcomeOf(one)})`).join(', ');
  return { kind: 'finish', outcome: 'partial', detail: `not done are ${named}` };
}

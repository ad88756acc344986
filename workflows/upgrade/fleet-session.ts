/** What one run of `upgradeFleet` keeps in memory, and how it is shown. */

import { type CancellationScope, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type {
  ClusterResult,
  UpgradeFleetInput,
  UpgradeFleetResult,
  UpgradeFleetStatus,
} from '../../contracts/upgrade/upgrade-fleet.ts';
import { type FleetAction, fleetPlan, isApprovalAwaited } from '../../domain/upgrade/fleet-plan.ts';
import { type FleetCluster, type FleetState, newFleet, outcomeOf } from '../../domain/upgrade/fleet-state.ts';
import { nowOf, type WorkflowTime } from '../workflow-time.ts';

/** Carried through continue-as-new: plain data only. */
export interface FleetResume {
  readonly state: FleetState;
  /** Clusters whose maintainer takes no work, whether it is waited for or not. */
  readonly unreachable: readonly string[];
  readonly reachedMs: number;
  /** The border that others were told last. */
  readonly announced: string;
}

export interface FleetSession extends WorkflowTime {
  readonly input: UpgradeFleetInput;
  /** Signals, updates and children replace it at any time: read it again after each await. */
  state: FleetState;
  unreachable: readonly string[];
  /** Something happened that the plan may answer. */
  isNews: boolean;
  announced: string;
  /** Ends what runs in a cluster at its next border. */
  readonly scopes: Map<string, CancellationScope>;
  /** Starts and cancellations of soaks that the server has not taken yet. */
  pending: number;
  /** What the next run begins with; null while this one goes on. */
  handedOver: FleetState | null;
  result: UpgradeFleetResult | null;
}

export function sessionFor(input: UpgradeFleetInput, resume: FleetResume | undefined): FleetSession {
  const time = { reachedMs: resume?.reachedMs ?? 0 };
  return {
    ...time,
    input,
    state: resume?.state ?? newFleet(input, nowOf(time)),
    unreachable: resume?.unreachable ?? [],
    announced: resume?.announced ?? '',
    isNews: false,
    scopes: new Map(),
    pending: 0,
    handedOver: null,
    result: null,
  };
}

export function resumeOf(session: FleetSession): FleetResume {
  const { state, unreachable, announced } = session;
  return { state, unreachable, announced, reachedMs: nowOf(session) };
}

export function change(session: FleetSession, state: FleetState): void {
  if (state === session.state) return;
  session.state = state;
  session.isNews = true;
}

export function resultOf(session: FleetSession, action: Extract<FleetAction, { kind: 'finish' }>): UpgradeFleetResult {
  const { outcome, detail } = action;
  const { clusters, decisions } = session.state;
  return { outcome, detail, clusters: clusters.map((one) => resultOfCluster(session, one)), decisions };
}

function resultOfCluster({ input }: FleetSession, one: FleetCluster): ClusterResult {
  return { cluster: one.cluster, stage: stageOf(input, one), outcome: outcomeOf(one), detail: one.detail };
}

/** The stage that the file has it in. */
function stageOf({ stages }: UpgradeFleetInput, { cluster }: FleetCluster): string {
  return stages.find(({ clusters }) => clusters.includes(cluster))?.name ?? '';
}

export function statusOf(session: FleetSession): UpgradeFleetStatus {
  const { input, state, result } = session;
  const action = fleetPlan(state, input, nowOf(session));
  const { run, startedBy, versions } = input;
  return {
    run,
    startedBy,
    versions,
    state: stateName(session, action),
    outcome: result?.outcome ?? null,
    detail: result?.detail ?? state.aborted ?? '',
    stage: isSurveying(state) || result !== null ? null : (input.stages[state.stageIndex]?.name ?? null),
    waitsFor: action.kind === 'wait' ? action.reasons : [],
    clusters: state.clusters.map((one) => {
      const { cluster, phase, sinceMs, detail, survey, isUnreachable, soak } = one;
      return { cluster, stage: stageOf(input, one), phase, sinceMs, detail, survey, isUnreachable, soak };
    }),
    pause: state.pause,
    decisions: state.decisions,
  };
}

function isSurveying({ clusters }: FleetState): boolean {
  return clusters.some(({ phase, survey }) => phase === 'waiting' && (survey === null || survey.kind === 'asked'));
}

function stateName(session: FleetSession, action: FleetAction): UpgradeFleetStatus['state'] {
  const { state, result } = session;
  if (result !== null || action.kind === 'finish') return 'ended';
  if (state.aborted !== null) return 'stopping';
  if (action.kind === 'wait' && action.isHalted) return 'halted';
  if (isSurveying(state)) return 'surveying';
  if (state.pause !== null && state.pause.untilMs > nowOf(session)) return 'paused';
  if (isApprovalAwaited(state, session.input)) return 'waiting-for-approval';
  return state.clusters.some(({ phase }) => phase === 'soaking') ? 'soaking' : 'running';
}

export function show(session: FleetSession): void {
  const { state, stage, waitsFor, clusters } = statusOf(session);
  const place = stage === null ? '' : `, stage \`${stage}\``;
  setCurrentDetails(
    [
      `**${session.input.run}** to ${session.input.versions.kubernetes}: \`${state}\`${place}`,
      ...waitsFor.map((reason) => `- waits for: ${reason}`),
      ...clusters.map(({ cluster, phase, detail }) => `- ${cluster}: ${phase}${detail === '' ? '' : `, ${detail}`}`),
    ].join('\n'),
  );
}

export function ownId(): string {
  return workflowInfo().workflowId;
}

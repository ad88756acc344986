/** How the state of a run over several clusters follows what was begun, and what became of it. */

import { assertNever } from '../assert-never.ts';
import type { FleetAction } from './fleet-plan.ts';
import type { FleetRules } from './fleet-stage.ts';
import { clusterOf, type FleetState, isAwaited, type SoakSeen, UNREACHABLE, withCluster } from './fleet-state.ts';

type Begun = Exclude<FleetAction, { kind: 'wait' | 'finish' }>;

/** Before it is begun: what then becomes of it comes later. */
export function afterBegin(state: FleetState, action: Begun, nowMs: number): FleetState {
  switch (action.kind) {
    case 'survey':
      return withCluster(state, action.cluster, {
        survey: { kind: 'asked', detail: '' },
        running: { kind: 'survey', isCancelled: false },
      });
    case 'upgrade':
      return withCluster(state, action.cluster, {
        phase: 'upgrading',
        sinceMs: nowMs,
        running: { kind: 'upgrade', isCancelled: false },
      });
    case 'soak':
      return withCluster(state, action.cluster, {
        phase: 'soaking',
        sinceMs: nowMs,
        soak: null,
        running: { kind: 'soak', isCancelled: false },
      });
    case 'cancel': {
      const { cluster, work } = action;
      return withCluster(state, cluster, { running: work === 'soak' ? null : { kind: work, isCancelled: true } });
    }
    case 'end-soak':
      return action.clusters.reduce(
        (before, cluster) => withCluster(before, cluster, { phase: 'soaked', sinceMs: nowMs }),
        state,
      );
    case 'next-stage':
      return { ...state, stageIndex: state.stageIndex + 1 };
    default:
      return assertNever(action);
  }
}

/** One that does not soak any more says nothing. */
export function afterSoakReport(state: FleetState, cluster: string, soak: SoakSeen): FleetState {
  if (clusterOf(state, cluster)?.phase !== 'soaking') return state;
  return withCluster(state, cluster, { soak, isUnreachable: false });
}

/** What became of an upgrade, of those that count as one. */
export interface UpgradeEnding {
  readonly outcome: 'done' | 'already-done' | 'failed';
  readonly detail: string;
}

/** One that was skipped meanwhile stays so. */
export function afterUpgrade(state: FleetState, cluster: string, ending: UpgradeEnding, nowMs: number): FleetState {
  const ended = withCluster(state, cluster, { running: null });
  if (clusterOf(state, cluster)?.phase !== 'upgrading') return ended;
  const { outcome, detail } = ending;
  const phase = outcome === 'failed' ? 'failed' : 'upgraded';
  return withCluster(ended, cluster, { phase, ending: outcome, detail, sinceMs: nowMs, isUnreachable: false });
}

export function afterSurvey(
  state: FleetState,
  cluster: string,
  survey: { readonly kind: 'clear' | 'blocked'; readonly detail: string },
): FleetState {
  const ended = withCluster(state, cluster, { running: null, isUnreachable: false });
  return clusterOf(state, cluster)?.phase === 'waiting' ? withCluster(ended, cluster, { survey }) : ended;
}

/** Where the run says so, a cluster that takes no work is left out; it can be tried again. */
export function afterReach(
  state: FleetState,
  { cluster, isUnreachable }: { readonly cluster: string; readonly isUnreachable: boolean },
  { onUnreachable, nowMs }: Pick<FleetRules, 'onUnreachable'> & { readonly nowMs: number },
): FleetState {
  const known = clusterOf(state, cluster);
  if (known === undefined || !isAwaited(known) || known.isUnreachable === isUnreachable) return state;
  if (!isUnreachable || onUnreachable === 'halt') return withCluster(state, cluster, { isUnreachable });
  return withCluster(state, cluster, {
    phase: 'skipped',
    ending: 'unreachable',
    detail: UNREACHABLE,
    sinceMs: nowMs,
    isUnreachable,
  });
}

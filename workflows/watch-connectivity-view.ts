/** What others see of a watch: its status, its search attributes, the words in the Temporal UI. */

import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { VIGILANTE_CLUSTER, VIGILANTE_STATE } from '../contracts/search-attributes.ts';
import type { ConnectivityStatus } from '../contracts/watch-connectivity.ts';
import { unnamedCount } from '../domain/connectivity-nodes.ts';
import { shownState } from '../domain/connectivity-watch.ts';
import { describeWatch } from '../domain/connectivity-words.ts';
import type { WatchSession } from './watch-connectivity-session.ts';

/** Says in words what the watch sees; writes the search attributes only when the state changed. */
export function showState(session: WatchSession): void {
  setCurrentDetails(detailsOf(session));
  if (!session.policy.searchAttributes) return;
  const shown = shownState(session.state);
  if (workflowInfo().typedSearchAttributes.get(VIGILANTE_STATE) === shown) return;
  upsertSearchAttributes([
    { key: VIGILANTE_STATE, value: shown },
    { key: VIGILANTE_CLUSTER, value: session.cluster },
  ]);
}

export function statusOf(session: WatchSession): ConnectivityStatus {
  const { cluster, policy, state, verdict, unavailable, lastEvaluationMs } = session;
  return {
    ...{ cluster, policy, verdict, unavailable, lastEvaluationMs, writeProblem: session.writeProblem },
    state: shownState(state),
    streak: state.last?.streak ?? 0,
    evaluations: state.evaluations,
    nextEvaluationMs: nextEvaluationMs(session),
    alarmedNodes: alarmedNodes(session),
    transitions: state.transitions,
  };
}

function detailsOf(session: WatchSession): string {
  const { cluster, policy, state, verdict, unavailable, lastEvaluationMs } = session;
  return describeWatch({
    ...{ cluster, unavailable, lastEvaluationMs, writeProblem: session.writeProblem },
    state: shownState(state),
    failuresToAlarm: policy.failuresToAlarm,
    counts: verdict?.counts ?? null,
    pauseReason: state.pause?.reason ?? null,
    failing: verdict?.failing ?? [],
    unnamed: verdict === null ? 0 : unnamedCount(verdict),
    alarmedNodes: alarmedNodes(session),
    sinceMs: state.transitions.at(-1)?.atMs ?? null,
    nextEvaluationMs: nextEvaluationMs(session),
  });
}

function alarmedNodes({ state }: WatchSession): readonly string[] {
  return state.nodes.filter(({ alarmed }) => alarmed).map(({ name }) => name);
}

function nextEvaluationMs({ state, dueMs }: WatchSession): number | null {
  return state.pause === null && dueMs > 0 ? dueMs : null;
}

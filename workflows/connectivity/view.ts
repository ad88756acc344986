/** Shows a watch to others: its status, its search attributes, the current details in the Temporal UI. */

import { setCurrentDetails } from '@temporalio/workflow';
import type { ConnectivityStatus } from '../../contracts/connectivity/watch-connectivity.ts';
import { VIGILANTE_CLUSTER } from '../../contracts/search-attributes.ts';
import { describeWatch } from '../../domain/connectivity/messages.ts';
import { unnamedCount } from '../../domain/connectivity/verdict.ts';
import { shownState } from '../../domain/connectivity/watch.ts';
import { stateAttribute, writeState } from '../state-attribute.ts';
import type { WatchSession } from './session.ts';

/** Shows what the watch sees; writes the search attributes only when the state changed. */
export function showState(session: WatchSession): void {
  setCurrentDetails(detailsOf(session));
  if (!session.policy.searchAttributes) return;
  session.stateAttribute ??= stateAttribute(session.resumedState);
  const cluster = { key: VIGILANTE_CLUSTER, value: session.cluster };
  writeState(session.stateAttribute, shownState(session.state), [cluster]);
}

export function statusOf(session: WatchSession): ConnectivityStatus {
  const { cluster, policy, state, verdict, unavailable, lastEvaluationMs } = session;
  return {
    cluster,
    policy,
    verdict,
    unavailable,
    lastEvaluationMs,
    writeProblem: session.writeProblem,
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
    cluster,
    unavailable,
    lastEvaluationMs,
    writeProblem: session.writeProblem,
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

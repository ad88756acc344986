/** Shows a heal to others: its status, its search attributes, the current details in the Temporal UI. */

import { setCurrentDetails } from '@temporalio/workflow';
import type { HealingStatus, HealingWatchStatus, HealState, TaintStatus } from '../../contracts/healing/heal-node.ts';
import { VIGILANTE_CLUSTER, VIGILANTE_NODE } from '../../contracts/search-attributes.ts';
import { describeHealing, describeRefusal } from '../../domain/healing/messages.ts';
import { describeCap, type TaintCap } from '../../domain/healing/startup-taint.ts';
import type { HealingState } from '../../domain/healing/state.ts';
import { watchEndMs } from '../../domain/healing/watch.ts';
import type { HealingRules } from '../../domain/healing/window.ts';
import { writeState } from '../state-attribute.ts';
import { nowOf } from '../workflow-time.ts';
import type { HealSession } from './session.ts';

/** Shows what the heal does now; writes the search attributes only when the state changed. */
export function showState(session: HealSession, outcome: HealState | null): void {
  const { state, input } = session;
  const shown = outcome ?? state?.phase ?? 'healing';
  if (outcome === null) showDetails(session);
  else setCurrentDetails(`Ended as ${outcome}: node ${input.node}, ${state?.window.podsProven ?? 0} proven pods.`);
  if (session.stateAttribute === null) return;
  writeState(session.stateAttribute, shown, [
    { key: VIGILANTE_CLUSTER, value: input.cluster },
    { key: VIGILANTE_NODE, value: input.node },
  ]);
}

/** Shows what the heal does now, and what the API server refuses of it. */
export function showDetails(session: HealSession): void {
  const { state, input, policy, refusal, eventProblem, capped } = session;
  const heal = { node: input.node, rules: policy, nowMs: nowOf(session) };
  const parts = [
    state === null ? '' : describeHealing(state, heal),
    capped === null ? '' : describeCap(capped),
    refusal === null ? '' : describeRefusal(refusal),
    eventProblem === null ? '' : `The newest Event was left out: ${eventProblem}.`,
  ].filter((part) => part !== '');
  if (parts.length > 0) setCurrentDetails(parts.join(' '));
}

export function statusOf(session: HealSession): HealingStatus {
  const { input, policy, state } = session;
  const window = state?.window;
  return {
    cluster: input.cluster,
    node: input.node,
    nodeUid: session.nodeUid,
    state: state?.phase ?? 'healing',
    attempts: state?.attempts ?? 0,
    attemptsInWindow: window?.attempts ?? 0,
    podsProven: window?.podsProven ?? 0,
    provenPodsMin: policy.provenPodsMin,
    rejectedInARow: window?.rejectedInARow ?? 0,
    errorBudget: policy.errorBudget,
    lastError: session.refusal?.message ?? state?.lastError ?? session.eventProblem,
    refusal: session.refusal,
    lastEvidence: state?.lastEvidence ?? null,
    ...(state?.lastRefuted === undefined ? {} : { lastRefuted: state.lastRefuted }),
    ...effectStatus(session),
    ...(session.cap === null ? {} : { taint: taintOf(session, session.cap) }),
    mark: state?.node.kind === 'present' ? (state.node.facts.mark ?? null) : null,
    windowStartMs: window?.startMs ?? null,
    windowEndMs: window?.endMs ?? null,
    nextAttemptMs: nextAttemptMs(state),
    retryAtMs: state?.wakeAtMs ?? null,
    pod: state?.pod ?? null,
  };
}

function nextAttemptMs(state: HealingState | null): number | null {
  if (state?.phase === 'watching') return state.watch?.nextAttemptMs ?? null;
  return state?.phase === 'healing' ? state.window.nextAttemptMs : null;
}

/** Nothing for a heal that ends with its window: its answers stay as they were. */
function effectStatus({
  policy,
  state,
}: HealSession): Pick<HealingStatus, 'streak' | 'notProven' | 'relapses' | 'watch'> {
  const { early } = policy;
  if (early === undefined) return {};
  const notProven = state?.window.notProven;
  return {
    streak: { proofs: state?.window.row?.proofs ?? 0, needed: early.proofsInARow },
    ...(notProven === undefined ? {} : { notProven }),
    relapses: state?.relapses ?? 0,
    watch: state === null ? null : watchStatus(state, policy),
  };
}

function watchStatus(state: HealingState, rules: HealingRules): HealingWatchStatus | null {
  if (state.phase !== 'watching' || state.watch === undefined) return null;
  const { markedMs, detail, attempts, refutedInARow, isBraked } = state.watch;
  return { markedMs, untilMs: watchEndMs(state, rules), detail, attempts, refutedInARow, isBraked };
}

function taintOf({ state, capped }: HealSession, { capMs }: TaintCap): TaintStatus {
  const facts = state?.node.kind === 'present' ? state.node.facts : undefined;
  return {
    tainted: facts?.tainted ?? null,
    capAtMs: facts?.createdMs === undefined ? null : facts.createdMs + capMs,
    capped,
  };
}

/** The steps of a heal whose pods are waited for. */

import { workflowInfo } from '@temporalio/workflow';
import type { OnboardingPolicy } from '../../contracts/healing/onboard-node.ts';
import { recordProbe } from '../../domain/healing/probe.ts';
import { beginState, observe } from '../../domain/healing/state.ts';
import { recordWatch, resumeWatch, watchRules } from '../../domain/healing/watch.ts';
import { call } from './calls.ts';
import { type BegunSession, type HealSession, nodeRef, type StepResult } from './session.ts';
import { attemptedNow, startMessage } from './steps.ts';
import { showState } from './view.ts';

/** Begins the heal, or begins it again after `restartHealing`. The first probe is due at once. */
export async function beginProbing(session: HealSession): Promise<BegunSession> {
  const { restart, input, policy } = session;
  const { node, eventProblem } = await call(session, 'beginOnboarding', {
    summary: restart === null ? 'remove earlier pods' : 'set the annotation to false, remove earlier pods',
    input: {
      node: input.node,
      resetAnnotation: restart !== null,
      event: startMessage(input.node, workflowInfo().workflowId, restart),
      ...(isWatchEnough(session) ? { isWatchEnough: true } : {}),
    },
  });
  // A second signal during the activity asked for what has just been done.
  session.restart = null;
  session.eventProblem = eventProblem ?? null;
  if (node.kind === 'present') session.nodeUid = node.facts.uid;
  const at = attemptedNow(session);
  const state = beginState({ node, attempts: session.state?.attempts ?? 0, rules: policy, nowMs: at.nowMs });
  const relapses = session.state?.relapses;
  const counted = relapses === undefined ? state : { ...state, relapses };
  const begun = Object.assign(session, { state: resumeWatch(counted, at) ?? counted });
  showState(begun, null);
  return begun;
}

/** A marked node is watched without end: then a heal that begins may find that there is nothing to heal (E22). */
function isWatchEnough({ policy, restart }: HealSession): boolean {
  return restart === null && watchRules(policy)?.watch === 'always';
}

export async function probe(session: BegunSession, policy: OnboardingPolicy): StepResult {
  const attempt = session.state.attempts + 1;
  const { endpoints, require, patienceMs } = policy;
  const isWatch = session.state.phase === 'watching';
  const { node, outcome } = await call(session, 'probePod', {
    summary: `create pod ${attempt}, wait for its end, judge it`,
    input: {
      node: nodeRef(session),
      attempt,
      probe: { endpoints, require, patienceMs },
      purpose: 'heal',
      isAfterRejection: session.state.window.rejectedInARow > 0,
      ...(isWatch ? { isWatch } : {}),
    },
    takesMs: patienceMs,
    isFirstProbe: attempt === 1,
  });
  const at = attemptedNow(session);
  const recorded = isWatch ? recordWatch(session.state, outcome, at) : recordProbe(session.state, outcome, at);
  session.state = observe(recorded, node, at);
  return null;
}

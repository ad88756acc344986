/** The cap of a node's startup taint: a timer beside the loop of the heal, which may wait for a pod for minutes (E29). */

import { condition, isCancellation, log, sleep } from '@temporalio/workflow';
import { assertNever } from '../../domain/assert-never.ts';
import { clockTime } from '../../domain/clock-time.ts';
import { type TaintAction, type TaintCap, taintPlan } from '../../domain/healing/startup-taint.ts';
import { nowOf } from '../workflow-time.ts';
import { callOf } from './calls.ts';
import { type HealSession, nodeRef } from './session.ts';
import { showDetails } from './view.ts';

/** A node from the future, as somebody may have reported it by hand: Temporal refuses a timer that is much longer. */
const TIMER_MAX_MS = 86_400_000;

/** Runs until the cap was kept, or the heal ends. To be called in the main function of a workflow, outside of its steps. */
export function keepCap(session: HealSession): void {
  const { cap } = session;
  if (cap === null) return;
  capped(session, cap).catch((error: unknown) => {
    // A heal that is cancelled leaves the taint as it is (E27).
    if (!isCancellation(error)) log.warn('the cap of the startup taint was not kept', { error: String(error) });
  });
}

async function capped(session: HealSession, cap: TaintCap): Promise<void> {
  await condition(() => createdMs(session) !== undefined);
  for (;;) {
    const action = nextTaintAction(session, cap);
    switch (action.kind) {
      case 'none':
        return;
      case 'wait':
        await sleep(Math.max(1, Math.min(action.untilMs - nowOf(session), TIMER_MAX_MS)), {
          summary: `cap of the startup taint at ${clockTime(action.untilMs)}`,
        });
        break;
      case 'cap-taint':
        await capTaint(session, cap);
        break;
      default:
        assertNever(action);
    }
  }
}

function nextTaintAction(session: HealSession, cap: TaintCap): TaintAction {
  const isCapped = session.capped !== null;
  return taintPlan({ cap, createdMs: createdMs(session), isCapped, nowMs: nowOf(session) });
}

async function capTaint(session: HealSession, cap: TaintCap): Promise<void> {
  const { input, profile, policy } = session;
  const place = { cluster: input.cluster, profile, retryMaxMs: policy.intervalMs };
  const { kind } = await callOf(place, 'capTaint', {
    summary: cap.onTimeout === 'remove' ? 'remove the startup taint without a mark' : 'report the startup taint',
    input: { node: nodeRef(session), ...cap },
  });
  session.capped = kind;
  showDetails(session);
}

/** Of the node that the heal is for; another one of its name has another heal. */
function createdMs({ state, nodeUid }: HealSession): number | undefined {
  const node = state?.node;
  return node?.kind === 'present' && node.facts.uid === nodeUid ? node.facts.createdMs : undefined;
}

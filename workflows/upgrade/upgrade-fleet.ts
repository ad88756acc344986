/** The workflow `upgradeFleet`: upgrades clusters stage by stage, and lets each stage soak before the next one begins. */

import { CancellationScope, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import { parseUpgradeFleetInput } from '../../contracts/upgrade/fleet-parser.ts';
import { FLEET_TASK_QUEUE, upgradeFleetWorkflowId } from '../../contracts/upgrade/names.ts';
import type { UpgradeFleetInput, UpgradeFleetResult } from '../../contracts/upgrade/upgrade-fleet.ts';
import { abortFleet } from '../../domain/upgrade/fleet-decisions.ts';
import { fleetPlan } from '../../domain/upgrade/fleet-plan.ts';
import { acceptedAt } from '../accepted-input.ts';
import { unlessOvertaken } from '../new-run.ts';
import { waitForNews } from '../watch-run.ts';
import { nowOf } from '../workflow-time.ts';
import { announce } from './fleet-announce.ts';
import { answerPeople, receiveSignals } from './fleet-handlers.ts';
import { change, type FleetResume, type FleetSession, resultOf, resumeOf, sessionFor, show } from './fleet-session.ts';
import { begin, inBackground, reach, watchMaintainers } from './fleet-steps.ts';

/** Where only news is waited for: it is looked again all the same, since a proof grows old. */
const LOOK_AGAIN_MS = 3_600_000;

/**
 * @param input self-contained; wrong input fails the workflow with the key and what is allowed.
 * @param resume handed over by continue-as-new only; ignored when the workflow is started by hand.
 */
export async function upgradeFleet(input: UpgradeFleetInput, resume?: FleetResume): Promise<UpgradeFleetResult> {
  const accepted = acceptedAt(parseUpgradeFleetInput(input), ({ run }) => ({
    id: upgradeFleetWorkflowId(run),
    queue: FLEET_TASK_QUEUE,
  }));
  const isContinued = workflowInfo().continuedFromExecutionRunId !== undefined;
  const session = sessionFor(accepted, isContinued ? resume : undefined);
  receiveSignals(session);
  answerPeople(session);
  // What runs in a cluster ends at its next border, so a cancellation is an abort.
  CancellationScope.current().cancelRequested.catch(() => {
    const stopped = abortFleet(
      session.state,
      { by: 'a cancellation', reason: 'requested in Temporal' },
      nowOf(session),
    );
    if (stopped.kind === 'decided') change(session, stopped.state);
  });
  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      const result = await unlessOvertaken(
        () => upgradeAll(session),
        () => session.state !== session.handedOver,
      );
      if (result !== null) return result;
    }
  });
}

async function upgradeAll(session: FleetSession): Promise<UpgradeFleetResult> {
  const watch = new CancellationScope({ cancellable: true });
  watch.run(() => watchMaintainers(session)).catch(() => undefined);
  try {
    for (;;) {
      session.isNews = false;
      reach(session);
      show(session);
      const action = fleetPlan(session.state, session.input, nowOf(session));
      if (action.kind === 'finish' && session.pending === 0) {
        session.result = resultOf(session, action);
        show(session);
        await announce(session);
        return session.result;
      }
      if (action.kind !== 'wait' && action.kind !== 'finish') begin(session, action);
      // The soaks of the stage before are told to end by this run.
      if (action.kind === 'next-stage') await condition(() => session.pending === 0);
      const isBorder = action.kind === 'next-stage' || workflowInfo().continueAsNewSuggested;
      if (isBorder && isAlone(session)) {
        session.handedOver = session.state;
        return await continueAsNew<typeof upgradeFleet>(session.input, resumeOf(session));
      }
      if (action.kind === 'wait') {
        inBackground(announce(session));
        await waitForMore(session, action.untilMs);
      }
      if (action.kind === 'finish') await waitForMore(session, null);
    }
  } finally {
    watch.cancel();
  }
}

/** What a child of an earlier run returns is lost, and so is what the server has not taken yet; soaks report by signals. */
function isAlone({ state, pending }: FleetSession): boolean {
  return pending === 0 && state.clusters.every(({ running }) => running === null || running.kind === 'soak');
}

async function waitForMore(session: FleetSession, untilMs: number | null): Promise<void> {
  const lookMs = nowOf(session) + LOOK_AGAIN_MS;
  await waitForNews(session, {
    untilMs: Math.min(lookMs, untilMs ?? lookMs),
    isNews: () => session.isNews,
    summary: 'until there is news',
    outlastsRun: true,
  });
}

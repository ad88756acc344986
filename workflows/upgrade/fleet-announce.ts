/** Tells others where a run over several clusters has come to a border; nothing ever waits for it (M48). */

import { workflowInfo } from '@temporalio/workflow';
import type { TellFleetInput } from '../../contracts/upgrade/upgrade-events.ts';
import type { FleetStateName } from '../../contracts/upgrade/upgrade-fleet.ts';
import { type FleetSession, statusOf } from './fleet-session.ts';
import { call, counted } from './fleet-steps.ts';

/** The activity answers at once, and goes on to tell them. */
const START_TO_CLOSE_MS = 30_000;

const EVENTS: Readonly<Record<FleetStateName, TellFleetInput['event'] | null>> = {
  surveying: null,
  running: 'FleetRuns',
  soaking: 'FleetSoaks',
  'waiting-for-approval': 'FleetWaitsForApproval',
  paused: null,
  halted: 'FleetHalted',
  stopping: null,
  ended: 'FleetEnded',
};

/** Never throws. */
export async function announce(session: FleetSession): Promise<void> {
  const border = borderOf(session);
  if (border === null) return;
  await counted(session, tell(border));
}

async function tell(border: TellFleetInput): Promise<void> {
  const how = { summary: `tell others: ${border.event}`, startToCloseMs: START_TO_CLOSE_MS, heartbeats: false };
  await call('tellFleet', how, border);
}

/** Null where nothing is to be told, or was told already. */
function borderOf(session: FleetSession): TellFleetInput | null {
  const { run, versions, state, stage, waitsFor, outcome, detail } = statusOf(session);
  const event = EVENTS[state];
  // Each stage has its own borders.
  const border = `${event} ${stage}`;
  if (event === null || border === session.announced) return null;
  session.announced = border;
  const message = [
    `run ${run} to ${versions.kubernetes}: ${state}${stage === null ? '' : `, stage ${stage}`}`,
    ...(outcome === null ? waitsFor : [`${outcome}: ${detail}`]),
  ].join('; ');
  const { runId, historyLength } = workflowInfo();
  return { run, event, message, key: `${runId} ${historyLength}` };
}

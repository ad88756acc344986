/** Tells others where an upgrade has come to a border; nothing ever waits for it (M48). */

import { workflowInfo } from '@temporalio/workflow';
import type { UpgradeStateName } from '../../domain/upgrade/cluster-words.ts';
import { callOf } from './calls.ts';
import type { UpgradeSession } from './session.ts';
import { statusOf } from './view.ts';

const EVENTS = {
  running: 'UpgradeRuns',
  halted: 'UpgradeHalted',
  'waiting-for-approval': 'UpgradeWaitsForApproval',
  ended: 'UpgradeEnded',
} as const satisfies Partial<Record<UpgradeStateName, string>>;

export async function announce(session: UpgradeSession): Promise<void> {
  const { run, cluster, mode, state, waitsFor, outcome, detail, versions } = statusOf(session);
  const event = Object.entries(EVENTS).find(([name]) => name === state)?.[1];
  if (mode === 'survey' || event === undefined || session.announced === event) return;
  session.announced = event;
  const what = outcome === null ? waitsFor.join('; ') : `${outcome}: ${detail}`;
  const message = [`upgrade of ${cluster} to ${versions.kubernetes}: ${state}`, what]
    .filter((text) => text !== '')
    .join('; ');
  const key = `${workflowInfo().runId} ${workflowInfo().historyLength}`;
  const call = { summary: `tell others: ${event}`, input: { run, event, message, key }, attemptsMax: 1 };
  await callOf('tellUpgrade', call).catch(() => undefined);
}

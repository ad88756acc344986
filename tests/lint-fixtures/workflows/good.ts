/** Lint fixture: the same calls done right; nothing may be reported. */

import { proxyActivities, sleep } from '@temporalio/workflow';
import type { FixtureActivities } from '../activities/index.ts';

const { probeNode } = proxyActivities<FixtureActivities>({ startToCloseTimeout: '1 minute' });

export async function awaited(): Promise<string> {
  await sleep('1 minute');
  return probeNode(`node-${Date.now()}`);
}

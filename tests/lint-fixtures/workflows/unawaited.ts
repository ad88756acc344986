/** Lint fixture: a timer and an activity that are not awaited, and a `void`; all are no-floating-promises. */

import { proxyActivities, sleep } from '@temporalio/workflow';
import type { FixtureActivities } from '../activities/index.ts';

const { probeNode } = proxyActivities<FixtureActivities>({ startToCloseTimeout: '1 minute' });

export async function unawaited(): Promise<void> {
  sleep('1 minute');
  probeNode('node-1');
  void sleep('1 minute');
}

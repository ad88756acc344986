/** The watch of a node whose own API server is acted upon: how long that may be away. */

import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { WatchNodeInput, WatchNodeResult } from '../../contracts/maintenance/activities.ts';
import { ClusterError } from '../../kubernetes/client/cluster-error.ts';
import { REBOOT, version } from '../../tests/fixtures/maintenance.ts';
import { nodeRef } from '../../tests/fixtures/nodes.ts';
import type { MaintenanceActivityDeps } from './deps.ts';
import { watchNode } from './watching.ts';

const INPUT: WatchNodeInput = {
  node: nodeRef('cp-1'),
  baseline: { kubelet: null, bootId: 'boot-1' },
  expect: { ...REBOOT, controlPlane: { binary: version('v1.37.2'), emulated: '1.37' } },
  settleMs: 4,
  forMs: 60_000,
  handle: null,
  failure: null,
  asksForHealing: false,
  awayMs: 0,
  awayMaxMs: 30,
};

const AWAY = new ClusterError({ kind: 'unreachable', message: 'connection refused' });

/** Answers of the API server, one for each look; the last one stays. */
function watch(answers: readonly ('away' | 'gone')[], change: Partial<WatchNodeInput> = {}) {
  let looks = 0;
  const find = async () => {
    const answer = answers[Math.min(looks, answers.length - 1)];
    looks += 1;
    if (answer === 'away') throw AWAY;
    return { kind: 'gone' };
  };
  const deps = { nodes: { find }, watchEveryMs: 1 } as unknown as MaintenanceActivityDeps;
  const look = () => watchNode(deps, { ...INPUT, ...change });
  return new MockActivityEnvironment().run<[], WatchNodeResult, typeof look>(look);
}

test('M33: an API server that is away is waited for, and after the time that it may take that is told', async () => {
  expect(await watch(['away', 'away', 'gone'], { awayMaxMs: 60_000 })).toEqual({ kind: 'gone' });
  const told = await watch(['away']);
  expect(told).toMatchObject({ kind: 'slice-over', facts: null, missing: ['connection refused'], ended: null });
  expect('awayMs' in told ? told.awayMs : 0).toBeGreaterThanOrEqual(INPUT.awayMaxMs);
});

test('M33: the time before counts', async () => {
  const told = await watch(['away'], { awayMs: 59_980, awayMaxMs: 60_000 });
  expect('awayMs' in told ? told.awayMs : 0).toBeGreaterThanOrEqual(60_000);
});

test('M33: of a node whose API server is not acted upon an outage is ours, not the node', async () => {
  await expect(watch(['away'], { expect: REBOOT })).rejects.toBe(AWAY);
});

/** A slow API server does not keep the watch of the connectivity from its next evaluation for long. */

import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { NodeConnectivityChange, RecordNodeConnectivityResult } from '../../contracts/connectivity/activities.ts';
import type { NodeCondition } from '../../kubernetes/nodes/conditions.ts';
import { nodeRef } from '../../tests/fixtures/nodes.ts';
import { recordNodeConnectivity } from './recording.ts';

function change(index: number): NodeConnectivityChange {
  return { node: nodeRef(`node-${index}`), alarmed: true, reason: 'AgentsAbsent', message: 'absent', changedMs: 1 };
}

test.each([
  [1, 100],
  // Five at a time: the third round begins at 60 s.
  [30_000, 10],
  [29_999, 15],
  [34_000, 10],
])('where each node takes %i ms, %i of a hundred are recorded, the rest is due again', async (tookMs, recorded) => {
  let nowMs = 0;
  let written = 0;
  const conditions = {
    async write(_node: unknown, _condition: NodeCondition) {
      written += 1;
      if (written % 5 === 0) nowMs += tookMs;
      return 'written' as const;
    },
    find: async () => [],
  };
  const deps = { conditions, events: { record: async () => {} } };
  const changes = Array.from({ length: 100 }, (_, index) => change(index));
  const environment = new MockActivityEnvironment();

  const { outcomes }: RecordNodeConnectivityResult = await environment.run(() =>
    recordNodeConnectivity(deps, changes, () => nowMs),
  );

  expect(outcomes).toEqual([
    ...Array.from({ length: recorded }, () => 'written'),
    ...Array.from({ length: 100 - recorded }, () => 'refused'),
  ]);
});

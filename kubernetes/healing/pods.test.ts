/** What the answers to a created pod mean. */

import { expect, test } from '@jest/globals';
import { nodeRef } from '../../tests/fixtures/nodes.ts';
import { ClusterError, failureOfAnswer } from '../client/cluster-error.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { createHealingPods } from './pods.ts';

const node = nodeRef('win-1');

/** An API server that answers everything with one failure. */
function answering(status: number, reason: string): ClusterConnection {
  return {
    namespace: null,
    serverNowMs: () => Date.now(),
    async send(target) {
      throw new ClusterError(failureOfAnswer(target, { status, body: { reason, message: 'words' } }));
    },
    async stream() {
      throw new Error('nothing is watched here');
    },
    problem: () => null,
    close: async () => {},
  };
}

function create(status: number, reason: string) {
  const settings = { namespace: 'vigilante', image: 'pause', tolerations: [], intervalMs: 30_000 };
  return createHealingPods(answering(status, reason), settings).create({ node, attempt: 1, run: 'run-1' });
}

test.each([
  [400, 'BadRequest'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [422, 'Invalid'],
])('H11: a pod answered with %d %s is rejected', async (status, reason) => {
  expect(await create(status, reason)).toMatchObject({ kind: 'rejected', status });
});

test('H15: a pod whose name is taken is not rejected', async () => {
  expect(await create(409, 'AlreadyExists')).toEqual({ kind: 'already-exists' });
});

test.each([
  [409, 'Conflict'],
  [429, 'TooManyRequests'],
  [500, 'InternalError'],
  [503, 'ServiceUnavailable'],
])('H11: %d %s is no rejection: the attempt is retried and not counted', async (status, reason) => {
  await expect(create(status, reason)).rejects.toMatchObject({ failure: { kind: 'unreachable' } });
});

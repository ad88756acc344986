/** Writing a node against answers that an API server gives seldom. */

import { expect, test } from '@jest/globals';
import { nodeRef } from '../../tests/fixtures/nodes.ts';
import { ClusterError } from '../client/cluster-error.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { createNodes } from './nodes.ts';

const HEALED = 'healed';

function nodesThatAnswer(message: string) {
  const failure = { kind: 'refused', status: 409, reason: 'Conflict', message } as const;
  const connection: ClusterConnection = {
    namespace: null,
    serverNowMs: () => Date.now(),
    send: async () => {
      throw new ClusterError(failure);
    },
    stream: async () => {
      throw new ClusterError(failure);
    },
    problem: () => null,
    close: async () => {},
  };
  const nodes = createNodes(connection, { healedAnnotation: HEALED });
  return (version: string | null) => nodes.annotate(nodeRef('win-1'), { [HEALED]: 'false' }, version);
}

test('H11, H13: a conflict with other writers is retried soon, and is no refusal', async () => {
  const annotate = nodesThatAnswer('the object has been modified; please apply your changes to the latest version');
  await expect(annotate(null)).rejects.toMatchObject({
    failure: { kind: 'unreachable', message: expect.stringContaining('has been modified') },
  });
});

test('H7: a conflict about the version that was asked for says that the node has changed', async () => {
  expect(await nodesThatAnswer('the object has been modified')('7')).toEqual({ kind: 'node-changed' });
});

test('H7: a conflict about the uid says that the node is another one', async () => {
  const annotate = nodesThatAnswer('Precondition failed: UID in precondition: uid-1, UID in object meta: uid-2');
  expect(await annotate(null)).toEqual({ kind: 'node-replaced' });
});

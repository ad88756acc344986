/** What becomes of an Event that is not written: dropped where it was refused, tried again where no answer came. */

import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';

import { ClusterError, type ClusterFailure } from '../kubernetes/client/cluster-error.ts';
import type { NodeEvent } from '../kubernetes/nodes/events.ts';
import { nodeRef } from '../tests/fixtures/nodes.ts';
import { type EventDeps, recordEvent } from './events.ts';

const node = nodeRef('win-1');

const silent = () => {};
const SILENT = { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent };

async function record(failure: ClusterFailure | null) {
  const written: NodeEvent[] = [];
  const dropped: string[] = [];
  const deps: EventDeps = {
    events: {
      async record(event) {
        if (failure !== null) throw new ClusterError(failure);
        written.push(event);
      },
    },
    onEventDropped: (reason) => dropped.push(reason),
  };
  const environment = new MockActivityEnvironment({}, { logger: SILENT });
  const input = { node, type: 'Normal', reason: 'Healed', message: 'proved', key: 'run/1' } as const;
  const recorded: unknown = environment.run(() => recordEvent(deps, input));
  const outcome = await Promise.resolve(recorded).then(
    () => 'done',
    () => 'thrown',
  );
  return { outcome, written: written.length, dropped };
}

test.each<[string, ClusterFailure | null, object]>([
  ['an Event that is taken is written', null, { outcome: 'done', written: 1, dropped: [] }],
  [
    'a refused Event is dropped and counted',
    { kind: 'refused', status: 403, reason: 'Forbidden', message: 'no' },
    { outcome: 'done', written: 0, dropped: ['Healed'] },
  ],
  [
    'an Event that found no API server is left to a retry',
    { kind: 'unreachable', message: 'connect ECONNREFUSED' },
    { outcome: 'thrown', written: 0, dropped: [] },
  ],
])('H17: %s', async (_what, failure, expected) => {
  expect(await record(failure)).toEqual(expected);
});

/** What the status of an ended pod says. */

import { expect, test } from '@jest/globals';
import { endedPodPatch } from './pod-status.ts';

const POD = { uid: 'uid-1', podIp: '127.64.0.1', hostIp: '127.128.0.1', startedMs: 1_500 };
const CONTAINER = { name: 'echo-a', image: 'probe:1', argv: [], exitCode: 0, message: 'answer\n', finishedMs: 3_999 };

test('a pod that ended well has succeeded, with its answer and both addresses', () => {
  expect(endedPodPatch({ ...POD, containers: [CONTAINER] })).toMatchObject({
    metadata: { uid: 'uid-1' },
    status: {
      phase: 'Succeeded',
      hostIP: '127.128.0.1',
      hostIPs: [{ ip: '127.128.0.1' }],
      podIP: '127.64.0.1',
      podIPs: [{ ip: '127.64.0.1' }],
      startTime: '1970-01-01T00:00:01Z',
      conditions: [
        { type: 'PodReadyToStartContainers', status: 'False' },
        { type: 'Initialized', status: 'True' },
        { type: 'ContainersReady', status: 'False' },
        { type: 'Ready', status: 'False', reason: 'PodCompleted' },
      ],
      containerStatuses: [
        {
          name: 'echo-a',
          containerID: expect.stringMatching(/^containerd:\/\/[0-9a-f]{64}$/),
          state: {
            terminated: {
              exitCode: 0,
              reason: 'Completed',
              message: 'answer\n',
              startedAt: '1970-01-01T00:00:01Z',
              finishedAt: '1970-01-01T00:00:03Z',
            },
          },
        },
      ],
    },
  });
});

test('a pod with one container that failed has failed', () => {
  const failed = { ...CONTAINER, name: 'echo-b', exitCode: 28, message: 'curl: (28) …' };
  expect(endedPodPatch({ ...POD, containers: [CONTAINER, failed] })).toMatchObject({
    status: {
      phase: 'Failed',
      conditions: expect.arrayContaining([expect.objectContaining({ type: 'Ready', reason: 'PodFailed' })]),
      containerStatuses: [{}, { state: { terminated: { exitCode: 28, reason: 'Error', message: 'curl: (28) …' } } }],
    },
  });
});

test('a container without a message has none', () => {
  const patch = JSON.stringify(endedPodPatch({ ...POD, containers: [{ ...CONTAINER, message: '' }] }));
  expect(patch).not.toContain('"message"');
});

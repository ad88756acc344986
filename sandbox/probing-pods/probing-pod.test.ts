/** What the player reads from a pod. */

import { expect, test } from '@jest/globals';
import { BEHAVIOUR_LABEL } from '../behaviour.ts';
import { parsePod } from './probing-pod.ts';

function pod(names: readonly string[], more: { metadata?: object; spec?: object; status?: object } = {}): object {
  return {
    metadata: { namespace: 'a', name: 'b', uid: 'c', creationTimestamp: '1970-01-01T00:00:42Z', ...more.metadata },
    spec: {
      containers: names.map((name) => ({ name, image: 'probe:1', command: ['curl'], args: ['-q'] })),
      ...more.spec,
    },
    ...(more.status === undefined ? {} : { status: more.status }),
  };
}

test('reads where the pod is, when it was made and what its containers run', () => {
  const labels = { [BEHAVIOUR_LABEL]: 'lying' };
  expect(parsePod(pod(['echo-a'], { metadata: { labels }, spec: { nodeName: 'win-1' } }))).toEqual({
    namespace: 'a',
    name: 'b',
    uid: 'c',
    node: 'win-1',
    behaviour: 'lying',
    createdMs: 42_000,
    podIp: null,
    isFresh: true,
    probes: [{ name: 'echo-a', image: 'probe:1', argv: ['curl', '-q'] }],
  });
});

test.each([
  [['echo-a', 'echo-b'], 2],
  [['pause'], 0],
  [['echo-a', 'istio-proxy'], 0],
])('a pod with the containers %j has %d that dial', (names, count) => {
  expect(parsePod(pod(names)).probes).toHaveLength(count);
});

test('a pod that a kubelet has reported about, or that is being deleted, is not fresh', () => {
  expect(parsePod(pod(['echo-a'], { status: { phase: 'Pending' } })).isFresh).toBe(true);
  const status = { startTime: '1970-01-01T00:00:43Z', podIP: '127.64.0.1' };
  expect(parsePod(pod(['echo-a'], { status }))).toMatchObject({ isFresh: false, podIp: '127.64.0.1' });
  expect(parsePod(pod(['echo-a'], { metadata: { deletionTimestamp: '1970-01-01T00:00:43Z' } })).isFresh).toBe(false);
});

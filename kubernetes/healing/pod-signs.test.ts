/** What is read from a pod, and how it is described. */

import { expect, test } from '@jest/globals';

import type { EventObject, PodObject } from '../client/objects.ts';
import { describeNothingProven, describeSigns, podSigns } from './pod-signs.ts';

test('H5: the signs are read from the status of the pod', () => {
  const pod: PodObject = {
    status: {
      podIP: '10.244.3.7',
      hostIP: '10.0.0.4',
      hostIPs: [{ ip: '10.0.0.4' }, { ip: 'fd00::4' }],
      conditions: [{ type: 'PodReadyToStartContainers', status: 'True' }],
      containerStatuses: [{}, { containerID: 'containerd://1' }],
    },
  };
  expect(podSigns(pod)).toEqual({
    podIp: '10.244.3.7',
    hostIps: ['10.0.0.4', '10.0.0.4', 'fd00::4'],
    readyToStartContainers: true,
    hasContainerId: true,
  });
});

test.each<[string, PodObject]>([
  ['no status', {}],
  ['an empty status', { status: { podIP: '', conditions: null, containerStatuses: null, hostIPs: null } }],
  ['a container without id', { status: { containerStatuses: [{ containerID: '' }] } }],
])('H5: a pod with %s shows nothing', (_title, pod) => {
  expect(podSigns(pod)).toEqual({ podIp: null, hostIps: [], readyToStartContainers: null, hasContainerId: false });
});

test('H5: a condition that is not True is not a ready sandbox', () => {
  const withStatus = (status: string) =>
    podSigns({ status: { conditions: [{ type: 'PodReadyToStartContainers', status }] } }).readyToStartContainers;
  expect([withStatus('False'), withStatus('Unknown')]).toEqual([false, false]);
});

test.each([
  ['10.1.1.1', true, false, 'ip 10.1.1.1, sandbox ready'],
  ['10.1.1.1', null, true, 'ip 10.1.1.1, container created'],
  ['10.1.1.1', false, true, 'ip 10.1.1.1, sandbox not ready'],
  ['10.0.0.4', null, false, 'ip 10.0.0.4 of the host, no container'],
  [null, null, false, 'no ip, no container'],
])('the signs %s, %s, %s are described as %j', (podIp, readyToStartContainers, hasContainerId, text) => {
  expect(describeSigns({ podIp, hostIps: ['10.0.0.4'], readyToStartContainers, hasContainerId })).toBe(text);
});

const PENDING: PodObject = {
  status: {
    phase: 'Pending',
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }],
  },
};
const event = (reason: string, message: string, second: number, type = 'Warning'): EventObject => {
  return { type, reason, message, lastTimestamp: `2026-01-01T00:00:0${second}Z` };
};

test.each<[string, PodObject, EventObject[], string]>([
  [
    'its newest failed sandbox',
    PENDING,
    [
      event('FailedCreatePodSandBox', 'old', 1),
      event('FailedCreatePodSandBox', 'new', 2),
      event('FailedScheduling', 'late', 3),
    ],
    'FailedCreatePodSandBox: new',
  ],
  [
    'its failed scheduling',
    PENDING,
    [event('BackOff', 'x', 5), event('FailedScheduling', 'taint', 1)],
    'FailedScheduling: taint',
  ],
  [
    'any other warning',
    PENDING,
    [event('Pulled', 'fine', 5, 'Normal'), event('BackOff', 'again', 1)],
    'BackOff: again',
  ],
  ['what the scheduler wrote', PENDING, [event('Pulled', 'fine', 5, 'Normal')], 'Unschedulable: 0/3 nodes'],
  ['its phase', { status: { phase: 'Running' } }, [], 'phase Running, no ip, no container'],
  ['that nothing is known', {}, [], 'phase unknown, no ip, no container'],
])('H5: a pod that proved nothing is explained by %s', (_title, pod, events, text) => {
  expect(describeNothingProven(pod, events)).toBe(text);
});

test('an explanation is at most 300 characters long', () => {
  expect(describeNothingProven({}, [event('BackOff', 'x'.repeat(5_000), 1)])).toHaveLength(300);
});

/** Tables for what a pod proves. */

import { expect, test } from '@jest/globals';

import { type PodSigns, podEvidence, proves } from './pod-evidence.ts';

const NOTHING: PodSigns = { podIp: null, hostIps: ['10.0.0.4'], readyToStartContainers: null, hasContainerId: false };
const OWN_IP: PodSigns = { ...NOTHING, podIp: '10.244.3.7' };

test.each<[string, PodSigns, 0 | 1 | 2]>([
  ['no sign at all proves nothing', NOTHING, 0],
  ['a pod whose IP is its host’s proves nothing', { ...NOTHING, podIp: '10.0.0.4' }, 0],
  ['any of the host’s IPs proves nothing', { ...NOTHING, hostIps: ['10.0.0.4', 'fd00::4'], podIp: 'fd00::4' }, 0],
  ['a container id without an own IP proves nothing', { ...NOTHING, hasContainerId: true }, 0],
  ['a host’s IP with a container id proves nothing', { ...NOTHING, podIp: '10.0.0.4', hasContainerId: true }, 0],
  ['an own IP is level 1', OWN_IP, 1],
  ['an own IP where no host IP is known is level 1', { ...OWN_IP, hostIps: [] }, 1],
  ['an own IP with a sandbox that is not ready is level 1', { ...OWN_IP, readyToStartContainers: false }, 1],
  [
    'a container id does not outweigh a sandbox that is not ready',
    { ...OWN_IP, readyToStartContainers: false, hasContainerId: true },
    1,
  ],
  ['an own IP with a container id is level 2 where no condition is set', { ...OWN_IP, hasContainerId: true }, 2],
  ['a ready sandbox is level 2', { ...OWN_IP, readyToStartContainers: true }, 2],
  ['a ready sandbox is level 2 before the IP is reported', { ...NOTHING, readyToStartContainers: true }, 2],
])('H5: %s', (_title, signs, level) => {
  expect(podEvidence(signs)).toBe(level);
});

test.each([
  ['none', [true, true, true, true]],
  ['pod-ip', [false, true, true, true]],
  ['sandbox', [false, false, true, true]],
  ['source-address', [false, false, false, true]],
] as const)('H5, E7: evidence %s takes the levels 0 to 3 as %j', (requirement, expected) => {
  expect(([0, 1, 2, 3] as const).map((level) => proves(level, requirement))).toEqual(expected);
});

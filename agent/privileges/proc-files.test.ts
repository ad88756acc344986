/** Files of `/proc` as kernels, runtimes and other cgroup namespaces write them. */

import { expect, test } from '@jest/globals';

import { containerIn, idInside, isMapped, parseStatus } from './proc-files.ts';

const ID = '0123456789abcdef'.repeat(4);
const POD = '1b4e28ba-2fa1-11d2-883f-0016d3cca427';
const SLICE = `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${POD.replaceAll('-', '_')}.slice`;

test.each([
  ['containerd by systemd', `0::${SLICE}/cri-containerd-${ID}.scope`, ID],
  ['containerd by files', `0::/kubepods/burstable/pod${POD}/${ID}`, ID],
  ['CRI-O', `0::${SLICE}/crio-${ID}.scope`, ID],
  ['CRI-O with a group inside', `0::${SLICE}/crio-${ID}.scope/container`, ID],
  ['the monitor of CRI-O', `0::${SLICE}/crio-conmon-${ID}.scope`, null],
  ['Docker', `0::${SLICE}/docker-${ID}.scope`, ID],
  ['containerd with a slice as a file', `0::/system.slice/kubepods-pod.slice:cri-containerd:${ID}`, ID],
  ['seen from another cgroup namespace', `0::/../../kubepods-pod1.slice/cri-containerd-${ID}.scope`, ID],
  ['seen from the same pod', `0::/../cri-containerd-${ID}.scope`, ID],
  ['systemd within the container', `0::${SLICE}/cri-containerd-${ID}.scope/init.scope`, ID],
  ['version 1', `12:pids:/kubepods/pod${POD}/${ID}\n1:name=systemd:/kubepods/pod${POD}/${ID}\n0::/`, ID],
  ['the kubelet', '0::/system.slice/kubelet.service', null],
  ['the reader itself', '0::/', null],
  ['an id that is too long', `0::/kubepods/${ID}0`, null],
])('M50: the container of a process of %s', (_, cgroup, expected) => {
  expect(containerIn(`${cgroup}\n`)).toBe(expected);
});

const STATUS = [
  'Name:\tscamper',
  'Umask:\t0022',
  'Uid:\t65534\t0\t0\t0',
  'Gid:\t65534\t65534\t65534\t65534',
  'CapInh:\t0000000000000000',
  'CapPrm:\t0000000000002000',
  'CapEff:\t0000000000000000',
  'NoNewPrivs:\t1',
  'Seccomp:\t2',
];

test('M50: the effective ids of a process count, and its masks are written short', () => {
  expect(parseStatus(STATUS.join('\n'))).toEqual({
    name: 'scamper',
    uid: 0,
    gid: 65_534,
    effective: '0',
    permitted: '2000',
    noNewPrivileges: true,
    seccomp: 2,
  });
});

test.each(['Uid', 'Gid', 'CapPrm', 'CapEff'])('a status without %s says nothing', (field) => {
  expect(parseStatus(STATUS.filter((line) => !line.startsWith(`${field}:`)).join('\n'))).toBeNull();
});

test('a kernel without seccomp has none', () => {
  expect(parseStatus(STATUS.slice(0, 7).join('\n'))).toMatchObject({ noNewPrivileges: false, seccomp: 0 });
});

const HOST_MAP = '         0          0 4294967295\n';
const POD_MAP = '         0     131072      65536\n     70000     300000         10\n';

test.each([
  [HOST_MAP, false],
  [POD_MAP, true],
  ['', true],
])('M50: whether %j is the map of a user namespace: %s', (map, expected) => {
  expect(isMapped(map)).toBe(expected);
});

test.each([
  [131_072, 0],
  [131_072 + 65_534, 65_534],
  [131_072 + 65_536, 131_072 + 65_536],
  [300_003, 70_003],
  [131_071, 131_071],
])('M50: the id %i outside is %i inside', (outside, inside) => {
  expect(idInside(POD_MAP, outside)).toBe(inside);
});

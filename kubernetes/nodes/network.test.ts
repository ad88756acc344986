/** What is read of a node's network. */

import { expect, test } from '@jest/globals';
import type { NodeObject } from '../client/objects.ts';
import { nodeNetwork } from './network.ts';

test('E5: the addresses of the node are its inner and outer ones, in one spelling; names are none', () => {
  const addresses = [
    { type: 'InternalIP', address: '10.240.0.4' },
    { type: 'InternalIP', address: 'FD00:0:0::4' },
    { type: 'ExternalIP', address: '::ffff:20.1.2.3' },
    { type: 'Hostname', address: '10.9.9.9' },
    { type: 'InternalDNS', address: 'win-1' },
    { type: 'InternalIP', address: 'not an address' },
    { type: 'InternalIP' },
    { address: '10.8.8.8' },
  ];
  expect(nodeNetwork({ status: { addresses } }).addresses).toEqual(['10.240.0.4', 'fd00::4', '20.1.2.3']);
});

test('E12: the ranges of its pods are read as they are', () => {
  expect(nodeNetwork({ spec: { podCIDRs: ['10.244.3.0/24', 'fd01::/64'] } }).podCidrs).toEqual([
    '10.244.3.0/24',
    'fd01::/64',
  ]);
});

test('E2: the build of Windows is that of its label', () => {
  const labels = { 'node.kubernetes.io/windows-build': '10.0.20348' };
  expect(nodeNetwork({ metadata: { labels } }).windowsBuild).toBe('10.0.20348');
});

test.each<[string, NodeObject]>([
  ['nothing', {}],
  ['empty parts', { metadata: {}, spec: {}, status: {} }],
  ['nulls', { metadata: { labels: null }, spec: { podCIDRs: null }, status: { addresses: null } }],
])('E5: a node with %s has no network that is known', (_what, node) => {
  expect(nodeNetwork(node)).toEqual({ addresses: [], podCidrs: [], windowsBuild: undefined });
});

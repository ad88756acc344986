/** Addresses of nodes and pods on the loopback interface. */

import { expect, test } from '@jest/globals';
import { createPodAddresses, loopbackNodeAddress } from './loopback-addresses.ts';

const LAST = 64 * 256 * 254 - 1;

test.each([
  [0, '127.128.0.1'],
  [253, '127.128.0.254'],
  [254, '127.128.1.1'],
  [256 * 254, '127.129.0.1'],
  [LAST, '127.191.255.254'],
])('the node address %d is %s', (index, address) => {
  expect(loopbackNodeAddress(index)).toBe(address);
});

test('pods get one address after the other, without those that are taken', () => {
  const addresses = createPodAddresses(252);
  const none = new Set<string>();
  expect(addresses.take(none)).toBe('127.64.0.253');
  expect(addresses.take(none)).toBe('127.64.0.254');
  expect(addresses.take(new Set(['127.64.1.1', '127.64.1.2']))).toBe('127.64.1.3');
});

test('after the last address of a pod comes the first', () => {
  const addresses = createPodAddresses(LAST);
  expect([addresses.take(new Set()), addresses.take(new Set())]).toEqual(['127.127.255.254', '127.64.0.1']);
});

/** One spelling for each address. */

import { expect, test } from '@jest/globals';
import { addressRange, normalAddress } from './address.ts';

test.each([
  ['10.240.0.31', '10.240.0.31'],
  ['::ffff:10.240.0.31', '10.240.0.31'],
  ['::FFFF:0af0:001f', '10.240.0.31'],
  ['FE80:0:0:0:0:0:0:1%eth0', 'fe80::1'],
  ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['::', '::'],
])('%s is %s', (written, normal) => {
  expect(normalAddress(written)).toBe(normal);
});

test.each([
  '',
  '10.1',
  '010.0.0.1',
  '10.0.0.256',
  '1.2.3.4.5',
  ' 10.0.0.1',
  '0x7f000001',
  ':::',
  'example.com',
  '%eth0',
])('%j is no address', (text) => {
  expect(normalAddress(text)).toBeNull();
});

test.each<[string, string, boolean]>([
  ['10.240.0.0/12', '10.240.0.0', true],
  ['10.240.0.0/12', '10.255.255.255', true],
  ['10.240.0.0/12', '10.239.255.255', false],
  ['10.240.0.0/12', '11.0.0.0', false],
  ['10.240.0.7/32', '10.240.0.7', true],
  ['10.240.0.7/32', '10.240.0.6', false],
  ['0.0.0.0/0', '255.255.255.255', true],
  ['0.0.0.0/0', '::1', false],
  ['10.0.0.0/8', '::ffff:10.9.9.9', true],
  ['2001:db8::/33', '2001:db8:7fff::1', true],
  ['2001:db8::/33', '2001:db8:8000::1', false],
])('the range %s and %s: %s', (cidr, address, isIn) => {
  expect(addressRange(cidr)?.(address)).toBe(isIn);
});

test.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/-1', '10.0/8', '::/129', '10.0.0.0/8/8', 'x/8', '10.0.0.0/'])(
  '%j is no range',
  (cidr) => {
    expect(addressRange(cidr)).toBeNull();
  },
);

/** Headers of the PROXY protocol v2, right and wrong (E48). */

import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { readProxyHeader } from './proxy-header.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const V4 = `${SIGNATURE}2111000c0af0001f0a320001c2301f90`;
const bytes = (hex: string) => Buffer.from(hex, 'hex');

test('IPv4, IPv6 and a proxy that speaks for itself', () => {
  expect(readProxyHeader(bytes(V4))).toEqual({
    kind: 'header',
    peer: { address: '10.240.0.31', port: 49_712 },
    length: 28,
  });
  const v6 = `${SIGNATURE}2121002420010db8000000000000000000000001${'0'.repeat(32)}c2301f90`;
  expect(readProxyHeader(bytes(v6))).toEqual({
    kind: 'header',
    peer: { address: '2001:db8::1', port: 49_712 },
    length: 52,
  });
  expect(readProxyHeader(bytes(`${SIGNATURE}20000000`))).toEqual({ kind: 'header', peer: null, length: 16 });
});

test('what the proxy adds to the addresses is part of the header, what follows is not', () => {
  const withMore = `${SIGNATURE}211100100af0001f0a320001c2301f90e000010047455420`;
  expect(readProxyHeader(bytes(withMore))).toMatchObject({ kind: 'header', length: 32 });
});

test('every beginning of a header is incomplete', () => {
  for (let length = 0; length < 28; length += 1) {
    expect(readProxyHeader(bytes(V4).subarray(0, length))).toEqual({ kind: 'incomplete' });
  }
});

test.each([
  ['another protocol', '474554202f20485454502f312e310d0a'],
  ['version 1', Buffer.from('PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n').toString('hex')],
  ['version 3', `${SIGNATURE}3111000c0af0001f0a320001c2301f90`],
  ['an unknown command', `${SIGNATURE}2211000c0af0001f0a320001c2301f90`],
  ['UDP', `${SIGNATURE}2112000c0af0001f0a320001c2301f90`],
  ['a socket of a file', `${SIGNATURE}213100d8${'00'.repeat(216)}`],
  ['addresses that are too short', `${SIGNATURE}211100080af0001f0a320001`],
  ['a length beyond what is taken', `${SIGNATURE}2111ffff`],
])('%s is wrong', (_what, hex) => {
  expect(readProxyHeader(bytes(hex)).kind).toBe('wrong');
});

test('no bytes throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (rest) => {
      readProxyHeader(Buffer.from(rest));
      readProxyHeader(Buffer.concat([bytes(SIGNATURE), rest]));
    }),
  );
});

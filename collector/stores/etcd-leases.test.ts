/** How long a lease lives, how long it is shared, and that no record ends before its TTL. */

import { expect, test } from '@jest/globals';

import { createEtcdLeases, createLeasesByTtl } from './etcd-leases.ts';

function leasesFor(recordTtlMs: number) {
  const granted: number[] = [];
  const clock = { nowMs: 0 };
  const leases = createEtcdLeases({
    recordTtlMs,
    clock: () => clock.nowMs,
    async grant(seconds) {
      granted.push(seconds);
      return `lease-${granted.length}`;
    },
  });
  return { leases, granted, clock };
}

test.each([
  { ttlMs: 1_000, seconds: 2, sharedMs: 1_000 },
  { ttlMs: 8_000, seconds: 9, sharedMs: 1_000 },
  { ttlMs: 8_001, seconds: 10, sharedMs: 1_999 },
  { ttlMs: 300_000, seconds: 338, sharedMs: 38_000 },
])(
  'shares a lease of $seconds s for $sharedMs ms where records live $ttlMs ms',
  async ({ ttlMs, seconds, sharedMs }) => {
    const { leases, granted, clock } = leasesFor(ttlMs);
    expect(await leases.current()).toBe('lease-1');
    clock.nowMs = sharedMs;
    expect(await leases.current()).toBe('lease-1');
    clock.nowMs = sharedMs + 1;
    expect(await leases.current()).toBe('lease-2');
    expect(granted).toEqual([seconds, seconds]);
  },
);

test('uses the new lease after it was renewed', async () => {
  const { leases } = leasesFor(300_000);
  await leases.current();
  expect(await leases.renew()).toBe('lease-2');
  expect(await leases.current()).toBe('lease-2');
});

test.each([
  [1_000, 300],
  [300_000, 300],
  [300_001, 600],
  [600_000, 600],
  [600_001, 1_200],
  [172_800_000, 307_200],
])('a record that must live %i ms gets a lease for a record of %i s', async (ttlMs, seconds) => {
  const granted: number[] = [];
  const grant = async (leaseSeconds: number) => String(granted.push(leaseSeconds));
  const leases = createLeasesByTtl({ recordTtlMs: 300_000, clock: () => 0, grant });
  await leases.of(ttlMs).current();
  await leases.of(ttlMs).current();
  expect(granted).toEqual([Math.ceil(seconds * 1.125)]);
});

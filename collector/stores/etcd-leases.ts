/** Leases that let records end: one for all writes of a while, since a lease per report would be a write more each. */

export interface EtcdLeases {
  /** Id of a lease that ends between the record's TTL and a quarter more from now. */
  current(): Promise<string>;
  /** Grants a new one: etcd no longer knows the current one, or is asked to show that it takes writes. */
  renew(): Promise<string>;
}

export interface EtcdLeasesOptions {
  readonly recordTtlMs: number;
  readonly grant: (ttlSeconds: number) => Promise<string>;
  /** Milliseconds of a clock that never goes back. */
  readonly clock: () => number;
}

/** A lease lives this much longer than a record, and is used for as long as it lives longer. */
const SHARED_PART = 1 / 8;
/** Below it etcd gives a longer lease than was asked for. */
const LEASE_SECONDS_MIN = 2;

export function createEtcdLeases({ recordTtlMs, grant, clock }: EtcdLeasesOptions): EtcdLeases {
  const leaseSeconds = Math.max(LEASE_SECONDS_MIN, Math.ceil((recordTtlMs * (1 + SHARED_PART)) / 1_000));
  const usableMs = leaseSeconds * 1_000 - recordTtlMs;
  let lease: { readonly id: string; readonly grantedMs: number } | null = null;

  async function renew(): Promise<string> {
    // Before it is asked for: the lease cannot have begun earlier.
    const grantedMs = clock();
    lease = { id: await grant(leaseSeconds), grantedMs };
    return lease.id;
  }

  return {
    async current() {
      return lease !== null && clock() - lease.grantedMs <= usableMs ? lease.id : renew();
    },
    renew,
  };
}

export interface LeasesByTtl {
  /** Leases of records that must live at least so long, and at most twice as long. */
  of(ttlMs: number): EtcdLeases;
  /** etcd may no longer know any of them. */
  forget(): void;
}

/** Few leases for any number of agents: TTLs are rounded up to the configured one, doubled as often as needed. */
export function createLeasesByTtl(options: EtcdLeasesOptions): LeasesByTtl {
  const byTtl = new Map<number, EtcdLeases>();
  return {
    of(ttlMs) {
      const doublings = Math.max(0, Math.ceil(Math.log2(ttlMs / options.recordTtlMs)));
      const recordTtlMs = options.recordTtlMs * 2 ** doublings;
      const leases = byTtl.get(recordTtlMs) ?? createEtcdLeases({ ...options, recordTtlMs });
      byTtl.set(recordTtlMs, leases);
      return leases;
    },
    forget: () => byTtl.clear(),
  };
}

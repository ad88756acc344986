/** The short policy under which a run heals, so that many heals pass in minutes. Times in milliseconds. */

export interface ChaosPolicy {
  readonly windowMs: number;
  readonly intervalMs: number;
  readonly reconcileMs: number;
  /** After it a heal without proof tries again. */
  readonly retryAfterMs: number;
  readonly provenPodsMin: number;
  readonly errorBudget: number;
  /** Null where the evidence is `sandbox`. */
  readonly proof: ProofPolicy | null;
}

/** What counts in addition where pods ask the echo, and nodes are marked as soon as they are proven. */
export interface ProofPolicy {
  readonly proofsInARow: number;
  readonly proofsOverMs: number;
  readonly patienceMs: number;
  readonly taintCapMs: number;
  readonly watch: 'window' | 'always';
  readonly watchIntervalMs: number;
  readonly watchLaterMs: number;
  readonly refutedInARow: number;
}

export const EVIDENCES = ['sandbox', 'source-address'] as const;
export type ChaosEvidence = (typeof EVIDENCES)[number];

export function evidenceOf({ proof }: ChaosPolicy): ChaosEvidence {
  return proof === null ? 'sandbox' : 'source-address';
}

export const LONG_POLICY: ChaosPolicy = {
  windowMs: 40_000,
  intervalMs: 2_000,
  reconcileMs: 2_000,
  retryAfterMs: 20_000,
  provenPodsMin: 3,
  errorBudget: 4,
  proof: null,
};

/** For runs of less than a minute. */
export const SHORT_POLICY: ChaosPolicy = {
  windowMs: 8_000,
  intervalMs: 1_000,
  reconcileMs: 1_000,
  retryAfterMs: 6_000,
  provenPodsMin: 3,
  errorBudget: 4,
  proof: null,
};

/** For broken builds: a window that ends early on a busy machine shall still end early. */
export const PROOF_POLICY: ChaosPolicy = { ...SHORT_POLICY, windowMs: 16_000 };

/** Every other seed watches its nodes for ever, the others until their windows end. */
export function proofPolicy(policy: ChaosPolicy, seed: number): ChaosPolicy {
  const { intervalMs, windowMs } = policy;
  return {
    ...policy,
    proof: {
      proofsInARow: 2,
      proofsOverMs: 1.5 * intervalMs,
      patienceMs: Math.min(4 * intervalMs, windowMs / 2),
      taintCapMs: windowMs / 2,
      watch: seed % 2 === 0 ? 'window' : 'always',
      watchIntervalMs: 1.5 * intervalMs,
      watchLaterMs: 4 * intervalMs,
      refutedInARow: 2,
    },
  };
}

/** Kept by the worker: an activity of a process that died is given to another after this long. */
const ORPHANED_ACTIVITY_MS = 10_000;

/** An overlap of two pods that no fault explains. */
export function quietOverlapMsMax({ intervalMs }: ChaosPolicy): number {
  return intervalMs;
}

/**
 * Time without any fault that two pods of a node may share after a fault: one interval until the reconcile suspects a
 * pod, one period until it looks; twice as long again on a machine that is busy.
 */
export function overlapMsMax({ intervalMs, reconcileMs }: ChaosPolicy): number {
  return 4 * (intervalMs + reconcileMs);
}

/** What a fault did is felt for this long after it is over. */
export function aftermathMs({ intervalMs, reconcileMs }: ChaosPolicy): number {
  return ORPHANED_ACTIVITY_MS + 2 * (intervalMs + reconcileMs);
}

/** An activity that the API server refused, as it does with 403 until it knows its roles, is tried again after this long. */
export const REFUSED_RETRY_MS = 30_000;

/** A heal that has added nothing to its history for this long, with everything in order, is stuck. */
export function idleMsMax({ retryAfterMs, intervalMs }: ChaosPolicy): number {
  return retryAfterMs + ORPHANED_ACTIVITY_MS + 4 * intervalMs;
}

/**
 * From the end of the faults until each node that can be healed is. A heal that lost its proofs to the faults extends its
 * window to twice the length, gives up, tries again, and then needs a whole one.
 */
export function settleMsMax(policy: ChaosPolicy): number {
  return 3 * policy.windowMs + policy.retryAfterMs + 2 * aftermathMs(policy);
}

/** Behaviours of nodes whose pods never show their own address. */
export const NEVER_PROVING: ReadonlySet<string> = new Set(['lying', 'mute']);

export const STARTUP_TAINT = 'startup-taint.cluster-autoscaler.kubernetes.io/vigilante-snat';

/** So seldom that the brake holds now and then: three nodes may relapse in that time. */
const RELAPSES_PER = '20s';

function proofKeys({ intervalMs, proof }: ChaosPolicy): Readonly<Record<string, unknown>> {
  if (proof === null) return {};
  return {
    finish: 'proven',
    proofsInARow: proof.proofsInARow,
    proofsOver: `${proof.proofsOverMs}ms`,
    intervalFirst: `${Math.max(1_000, intervalMs / 2)}ms`,
    patience: `${proof.patienceMs}ms`,
    taint: { key: STARTUP_TAINT, cap: `${proof.taintCapMs}ms` },
    condition: 'SnatHealed',
    relapse: {
      watch: proof.watch,
      interval: `${proof.watchIntervalMs}ms`,
      intervalLater: `${proof.watchLaterMs}ms`,
      refutedInARow: proof.refutedInARow,
    },
    reheal: { on: ['machine', 'boot'] },
    storm: { relapsesPer: RELAPSES_PER },
  };
}

export function configOf(policy: ChaosPolicy): Readonly<Record<string, unknown>> {
  return {
    healing: {
      ...proofKeys(policy),
      window: `${policy.windowMs}ms`,
      interval: `${policy.intervalMs}ms`,
      retryAfter: `${policy.retryAfterMs}ms`,
      provenPodsMin: policy.provenPodsMin,
      errorBudget: policy.errorBudget,
    },
    starter: { reconcileInterval: `${policy.reconcileMs}ms` },
    worker: { shutdownGrace: '15s' },
    connectivity: { interval: '5s' },
    collector: {
      authentication: { kind: 'token-review' },
      agents: { reportsPerSecond: 1_000 },
      nodeGrace: '0s',
      agentMetrics: false,
    },
  };
}

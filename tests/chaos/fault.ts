/** The faults that the schedule is made of. */

import type { Behaviour } from '../../sandbox/behaviour.ts';
import type { ChaosEvidence } from './policy.ts';

export const REPLICAS = ['worker-0', 'worker-1', 'starter-0', 'starter-1', 'collector-0'] as const;
export type ReplicaName = (typeof REPLICAS)[number];

/** Parts that are killed and stopped. The others only serve the simulation. */
const PARTS_HURT = ['temporal', 'apiserver', 'etcd', 'scheduler'] as const;
export type PartHurt = (typeof PARTS_HURT)[number] | 'echo';

export function partsHurt(evidence: ChaosEvidence): readonly PartHurt[] {
  return evidence === 'sandbox' ? PARTS_HURT : [...PARTS_HURT, 'echo'];
}

export type Target = ReplicaName | PartHurt;

export function targetsOf(evidence: ChaosEvidence): readonly Target[] {
  return [...REPLICAS, ...partsHurt(evidence)];
}

/** What the API server answers to one process in place of doing what it was asked. */
export const REFUSALS = [409, 429, 500] as const;
export type Refusal = (typeof REFUSALS)[number];

/** Faults of processes, parts and the network between them. Times in milliseconds. */
export type SystemFault =
  /** SIGKILL, started again after `forMs`. */
  | { readonly kind: 'kill'; readonly target: Target; readonly forMs: number }
  /** SIGSTOP, SIGCONT after `forMs`. */
  | { readonly kind: 'stop'; readonly target: Target; readonly forMs: number }
  /** Some of the requests that change something, and some of the others, are answered with that status. */
  | { readonly kind: 'refuse'; readonly target: ReplicaName; readonly status: Refusal; readonly forMs: number }
  /** Requests are held, and go on their way when it is over: also those whose sender has given up by then. */
  | { readonly kind: 'hang'; readonly target: ReplicaName; readonly forMs: number }
  | { readonly kind: 'cut-watches'; readonly target: ReplicaName; readonly forMs: number }
  /** A webhook of the cluster does not answer, and is passed over after ten seconds: for pods, nodes and Events. */
  | { readonly kind: 'slow-webhook'; readonly target: 'apiserver'; readonly forMs: number }
  /** The ServiceAccount of the process, and of its replicas, is made again; they get new tokens after `forMs`. */
  | { readonly kind: 'revoke'; readonly target: ReplicaName; readonly forMs: number }
  /** The clock of the process steps, and back after `forMs`. */
  | { readonly kind: 'clock-step'; readonly target: 'collector-0'; readonly stepMs: number; readonly forMs: number }
  /** All workers end, and come back with newer workflows. */
  | { readonly kind: 'upgrade'; readonly forMs: number };

/** Which node it hits is decided when it is due, among the nodes that are there: `pick` is a fraction of their list. */
export type NodeFault =
  | { readonly kind: 'node-arrives'; readonly name: string; readonly behaviour: Behaviour }
  | { readonly kind: 'node-not-ready'; readonly pick: number; readonly forMs: number }
  | { readonly kind: 'node-deleted'; readonly pick: number }
  /** Deleted, and there again with the same name after `forMs`. */
  | { readonly kind: 'node-replaced'; readonly pick: number; readonly forMs: number }
  | { readonly kind: 'healed-by-hand'; readonly pick: number }
  | { readonly kind: 'unhealed-by-hand'; readonly pick: number }
  /** The annotation that switches the healing off, removed after `forMs`. */
  | { readonly kind: 'switched-off'; readonly pick: number; readonly forMs: number }
  | { readonly kind: 'pods-deleted'; readonly pick: number }
  /** A finalizer without an owner keeps the healing pods of the node for `forMs` after their deletion. */
  | { readonly kind: 'pods-held'; readonly pick: number; readonly forMs: number }
  | { readonly kind: 'restarted'; readonly pick: number }
  | { readonly kind: 'cancelled'; readonly pick: number }
  | ProofFault;

/** Of nodes that are marked because their pods showed it. */
export type ProofFault =
  /** New pods have the address of the node again, for `forMs` and then for a while until that is noticed. */
  | { readonly kind: 'node-relapses'; readonly pick: number; readonly forMs: number }
  /** New pods reach nothing for `forMs`. */
  | { readonly kind: 'node-falls-silent'; readonly pick: number; readonly forMs: number }
  /** The node has another boot id. */
  | { readonly kind: 'node-reboots'; readonly pick: number }
  /** The startup taint is there again. */
  | { readonly kind: 'taint-returns'; readonly pick: number };

export type Fault = SystemFault | NodeFault;

export interface PlannedFault {
  /** Since the beginning of the run. */
  readonly atMs: number;
  readonly fault: Fault;
}

export function describeFault(fault: Fault): string {
  const { kind, ...details } = fault;
  const words = Object.entries(details).map(([key, value]) => {
    if (key === 'forMs') return `for ${(Number(value) / 1_000).toFixed(1)} s`;
    if (key === 'stepMs') return `by ${Number(value) / 1_000} s`;
    return typeof value === 'number' && key === 'pick' ? `at ${value.toFixed(2)}` : String(value);
  });
  return [kind, ...words].join(' ');
}

/** The key under which a fault is counted: `kill worker`, `refuse 429`, `node-deleted`. */
export function faultKind(fault: Fault): string {
  switch (fault.kind) {
    case 'kill':
    case 'stop':
      return `${fault.kind} ${fault.target.replace(/-\d$/, '')}`;
    case 'refuse':
      return `refuse ${fault.status}`;
    case 'revoke':
      return `revoke ${fault.target.replace(/-\d$/, '')}`;
    default:
      return fault.kind;
  }
}

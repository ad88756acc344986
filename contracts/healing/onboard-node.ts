/**
 * Inputs and results of the workflows `onboardNode`, which heals as `healNode` does with pods that are waited for, and
 * `verifyNode`, which probes a node once and marks nothing.
 */

import type { EarlyFinish } from '../../domain/healing/early-finish.ts';
import type { PodJudgement } from '../../domain/healing/pod-evidence.ts';
import type { RelapseRules } from '../../domain/healing/relapse.ts';
import type { EchoRequirement } from '../../domain/healing/source-verdict.ts';
import type { TaintCap } from '../../domain/healing/startup-taint.ts';
import type { EchoFallback } from '../../domain/healing/window.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import type { HealingPolicy } from './heal-node.ts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

export const PATIENCE_LIMITS = { min: SECOND_MS, max: DAY_MS / 2 } as const;
export const EARLY_LIMITS = {
  proofsInARow: { min: 1, max: 100 },
  proofsOverMs: { min: 0, max: DAY_MS },
  intervalFirstMs: { min: SECOND_MS, max: DAY_MS },
} as const;
export const RELAPSE_LIMITS = {
  intervalMs: { min: SECOND_MS, max: DAY_MS },
  intervalLaterMs: { min: SECOND_MS, max: 30 * DAY_MS },
  refutedInARow: { min: 1, max: 100 },
} as const;
/** Above it cluster-autoscaler, which waits for 15 minutes, counts the node as broken. */
export const TAINT_CAP_LIMITS = { min: SECOND_MS, max: 840_000 } as const;
/** The messages of a pod's containers share 12 KiB. */
export const ENDPOINTS_MAX = 4;

/** 2: with `early`, `relapse` or `taint`. A worker that does not know a version leaves the heal to a newer one. */
export const ONBOARDING_VERSIONS = [1, 2] as const;
export type OnboardingVersion = (typeof ONBOARDING_VERSIONS)[number];

/** Which endpoints a pod asks, by their names in the worker's file, which has their addresses and keys. */
export interface ProbePolicy {
  /** Empty, for `verifyNode` only: all of them. */
  readonly endpoints: readonly string[];
  readonly require: EchoRequirement;
  /** In milliseconds. */
  readonly patienceMs: number;
}

export interface OnboardingPolicy extends Omit<HealingPolicy, 'evidence'>, ProbePolicy {
  readonly evidence: 'source-address';
  readonly fallback: EchoFallback;
  /** Missing: the heal ends with its window. */
  readonly early?: EarlyFinish;
  /** Missing: a node is not watched once it is marked. Counts with `early` only. */
  readonly relapse?: RelapseRules;
  /** Missing: the node has no startup taint. Its key is in the worker's file. */
  readonly taint?: TaintCap;
}

/** Self-contained but for the pod's template and the endpoints, which the worker's file has by profile and name. */
export interface OnboardNodeInput {
  readonly v: OnboardingVersion;
  readonly cluster: string;
  readonly node: NodeName;
  readonly profile: string;
  readonly policy: OnboardingPolicy;
}

export interface VerifyNodeInput {
  readonly v: OnboardingVersion;
  readonly cluster: string;
  readonly node: NodeName;
  readonly profile: string;
  readonly policy: ProbePolicy;
}

export type VerifyNodeResult =
  | { readonly kind: 'judged' | 'echo-down'; readonly judgement: PodJudgement }
  /** No pod was judged: it was refused or removed, or the node is gone or not Ready. */
  | { readonly kind: 'not-judged'; readonly detail: string };

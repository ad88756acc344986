/** How far the upgrade of a cluster is: plain data, carried from run to run. Times in milliseconds since 1970. */

import type { NodeOutcomeKind } from '../maintenance/outcome.ts';
import type { Pause } from '../maintenance/slots.ts';
import type { StepName } from '../maintenance/state.ts';
import type { BrokenPods } from './after-checks.ts';
import type { CheckResult } from './check.ts';
import type { StepPhase, UpgradeOrder, UpgradePart } from './order.ts';
import type { GroupCount, PlannedStep, UpgradeRules } from './rules.ts';
import type { WaveStage } from './waves.ts';

/** What the last look at the cluster showed, and the steps that it leaves. */
export interface ClusterView {
  readonly order: UpgradeOrder;
  readonly steps: readonly PlannedStep[];
  readonly counts: readonly GroupCount[];
  readonly rules: UpgradeRules;
  /** Sentences about what cannot be seen, and is not judged. */
  readonly unjudged: readonly string[];
}

/** One node that was taken, or passed over. */
export interface NodeRecord {
  readonly node: string;
  readonly group: string;
  readonly phase: StepPhase;
  readonly isWorker: boolean;
  readonly outcome: NodeOutcomeKind;
  readonly detail: string;
  readonly from: string;
  readonly to: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly evicted: number;
  readonly steps: readonly { readonly step: StepName; readonly tookMs: number }[];
  readonly executorSaid: string | null;
}

/** What a person has to decide: the run starts no other node before. */
export interface Problem {
  readonly node: string;
  /** `held`: it is cordoned and its maintenance goes on; otherwise how that ended. */
  readonly kind: NodeOutcomeKind | 'held';
  readonly detail: string;
  readonly sinceMs: number;
}

export const DECISIONS = ['skip', 'retry', 'abort', 'pause', 'resume'] as const;

/** Who decided what and why; `by` is what the client said of itself (M38). */
export interface Decision {
  readonly kind: (typeof DECISIONS)[number];
  /** Null for what concerns the whole run. */
  readonly node: string | null;
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
}

/** Time that is proven to be free of alerts. */
export interface WaveSoak {
  readonly needMs: number;
  readonly provenMs: number;
  /** Until when is looked at. */
  readonly lookedMs: number;
  /** What the last look said; empty where it was quiet. */
  readonly reason: string;
}

export interface AfterCheck {
  readonly sinceMs: number;
  /** Null while something is broken. */
  readonly calmSinceMs: number | null;
  readonly broken: readonly BrokenPods[];
  readonly isOver: boolean;
}

/** Why nothing begins for now; looked at again by itself. */
export interface Halt {
  readonly kind: 'preflight' | 'approval' | 'unknown' | 'plan' | 'kube-proxy';
  readonly reasons: readonly string[];
  readonly sinceMs: number;
  readonly looks: number;
  readonly againMs: number;
}

export interface UpgradeFinish {
  readonly outcome: 'done' | 'already-done' | 'partial' | 'blocked' | 'aborted' | 'rejected';
  readonly detail: string;
}

export interface UpgradeState {
  readonly startedMs: number;
  /** Null before the first look. */
  readonly view: ClusterView | null;
  /** Whether the view is of now: what comes next is decided on no other. */
  readonly isLooked: boolean;
  /** Kept from the first plan on, so that the rest of it stays the same. */
  readonly order: UpgradeOrder | null;
  readonly firstSteps: readonly PlannedStep[];
  readonly digest: string;
  readonly preflight: readonly CheckResult[];
  /** Whether all was checked once, before the first act. */
  readonly wasChecked: boolean;
  /** Whether what comes next was checked. */
  readonly isChecked: boolean;
  readonly approved: { readonly part: UpgradePart; readonly by: readonly string[] } | null;
  /** When the approvals that were found last are too few; null where they have no end, or none is demanded. */
  readonly approvalUntilMs: number | null;
  /** Pods that were broken before the first act; null while nobody has looked. */
  readonly brokenBefore: readonly BrokenPods[] | null;
  readonly stage: WaveStage;
  readonly soak: WaveSoak | null;
  readonly after: AfterCheck | null;
  readonly halt: Halt | null;
  readonly problems: readonly Problem[];
  /** Names of nodes that are not tried again in this run. */
  readonly passedOver: readonly string[];
  readonly records: readonly NodeRecord[];
  /** Records that were left out for their number. */
  readonly recordsLost: number;
  readonly decisions: readonly Decision[];
  readonly pause: Pause | null;
  readonly isAborted: boolean;
  readonly finish: UpgradeFinish | null;
}

export function newUpgrade(nowMs: number): UpgradeState {
  return {
    startedMs: nowMs,
    view: null,
    isLooked: false,
    order: null,
    firstSteps: [],
    digest: '',
    preflight: [],
    wasChecked: false,
    isChecked: false,
    approved: null,
    approvalUntilMs: null,
    brokenBefore: null,
    stage: 0,
    soak: null,
    after: null,
    halt: null,
    problems: [],
    passedOver: [],
    records: [],
    recordsLost: 0,
    decisions: [],
    pause: null,
    isAborted: false,
    finish: null,
  };
}

/** Whether any node was acted upon, or tried to be, or was left out by somebody. */
export function hasTaken({ records }: UpgradeState): boolean {
  return records.some(({ outcome }) => outcome !== 'already-done');
}

/** Whether it was proven since the last look. */
export function isProven({ records }: Pick<UpgradeState, 'records'>, { node, phase, to }: PlannedStep): boolean {
  return records.some(
    (record) => record.node === node?.name && record.phase === phase && record.to === to && record.outcome === 'done',
  );
}

/** The steps that are left, without the nodes that a person passed over or that cannot be had. */
export function stepsLeft({ view, passedOver }: UpgradeState): readonly PlannedStep[] {
  return (view?.steps ?? []).filter(({ node }) => node === null || !passedOver.includes(node.name));
}

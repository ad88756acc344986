/** What the healing activities need, handed in by the worker. */

import type { AttemptOutcome } from '../../contracts/healing/activities.ts';
import type { HealSteps } from '../../contracts/healing/activity-results.ts';
import type { EvidenceLevel, SourceKind } from '../../domain/healing/pod-evidence.ts';
import type { NodeFacts } from '../../domain/node/facts.ts';
import type { NodeName, NodeRef } from '../../domain/node/identity.ts';
import type { AskedEndpoint } from '../../kubernetes/healing/echo-answers.ts';
import type { PodEnds } from '../../kubernetes/healing/pod-ends.ts';
import type { HealingPods } from '../../kubernetes/healing/pods.ts';
import type { PodQuestion } from '../../kubernetes/healing/probing-pod.ts';
import type { NodeInformer } from '../../kubernetes/nodes/informer.ts';
import type { Nodes } from '../../kubernetes/nodes/nodes.ts';
import type { StartupTaints } from '../../kubernetes/nodes/startup-taints.ts';
import type { EventDeps } from '../events.ts';
import type { HealCondition } from './condition.ts';

export interface AttemptSample {
  readonly node: NodeRef;
  readonly attempt: number;
  /** The node is marked already: the attempt heals nothing. */
  readonly isWatch?: boolean;
  readonly outcome: AttemptOutcome['kind'];
  /** Evidence of the previous pod; null where none was judged. */
  readonly level: EvidenceLevel | null;
  /** When the node's condition Ready last changed; null where unknown. */
  readonly readyChangedMs: number | null;
}

export interface HealedSample {
  readonly node: NodeRef;
  /** When the node's condition Ready last changed; null where unknown. */
  readonly readyChangedMs: number | null;
  /** When the last pod that an echo refuted was created; missing where none was. */
  readonly refutedMs?: number | undefined;
}

/** Why a startup taint was removed: with the mark, when its time was over, or since it came back under the same proof. */
export type TaintRemovalReason = 'proven' | 'timeout' | 'again';
/** Why it was kept: as configured, by the API server, or since it came back too often. */
export type TaintKeptReason = 'timeout' | 'refused' | 'returned';

export interface HealingActivityDeps extends EventDeps {
  readonly nodes: Nodes;
  readonly pods: HealingPods;
  /** The worker's informer. */
  readonly informer: { get(name: NodeName): NodeFacts | undefined };
  readonly healedAnnotation: string;
  /** Missing where no startup taint is configured. */
  readonly taints?: StartupTaints;
  /** Missing where no condition is configured. */
  readonly condition?: HealCondition;
  readonly onTaintRemoved?: (reason: TaintRemovalReason) => void;
  readonly onTaintKept?: (reason: TaintKeptReason) => void;
  /** Hooks for metrics: called after the fact, once for each result that is returned. */
  readonly onAttempt?: (sample: AttemptSample) => void;
  readonly onPodJudged?: (level: EvidenceLevel) => void;
  readonly onHealed?: (sample: HealedSample) => void;
  /** The API server refused a request of this activity, which is tried again (403, 422). */
  readonly onStepRefused?: (step: keyof HealSteps) => void;
}

/** Keeps all nodes of a profile from losing their marks at once (E25). */
export interface RelapseBrake {
  /** Whether one more node may lose its mark; then it counts from now on. Throws while the nodes are not watched. */
  admit(node: NodeName, nowMs: number): boolean;
  /** It kept its mark after all. */
  release(node: NodeName): void;
}

/** What a profile needs beside that where its pods are waited for. */
export interface ProbingDeps extends HealingActivityDeps {
  readonly profile: string;
  readonly ends: Pick<PodEnds, 'untilEnded'>;
  /** The endpoints of the worker's file. */
  readonly endpoints: readonly AskedEndpoint[];
  /** The pod's template but for what an attempt asks; `image` where the file names one. */
  readonly pod: Omit<PodQuestion, 'endpoints' | 'image' | 'patienceMs'> & { readonly image: string | undefined };
  readonly networks: Pick<NodeInformer, 'network' | 'nodeAt'>;
  /** Whether this worker reached an endpoint before, and reaches none of these now (E13). */
  readonly isEchoDown: (endpoints: readonly AskedEndpoint[]) => Promise<boolean>;
  readonly brake: RelapseBrake;
  /** Hooks for metrics. */
  readonly onRelapsed?: () => void;
  readonly onRelapseBraked?: () => void;
  readonly onSourceAnswer?: (sample: { readonly endpoint: string; readonly source: SourceKind }) => void;
  readonly onProbed?: (sample: { readonly tookMs: number }) => void;
  /** The pod of a heal still had the address of its node. */
  readonly onRefuted?: (sample: { readonly readyChangedMs: number | null }) => void;
}

/** What the healing activities need, handed in by the worker. */

import type { AttemptOutcome, HealingActivities } from '../../contracts/healing/activities.ts';
import type { EvidenceLevel } from '../../domain/healing/pod-evidence.ts';
import type { NodeFacts } from '../../domain/node/facts.ts';
import type { NodeName, NodeRef } from '../../domain/node/identity.ts';
import type { HealingPods } from '../../kubernetes/healing/pods.ts';
import type { Nodes } from '../../kubernetes/nodes/nodes.ts';
import type { EventDeps } from '../events.ts';

export interface AttemptSample {
  readonly node: NodeRef;
  readonly attempt: number;
  readonly outcome: AttemptOutcome['kind'];
  /** Evidence of the previous pod; null where none was judged. */
  readonly level: EvidenceLevel | null;
  /** When the node's condition Ready last changed; null where unknown. */
  readonly readyChangedMs: number | null;
}

export interface HealingActivityDeps extends EventDeps {
  readonly nodes: Nodes;
  readonly pods: HealingPods;
  /** The worker's informer. */
  readonly informer: { get(name: NodeName): NodeFacts | undefined };
  readonly healedAnnotation: string;
  /** Hooks for metrics: called after the fact, once for each result that is returned. */
  readonly onAttempt?: (sample: AttemptSample) => void;
  readonly onPodJudged?: (level: EvidenceLevel) => void;
  readonly onHealed?: (sample: { readonly node: NodeRef; readonly readyChangedMs: number | null }) => void;
  /** The API server refused a request of this activity, which is tried again (403, 422). */
  readonly onStepRefused?: (step: keyof HealingActivities) => void;
}
